"""What the property collector read, as the port's inventory: pure, no call to vCenter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bedplate.adapters.vsphere.api import vim
from bedplate.adapters.vsphere.properties import Row, Wanted, reference_of
from bedplate.ports.vcenter import Inventory, InventoryObject, VirtualMachine

MIB, GIB = 1 << 20, 1 << 30
KIB_OF_GIB = 1 << 20

PLACE = ("name", "parent")
MACHINE = (*PLACE, "config.template", "config.uuid", "runtime.powerState", "guest.net")
TEMPLATE = ("config.hardware.device", "config.annotation", "snapshot.rootSnapshotList")

FOLDERS: Wanted = {vim.Datacenter: (*PLACE, "vmFolder"), vim.Folder: PLACE}
PLACES: Wanted = {
    **FOLDERS,
    vim.ComputeResource: PLACE,
    vim.HostSystem: PLACE,
    vim.ResourcePool: PLACE,
    vim.Datastore: PLACE,
    vim.Network: PLACE,
    vim.VirtualMachine: (*PLACE, "config.template"),
}
EVERYTHING: Wanted = {
    **PLACES,
    vim.HostSystem: (*PLACE, "datastore", "network"),
    vim.ResourcePool: (
        *PLACE,
        "owner",
        "config.memoryAllocation.limit",
        "config.cpuAllocation.limit",
        "runtime.memory.overallUsage",
        "runtime.cpu.overallUsage",
    ),
    vim.Datastore: (*PLACE, "summary.freeSpace"),
    vim.VirtualMachine: MACHINE,
}


class Tree:
    """Where every object that was read is: full inventory paths."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = {row.id: row for row in rows}
        self._paths: dict[str, str] = {}
        self._machine_roots = tuple(
            self.path(row.get("vmFolder")) for row in self.of(vim.Datacenter) if row.get("vmFolder")
        )

    def of(self, *kinds: type[Any]) -> list[Row]:
        """Return the rows of some kinds, by path."""
        found = [row for row in self.rows.values() if isinstance(row.thing, kinds)]
        return sorted(found, key=lambda row: self.path(row.thing))

    def path(self, thing: Any) -> str:  # noqa: ANN401 - a managed object
        """Return an object's full path; empty for the root and for what was not read."""
        key = reference_of(thing)
        if key not in self._paths:
            row = self.rows.get(key)
            parent = None if row is None else row.get("parent")
            above = "" if parent is None else self.path(parent)
            self._paths[key] = "" if row is None else f"{above}/{row.get('name')}"
        return self._paths[key]

    def at(self, path: str) -> list[Row]:
        """Return the rows at a full path."""
        return [row for row in self.rows.values() if self.path(row.thing) == path]

    def is_machine_folder(self, row: Row) -> bool:
        """Say whether a folder is one for virtual machines."""
        path = self.path(row.thing)
        return any(path == root or path.startswith(f"{root}/") for root in self._machine_roots)

    def paths(self, things: Iterable[Any]) -> frozenset[str]:
        """Return the paths of objects."""
        return frozenset(self.path(thing) for thing in things)


def objects(
    tree: Tree, details: Mapping[str, Row], tags: Mapping[str, frozenset[str]]
) -> tuple[InventoryObject, ...]:
    """Return the inventory; `details` and `tags` are the templates', by reference."""
    templates = [row for row in tree.of(vim.VirtualMachine) if row.get("config.template")]
    found = [
        *_plain(tree, Inventory.DATACENTER, tree.of(vim.Datacenter)),
        *_plain(tree, Inventory.NETWORK, tree.of(vim.Network)),
        *_plain(
            tree,
            Inventory.FOLDER,
            [row for row in tree.of(vim.Folder) if tree.is_machine_folder(row)],
        ),
        *(_datastore(tree, row) for row in tree.of(vim.Datastore)),
        *(_pool(tree, row) for row in tree.of(vim.ResourcePool)),
        *_clusters(tree),
        *(
            _template(tree, row, details.get(row.id), tags.get(row.id, frozenset()))
            for row in templates
        ),
    ]
    return tuple(found)


def machines(tree: Tree) -> tuple[VirtualMachine, ...]:
    """Return the virtual machines that are no templates, by name."""
    found = [_machine(tree, row) for row in tree.of(vim.VirtualMachine) if _is_machine(row)]
    return tuple(sorted(found, key=lambda one: (one.name, one.folder)))


