"""The cluster's own address ranges: apart from each other and from what nodes must reach."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bedplate.checks.addresses import Network, address, networks, overlap, server_of
from bedplate.checks.finding import Findings, block
from bedplate.checks.gitops import repository_url
from bedplate.checks.mirror import registry_servers
from bedplate.checks.scene import Scene
from bedplate.errors import Owner, TemporaryError
from bedplate.needs import most_nodes
from bedplate.spec import OIDCConfig

FIELD = "Cluster.spec.clusterNetwork"


def cluster_networks(scene: Scene) -> Findings:
    """Ranges that overlap send packets to the wrong place, silently."""
    given = scene.spec.cluster.spec.cluster_network
    pods, services = networks(given.pods.cidr_blocks), networks(given.services.cidr_blocks)
    for one in pods:
        for other in services:
            if overlap(one, other):
                yield block(
                    FIELD,
                    f"the pods' range {one} overlaps the services' range {other}",
                    f"choose another {FIELD}.services.cidrBlocks, for example 10.96.0.0/12",
                    Owner.SPEC_AUTHOR,
                )
    for name, ranges in (("pods", pods), ("services", services)):
        yield from _swallowed(scene, name, ranges)


def _swallowed(scene: Scene, name: str, ranges: tuple[Network, ...]) -> Findings:
    for what, host in outside_servers(scene):
        for found in _addresses(scene, host):
            for range_ in _holding(ranges, found):
                yield block(
                    f"{FIELD}.{name}.cidrBlocks",
                    f"{what} {host} ({found}) lies in the {name}' range {range_}, so no node would"
                    " reach it",
                    f"choose a range without it for {FIELD}.{name}.cidrBlocks",
                    Owner.SPEC_AUTHOR,
                )


def _holding(ranges: tuple[Network, ...], text: str) -> tuple[Network, ...]:
    own = address(text)
    return tuple(found for found in ranges if own is not None and own in found)


def outside_servers(scene: Scene) -> Iterator[tuple[str, str]]:
    """Yield what the cluster must reach by the specification, as words and host.

    A provider adds its own servers.
    """
    spec = scene.spec.cluster.spec
    if spec.registry_mirror_configuration is not None:
        yield "the registry mirror", spec.registry_mirror_configuration.endpoint
    if spec.proxy_configuration is not None:
        proxies = (spec.proxy_configuration.http_proxy, spec.proxy_configuration.https_proxy)
        for host in dict.fromkeys(server_of(text).host for text in proxies):
            yield "the proxy", host
    if scene.spec.gitops is not None:
        yield "the Git server", server_of(repository_url(scene.spec.gitops), "ssh").host
    for provider in scene.spec.identity_providers:
        if isinstance(provider, OIDCConfig):
            yield "the OIDC issuer", server_of(provider.spec.issuer_url, "https").host


def _addresses(scene: Scene, host: str) -> tuple[str, ...]:
    """A name that cannot be resolved is another check's affair."""
    if address(host) is not None:
        return (host,)
    with contextlib.suppress(TemporaryError):
        return tuple(scene.network.resolve(host))
    return ()


def pod_network_size(scene: Scene) -> Findings:
    """Every node takes a block of the pods' range; when none is left, a node never gets ready."""
    given = scene.spec.cluster.spec.cluster_network
    nodes = most_nodes(scene.spec)
    for pods in networks(given.pods.cidr_blocks):
        blocks = 2 ** max(0, given.node_mask - pods.prefixlen)
        if blocks < nodes:
            yield block(
                f"{FIELD}.pods.cidrBlocks",
                f"{pods} holds {blocks} blocks of /{given.node_mask}, one for each node, and there"
                f" are up to {nodes} nodes during an upgrade",
                f"choose a larger range, or a larger {FIELD}.nodes.cidrMaskSize (smaller blocks)",
                Owner.SPEC_AUTHOR,
            )


def names_resolve(scene: Scene) -> Findings:
    """Every server that the specification names has an address, seen from this machine."""
    for host, what in dict(_named(scene)).items():
        if address(host) is None and not scene.network.resolve(host):
            yield block(
                host,
                f"{what} {host} has no address in the DNS that this machine asks",
                f"add a record for it, or correct the name; `getent hosts {host}` shows what there"
                " is; the nodes' DNS must know it too",
                Owner.NETWORK,
            )


def _named(scene: Scene) -> Iterator[tuple[str, str]]:
    """Yield hosts and what they are; behind a proxy, upstream registries are the proxy's affair."""
    for what, host in outside_servers(scene):
        yield host, what
    if scene.spec.endpoint:
        yield server_of(scene.spec.endpoint).host, "the control plane's endpoint"
    if scene.spec.cluster.spec.proxy_configuration is None:
        for server in registry_servers(scene):
            yield server.host, "the registry"
