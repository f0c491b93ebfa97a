"""The machines' networks: addresses enough, and apart from the cluster's own ranges."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bedplate.checks.addresses import Network, address, network, networks, overlap, server_of
from bedplate.checks.finding import Findings, block, warn
from bedplate.checks.no_proxy import is_covered, no_proxy
from bedplate.checks.scene import Scene
from bedplate.errors import Owner, TemporaryError
from bedplate.ports.vcenter import AddressPool
from bedplate.providers.vsphere.checks.endpoint import machine_pools, ranges
from bedplate.providers.vsphere.checks.existing import existing_machines
from bedplate.providers.vsphere.groups import placed_groups
from bedplate.providers.vsphere.reading import datacenter_of

FIELD = "Cluster.spec.clusterNetwork"


def free_addresses(scene: Scene) -> Findings:
    """There is an address for each machine, also while an upgrade replaces them.

    Where vCenter knows of no range, only the DHCP server could tell, and is not asked. Where it
    knows of a DHCP server beside the range, that server may have more: a warning.
    """
    for path, needed in _needed(scene).items():
        pools = machine_pools(scene, (path,))
        free = [_free(scene, pool) for pool in pools]
        known = [count for count in free if count is not None]
        if known and len(known) == len(free) and sum(known) < needed:
            tell = warn if any(pool.dhcp for pool in pools) else block
            yield tell(
                path,
                f"{sum(known)} addresses are free on it, {needed} are needed: one for each machine,"
                " and for each that an upgrade makes besides",
                "enlarge the range (Network Protocol Profiles of the datacenter, and the DHCP"
                " server's), free addresses, or ask for fewer machines",
                Owner.NETWORK,
            )


def _needed(scene: Scene) -> dict[str, int]:
    """Return how many addresses machines still take, by network."""
    there, found = existing_machines(scene), dict[str, int]()
    for placed in placed_groups(scene.spec):
        group = placed.group
        for path in placed.networks:
            more = max(0, group.count - there.get(group.name, 0)) + group.surge
            found[path] = found.get(path, 0) + more
    return found


def _free(scene: Scene, pool: AddressPool) -> int | None:
    """Return how many addresses a range has left; None where only a DHCP server could tell.

    Where vCenter does not count them, what the machines show counts.
    """
    if not pool.ranges or pool.free is not None:
        return pool.free if pool.ranges else None
    spans = list(ranges(pool))
    size = sum(int(last) - int(first) + 1 for first, last in spans)
    shown = {text for machine in scene.inventory().machines for text in machine.addresses}
    used = [own for text in shown if (own := address(text)) is not None]
    return size - sum(
        any(a.version == own.version and int(a) <= int(own) <= int(b) for a, b in spans)
        for own in used
    )


def apart(scene: Scene) -> Findings:
    """Pods and services have ranges of their own: not the machines', not vCenter's."""
    given = scene.spec.cluster.spec.cluster_network
    for name, blocks in (("pods", given.pods), ("services", given.services)):
        for own in networks(blocks.cidr_blocks):
            for what in _collisions(scene, own):
                yield block(
                    f"{FIELD}.{name}.cidrBlocks",
                    f"the {name}' range {own} holds {what}, so no node would reach it",
                    f"choose a range without it for {FIELD}.{name}.cidrBlocks",
                    Owner.SPEC_AUTHOR,
                )


def _collisions(scene: Scene, own: Network) -> Iterator[str]:
    for subnet in _subnets(scene):
        if overlap(own, subnet):
            yield f"machines' addresses ({subnet})"
    server = server_of(datacenter_of(scene.spec).spec.server, "https").host
    for text in _addresses(scene, server):
        found = address(text)
        if found is not None and found in own:
            yield f"vCenter {server} ({found})"


def _subnets(scene: Scene) -> tuple[Network, ...]:
    used = tuple(path for placed in placed_groups(scene.spec) for path in placed.networks)
    found = (network(pool.subnet) for pool in machine_pools(scene, used))
    return tuple(dict.fromkeys(subnet for subnet in found if subnet is not None))


def _addresses(scene: Scene, host: str) -> tuple[str, ...]:
    """A name that cannot be resolved is another check's affair."""
    if address(host) is not None:
        return (host,)
    with contextlib.suppress(TemporaryError):
        return tuple(scene.network.resolve(host))
    return ()


def past_the_proxy(scene: Scene) -> Findings:
    """Nodes reach each other without the proxy."""
    entries = no_proxy(scene.spec)
    for subnet in _subnets(scene):
        if not is_covered(str(subnet.network_address), entries) or not is_covered(
            str(subnet.broadcast_address), entries
        ):
            yield warn(
                "Cluster.spec.proxyConfiguration.noProxy",
                f"the machines' range {subnet} is not in noProxy, so nodes ask the proxy for each"
                " other",
                f"add {subnet} to Cluster.spec.proxyConfiguration.noProxy",
                Owner.SPEC_AUTHOR,
            )
