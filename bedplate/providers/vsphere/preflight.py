"""The vSphere checks of a create, in EKS Anywhere's order. Each looks and changes nothing."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence

from bedplate.capi.names import is_machine_of
from bedplate.errors import Owner, PermanentError
from bedplate.ports.tools import Tools
from bedplate.ports.vcenter import Inventory, InventoryObject
from bedplate.providers.provider import Check, Finding
from bedplate.providers.vsphere.machines import datacenter_of, machine_of, ref_name
from bedplate.spec import ClusterSpec, VSphereMachineConfig

ENDPOINT_PORTS = (6443, 22, 80)
SURGE = 1


def vsphere_checks(spec: ClusterSpec) -> tuple[Check, ...]:
    """Return every check for a specification; those of a machine configuration once for each."""
    configs = used_configs(spec)
    per_config = tuple(
        check for name, _, _ in configs for check in _config_checks(machine_of(spec, name))
    )
    return (
        Check("vcenter-server", "Connected to server", _server),
        Check("vcenter-login", "Authenticated to vSphere", _login),
        Check("datacenter", "Datacenter validated", _datacenter),
        Check("network", "Network validated", _network),
        *per_config,
        Check("templates", "Control plane and Workload templates validated", _templates),
        Check("capacity", "Datastore and resource pool capacity validated", _capacity),
        Check("control-plane-ip", "Control plane endpoint validated", _endpoint),
    )


def used_configs(spec: ClusterSpec) -> tuple[tuple[str, int, int], ...]:
    """Return each used machine configuration once: its name, its machines, its surge machines."""
    groups = [(ref_name(spec.control_plane.machine_group_ref), spec.control_plane.count)]
    groups += [(ref_name(group.machine_group_ref), group.replicas) for group in spec.workers]
    if spec.etcd is not None:
        groups.append((ref_name(spec.etcd.machine_group_ref), spec.etcd.count))
    found: dict[str, tuple[int, int]] = {}
    for name, count in groups:
        machines, surge = found.get(name, (0, 0))
        found[name] = (machines + count, surge + SURGE)
    return tuple((name, *numbers) for name, numbers in found.items())


def _config_checks(config: VSphereMachineConfig) -> Iterator[Check]:
    places: tuple[tuple[str, Inventory, str, str], ...] = (
        ("datastore", Inventory.DATASTORE, config.spec.datastore, "Datastore validated"),
        ("folder", Inventory.FOLDER, config.spec.folder, "Folder validated"),
        (
            "resource-pool",
            Inventory.RESOURCE_POOL,
            config.spec.resource_pool,
            "Resource pool validated",
        ),
    )
    for name, kind, path, line in places:
        probe: Callable[[Tools], Sequence[Finding]] = functools.partial(
            _place, kind=kind, path=path
        )
        yield Check(f"{name}/{config.name}", line, probe)


def _place(tools: Tools, *, kind: Inventory, path: str) -> Sequence[Finding]:
    """A folder may be missing, since provider setup makes it; nothing else may."""
    found = tools.ports.vcenter.find(kind, path)
    if len(found) == 1 or (kind is Inventory.FOLDER and not found):
        return ()
    return (_wrong_number(kind, path, found),)


def _wrong_number(kind: Inventory, path: str, found: Sequence[InventoryObject]) -> Finding:
    if found:
        listed = ", ".join(item.path for item in found)
        return Finding(
            f"{kind} {path!r} is ambiguous: {listed}", "write the full path", Owner.SPEC_AUTHOR
        )
    return Finding(
        f"{kind} {path!r} is not in the inventory, or the user may not see it",
        f"govc find / -name '{path.rpartition('/')[2]}' shows what there is; correct the path or"
        " have it made",
        Owner.VSPHERE,
    )


def _server(tools: Tools) -> Sequence[Finding]:
    datacenter = datacenter_of(tools.spec).spec
    seen = tools.ports.vcenter.about().thumbprint
    if datacenter.insecure or not datacenter.thumbprint or datacenter.thumbprint == seen:
        return ()
    return (
        Finding(
            f"{datacenter.server} shows certificate thumbprint {seen},"
            f" the specification says {datacenter.thumbprint}",
            "compare with `govc about.cert -thumbprint` on a machine you trust; then correct"
            " VSphereDatacenterConfig.spec.thumbprint",
            Owner.VSPHERE,
        ),
    )


def _login(tools: Tools) -> Sequence[Finding]:
    try:
        tools.ports.vcenter.login()
    except PermanentError as error:
        return (Finding(error.seen, error.remedy, error.owner),)
    return ()


def _datacenter(tools: Tools) -> Sequence[Finding]:
    name = datacenter_of(tools.spec).spec.datacenter
    return _place(tools, kind=Inventory.DATACENTER, path=name)


def _network(tools: Tools) -> Sequence[Finding]:
    path = datacenter_of(tools.spec).spec.network
    return _place(tools, kind=Inventory.NETWORK, path=path)


def _templates(tools: Tools) -> Sequence[Finding]:
    return tuple(
        finding
        for name, _, _ in used_configs(tools.spec)
        for finding in _template(tools, machine_of(tools.spec, name))
    )


def _template(tools: Tools, config: VSphereMachineConfig) -> Iterator[Finding]:
    path = config.spec.template
    found = tools.ports.vcenter.find(Inventory.TEMPLATE, path)
    if len(found) != 1:
        yield _wrong_number(Inventory.TEMPLATE, path, found)
        return
    family = f"os:{config.spec.os_family.value}" if config.spec.os_family else ""
    if family and family not in found[0].tags:
        yield _missing_tag(path, family)
    channel = tools.spec.kubernetes_version.replace(".", "-")
    prefix = f"eksdRelease:kubernetes-{channel}-eks-"
    if not any(tag.startswith(prefix) for tag in found[0].tags):
        yield _missing_tag(path, f"{prefix}N")


def _missing_tag(path: str, tag: str) -> Finding:
    category, _, name = tag.partition(":")
    return Finding(
        f"template {path} is missing tag {tag}",
        f"govc tags.create -c {category} {tag}; govc tags.attach -c {category} {tag} '{path}'"
        f" once you know that the template is of {name}",
        Owner.VSPHERE,
    )


def _capacity(tools: Tools) -> Sequence[Finding]:
    """Space and memory for every machine, and one more per group for the next rolling upgrade."""
    disk: dict[str, int] = {}
    memory: dict[str, int] = {}
    for name, machines, surge in used_configs(tools.spec):
        config = machine_of(tools.spec, name).spec
        count = machines + surge
        disk[config.datastore] = disk.get(config.datastore, 0) + config.disk_gib * count
        memory[config.resource_pool] = (
            memory.get(config.resource_pool, 0) + config.memory_mib * count
        )
    found = [_short(tools, Inventory.DATASTORE, path, need) for path, need in disk.items()]
    found += [_short(tools, Inventory.RESOURCE_POOL, path, need) for path, need in memory.items()]
    return tuple(finding for finding in found if finding is not None)


def _short(tools: Tools, kind: Inventory, path: str, need: int) -> Finding | None:
    for item in tools.ports.vcenter.find(kind, path):
        have = item.free_gib if kind is Inventory.DATASTORE else item.free_memory_mib
        if have is not None and have < need:
            unit = "GiB" if kind is Inventory.DATASTORE else "MiB of memory"
            return Finding(
                f"{kind} {path} has {have:.0f} {unit} left, this cluster needs {need}"
                " with one machine more per group for upgrades",
                "free or add capacity, or choose another one in the machine configurations",
                Owner.VSPHERE,
            )
    return None


def _endpoint(tools: Tools) -> Sequence[Finding]:
    """The address must be free, unless it is our own control plane that answers on a resume."""
    host = tools.spec.endpoint
    evidence = tools.ports.network.answers(host, ENDPOINT_PORTS)
    if not evidence or _is_ours(tools, host):
        return ()
    return (
        Finding(
            f"the control plane endpoint {host} is in use: {', '.join(evidence)}",
            "choose a free address outside the DHCP range, or release this one",
            Owner.NETWORK,
        ),
    )


def _is_ours(tools: Tools, host: str) -> bool:
    machines = tools.ports.vcenter.virtual_machines(f"{tools.spec.name}-")
    return any(is_machine_of(tools.spec, m.name) and host in m.addresses for m in machines)
