"""The control plane's address: used by nobody, and given to nobody."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from bedplate.checks.addresses import Address, address, network
from bedplate.checks.finding import Findings, block, warn
from bedplate.checks.scene import Scene
from bedplate.errors import Owner, PermanentError, TemporaryError
from bedplate.ports.kube import Reach, Side
from bedplate.ports.network import is_certain
from bedplate.ports.vcenter import AddressPool, Inventory
from bedplate.providers.vsphere.checks.existing import own_machines
from bedplate.providers.vsphere.checks.lookup import only
from bedplate.providers.vsphere.reading import datacenter_of
from bedplate.spec import ClusterSpec

FIELD = "Cluster.spec.controlPlaneConfiguration.endpoint.host"
PORTS = (6443, 22, 80)
SKIP_ANNOTATION = "anywhere.eks.amazonaws.com/skip-ip-check"
FREE = "choose a free address of the machines' network, outside the DHCP range"


def is_skipped(spec: ClusterSpec) -> bool:
    """Say whether the specification asks not to probe its address, as EKS Anywhere has it."""
    return spec.cluster.metadata.annotations.get(SKIP_ANNOTATION) == "true"


def endpoint(scene: Scene) -> Findings:
    """Nobody answers at the address, unless it is our own control plane when a create goes on."""
    host = scene.spec.endpoint
    evidence = scene.network.answers(host, PORTS)
    if not evidence or _is_ours(scene, host):
        return
    certain = any(map(is_certain, evidence))
    seen = f"the control plane endpoint {host} is in use: {', '.join(evidence)}"
    doubt = f"something may use the control plane endpoint {host}: {', '.join(evidence)}"
    tell = block if certain else warn
    yield tell(
        FIELD,
        seen if certain else doubt,
        f"{FREE}, or release this one: `arping -c 3 {host}` and `govc vm.info -vm.ip {host}` show"
        " who has it",
        Owner.NETWORK,
    )


def _is_ours(scene: Scene, host: str) -> bool:
    """Ask the address, then vCenter whose machine shows it; who cannot ask does not know it.

    What answers with the authority that an earlier try of this create kept is this cluster.
    """
    own = scene.kube.get(Side.CLUSTER)
    if own is not None and own.reach() is Reach.ANSWERS:
        return True
    try:
        machines = own_machines(scene)
    except (PermanentError, TemporaryError):
        return False
    return any(host in machine.addresses for machine in machines)


def endpoint_in_inventory(scene: Scene) -> Findings:
    """No other machine of this vCenter shows the address, even one that answers no probe."""
    host, own = scene.spec.endpoint, {machine.uuid for machine in own_machines(scene)}
    for machine in scene.inventory().machines:
        if host in machine.addresses and machine.uuid not in own:
            yield block(
                FIELD,
                f"the virtual machine {machine.folder}/{machine.name} has {host}",
                f"{FREE}, or take it from that machine",
                Owner.NETWORK,
            )


def endpoint_range(scene: Scene) -> Findings:
    """The address is in the machines' network, and nobody else hands it out."""
    own = address(scene.spec.endpoint)
    pools = machine_pools(scene, (datacenter_of(scene.spec).spec.network,))
    if own is None or not pools:
        return
    for pool in pools:
        if handed_out := _range_of(pool, own):
            yield block(
                FIELD,
                f"{own} lies in the range {handed_out} that is handed out on"
                f" {', '.join(pool.networks)}",
                f"{FREE}, or take it out of the range: Network Protocol Profiles of the datacenter",
                Owner.NETWORK,
            )
    around = [pool for pool in pools if _holds(pool, own)]
    if not around:
        listed = ", ".join(sorted({pool.subnet for pool in pools}))
        yield warn(
            FIELD,
            f"{own} is not in the machines' network ({listed}); it is announced by ARP, which no"
            " router passes on",
            f"choose an address of {listed}, or correct vCenter's network protocol profile",
            Owner.NETWORK,
        )
    elif any(pool.dhcp and not pool.ranges for pool in around):
        yield warn(
            FIELD,
            f"a DHCP server serves {around[0].subnet}; whether it hands out {own} cannot be seen"
            " from here",
            "exclude the address from the server's range, or reserve it there",
            Owner.NETWORK,
        )


def machine_pools(scene: Scene, networks: tuple[str, ...]) -> tuple[AddressPool, ...]:
    """Return the ranges that vCenter knows of on networks; mostly it knows of none."""
    named = [only(scene, Inventory.NETWORK, path) for path in networks]
    paths = {item.path for item in named if item is not None}
    names = {path.rpartition("/")[2] for path in paths}
    # A pool may name its networks without their paths.
    wanted = paths | names
    return tuple(pool for pool in scene.inventory().pools if wanted & set(pool.networks))


def _range_of(pool: AddressPool, own: Address) -> str:
    for first, last in ranges(pool):
        if first.version == own.version and int(first) <= int(own) <= int(last):
            return f"{first}-{last}"
    return ""


def ranges(pool: AddressPool) -> Iterator[tuple[Address, Address]]:
    """Yield the first and the last address of each range."""
    for first, last in pool.ranges:
        yield ipaddress.ip_address(first), ipaddress.ip_address(last)


def _holds(pool: AddressPool, own: Address) -> bool:
    subnet = network(pool.subnet)
    return subnet is not None and own in subnet
