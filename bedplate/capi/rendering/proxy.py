"""The HTTP proxy of the nodes, and what does not go through it."""

from __future__ import annotations

from bedplate.capi.rendering.files import Fields, file
from bedplate.spec import ClusterSpec

NEVER_PROXIED = ("localhost", "127.0.0.1", ".svc")
DROP_IN = "/etc/systemd/system/containerd.service.d/http-proxy.conf"


def no_proxy(spec: ClusterSpec, *hosts: str) -> tuple[str, ...]:
    """Return what the nodes reach directly; nothing where there is no proxy.

    Pods, services, what the specification names, the node itself, the infrastructure's `hosts` and
    the control plane's address, in this order.
    """
    proxy = spec.cluster.spec.proxy_configuration
    if proxy is None:
        return ()
    network = spec.cluster.spec.cluster_network
    return (
        *network.pods.cidr_blocks,
        *network.services.cidr_blocks,
        *proxy.no_proxy,
        *NEVER_PROXIED,
        *hosts,
        spec.endpoint,
    )


def containerd_files(spec: ClusterSpec, *hosts: str) -> list[Fields]:
    """Return containerd's part of its service unit; nothing where there is no proxy."""
    proxy = spec.cluster.spec.proxy_configuration
    if proxy is None:
        return []
    lines = [
        "[Service]",
        f'Environment="HTTP_PROXY={proxy.http_proxy}"',
        f'Environment="HTTPS_PROXY={proxy.https_proxy}"',
        f'Environment="NO_PROXY={",".join(no_proxy(spec, *hosts))}"',
    ]
    return [file(DROP_IN, "\n".join(lines) + "\n")]


def bottlerocket(spec: ClusterSpec, *hosts: str) -> Fields:
    """Return Bottlerocket's proxy settings, as a field; it has one proxy for everything."""
    proxy = spec.cluster.spec.proxy_configuration
    if proxy is None:
        return {}
    direct = list(no_proxy(spec, *hosts))
    return {"proxy": {"httpsProxy": proxy.https_proxy, "noProxy": direct}}


def etcd(spec: ClusterSpec, *hosts: str) -> Fields:
    """Return the proxy settings of external etcd's machines, as a field."""
    proxy = spec.cluster.spec.proxy_configuration
    if proxy is None:
        return {}
    settings: Fields = {
        "httpProxy": proxy.http_proxy,
        "httpsProxy": proxy.https_proxy,
        "noProxy": list(no_proxy(spec, *hosts)),
    }
    return {"proxy": settings}
