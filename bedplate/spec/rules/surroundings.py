"""Rules about the proxy, the registry mirror and curated packages."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bedplate.spec.findings import Finding, Findings
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.rules.text import is_host, is_port, without_password

PROXY = "spec.proxyConfiguration"
MIRROR = "spec.registryMirrorConfiguration"

_PACKAGES_REGISTRY = re.compile(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9*-]+\.amazonaws\.com")


def proxy(cluster: Cluster) -> Findings:
    """Both proxies are given, as host and port; a scheme may lead."""
    given = cluster.spec.proxy_configuration
    if given is None:
        return
    for field, text in (("httpProxy", given.http_proxy), ("httpsProxy", given.https_proxy)):
        if not text:
            yield Finding(f"{PROXY}.{field}", "is empty", "as proxy.example.com:3128")
        elif not _is_endpoint(text):
            said = f"{without_password(text)!r} is not a host with a port"
            yield Finding(f"{PROXY}.{field}", said, "as proxy.example.com:3128")


def _is_endpoint(text: str) -> bool:
    try:
        parts = urlsplit(text if text.startswith("http") and "://" in text else f"//{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return port is not None and is_port(str(port)) and is_host(host)


def registry_mirror(cluster: Cluster) -> Findings:
    """The mirror has an address and a port, and every upstream registry a name."""
    given = cluster.spec.registry_mirror_configuration
    if given is None:
        return
    if not given.endpoint:
        yield Finding(f"{MIRROR}.endpoint", "is empty", "the mirror's host name or address")
    if not is_port(given.port):
        yield Finding(f"{MIRROR}.port", f"{given.port!r} is not a port", "1 to 65535")
    packages = 0
    for index, item in enumerate(given.oci_namespaces):
        field = f"{MIRROR}.ociNamespaces[{index}].registry"
        if not item.registry:
            yield Finding(field, "is empty", "the upstream registry's name")
        packages += _PACKAGES_REGISTRY.search(item.registry) is not None
        if packages > 1 and _PACKAGES_REGISTRY.search(item.registry):
            yield Finding(field, "a second mirror of curated packages", "at most one")


def package_controller(cluster: Cluster) -> Findings:
    """Curated packages of a managed cluster are controlled by its management cluster."""
    packages = cluster.spec.packages
    if packages is None or cluster.self_managed:
        return
    for name, part in (("controller", packages.controller), ("cronjob", packages.cronjob)):
        if part is not None:
            said = "belongs to the management cluster"
            yield Finding(f"spec.packages.{name}", said, "no such field in a managed cluster")
