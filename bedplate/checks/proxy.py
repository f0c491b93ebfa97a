"""The nodes' proxy: whether it answers, and whether what must go past it does."""

from __future__ import annotations

from bedplate.checks.addresses import address, server_of
from bedplate.checks.check import Check
from bedplate.checks.finding import Findings, block, check, warn
from bedplate.checks.no_proxy import is_covered, is_understood, no_proxy
from bedplate.checks.scene import Scene
from bedplate.errors import Owner
from bedplate.spec import ClusterSpec

FIELD = "Cluster.spec.proxyConfiguration"


def proxy_checks(spec: ClusterSpec) -> tuple[Check, ...]:
    """Return the checks of the proxy; none without one."""
    if spec.cluster.spec.proxy_configuration is None:
        return ()
    return (
        check("proxy", "Proxy answers", _answers),
        check("no-proxy", "Addresses that go past the proxy validated", _past),
    )


def _answers(scene: Scene) -> Findings:
    """Any HTTP answer will do: a proxy that is asked for its own page mostly refuses."""
    proxy = scene.spec.cluster.spec.proxy_configuration
    if proxy is None:
        return
    for field, text in (("httpProxy", proxy.http_proxy), ("httpsProxy", proxy.https_proxy)):
        server = server_of(text)
        scheme = "https" if text.startswith("https://") else "http"
        answer = scene.network.fetch(f"{scheme}://{server}/")
        if answer.status is None:
            yield block(
                f"{FIELD}.{field}",
                f"the proxy {server} does not answer: {answer.reason}",
                f"curl -vI {scheme}://{server}/ shows what is wrong; correct the address, or open"
                " the way from this machine",
                Owner.NETWORK,
            )


def _past(scene: Scene) -> Findings:
    proxy = scene.spec.cluster.spec.proxy_configuration
    mirror = scene.spec.cluster.spec.registry_mirror_configuration
    for entry in proxy.no_proxy if proxy else ():
        if not is_understood(entry):
            yield warn(
                f"{FIELD}.noProxy",
                f"{entry!r} is no address, no range and no name, so it matches nothing",
                "write a range as 10.0.0.0/8, a domain as .example.com",
                Owner.SPEC_AUTHOR,
            )
    if mirror is not None and not is_covered(mirror.endpoint, no_proxy(scene.spec)):
        name = address(mirror.endpoint) is None
        yield warn(
            f"{FIELD}.noProxy",
            f"the registry mirror {mirror.endpoint} is not in noProxy, so nodes ask the proxy for"
            " it" + ("; a range does not cover a name" if name else ""),
            f"add {mirror.endpoint} to {FIELD}.noProxy",
            Owner.SPEC_AUTHOR,
        )