def _is_machine(row: Row) -> bool:
    return not row.get("config.template", default=False)


def _plain(tree: Tree, kind: Inventory, rows: Sequence[Row]) -> list[InventoryObject]:
    return [InventoryObject(kind, tree.path(row.thing), id=row.id) for row in rows]


def _datastore(tree: Tree, row: Row) -> InventoryObject:
    free = row.get("summary.freeSpace")
    return InventoryObject(
        Inventory.DATASTORE,
        tree.path(row.thing),
        id=row.id,
        free_gib=None if free is None else free / GIB,
    )


def _pool(tree: Tree, row: Row) -> InventoryObject:
    owner = row.get("owner")
    memory, cpu = _left(tree, row, "memory", MIB), _left(tree, row, "cpu", 1)
    return InventoryObject(
        Inventory.RESOURCE_POOL,
        tree.path(row.thing),
        id=row.id,
        free_memory_mib=memory,
        free_cpu_mhz=cpu,
        owner="" if owner is None else tree.path(owner),
    )


def _left(tree: Tree, row: Row, what: str, unit: int) -> int | None:
    """Return what a pool has left; a limit of the pools above it, save the root's, binds it too.

    The root pool's limit is what its hosts have. EKS Anywhere looks at it only where the root pool
    is the one that machines go into, since memory may be promised twice below it.
    """
    limit = row.get(f"config.{what}Allocation.limit", -1)
    used = row.get(f"runtime.{what}.overallUsage", 0) // unit
    own = None if limit < 0 else max(0, limit - used)
    above = tree.rows.get(reference_of(row.get("parent")))
    if above is None or not isinstance(above.thing, vim.ResourcePool) or _is_root(tree, above):
        return own
    left = [one for one in (own, _left(tree, above, what, unit)) if one is not None]
    return min(left, default=None)


def _is_root(tree: Tree, pool: Row) -> bool:
    above = tree.rows.get(reference_of(pool.get("parent")))
    return above is None or not isinstance(above.thing, vim.ResourcePool)


def _clusters(tree: Tree) -> list[InventoryObject]:
    hosts: dict[str, list[Row]] = {}
    for host in tree.of(vim.HostSystem):
        hosts.setdefault(reference_of(host.get("parent")), []).append(host)
    return [
        InventoryObject(
            Inventory.COMPUTE_CLUSTER,
            tree.path(cluster.thing),
            id=cluster.id,
            reaches=_reached(tree, hosts.get(cluster.id, [])),
        )
        for cluster in tree.of(vim.ClusterComputeResource)
    ]


def _reached(tree: Tree, hosts: Sequence[Row]) -> frozenset[str]:
    reached = [tree.paths([*host.get("datastore", []), *host.get("network", [])]) for host in hosts]
    return frozenset.intersection(*reached) if reached else frozenset()


def _template(tree: Tree, row: Row, detail: Row | None, tags: frozenset[str]) -> InventoryObject:
    devices = [] if detail is None else detail.get("config.hardware.device", [])
    snapshots = [] if detail is None else detail.get("snapshot.rootSnapshotList", [])
    return InventoryObject(
        Inventory.TEMPLATE,
        tree.path(row.thing),
        id=row.id,
        tags=tags,
        disks_gib=tuple(
            device.capacityInKB / KIB_OF_GIB
            for device in devices
            if isinstance(device, vim.vm.device.VirtualDisk)
        ),
        snapshots=_count(snapshots),
        annotation="" if detail is None else detail.get("config.annotation", ""),
    )


def _count(snapshots: Sequence[Any]) -> int:
    return sum(1 + _count(one.childSnapshotList) for one in snapshots)


def _machine(tree: Tree, row: Row) -> VirtualMachine:
    parent = row.get("parent")
    nics = row.get("guest.net", [])
    return VirtualMachine(
        name=row.get("name", ""),
        uuid=row.get("config.uuid", ""),
        folder="" if parent is None else tree.path(parent),
        powered_on=row.get("runtime.powerState") == vim.VirtualMachine.PowerState.poweredOn,
        addresses=tuple(address for nic in nics for address in nic.ipAddress),
    )
