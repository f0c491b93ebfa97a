"""Room for every machine, etcd's too, and for those that an upgrade makes besides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bedplate.checks.finding import Findings, block, warn
from bedplate.checks.scene import Scene
from bedplate.errors import Owner
from bedplate.needs import MachineGroup
from bedplate.ports.vcenter import Inventory
from bedplate.providers.vsphere.checks.existing import existing_machines
from bedplate.providers.vsphere.checks.lookup import only
from bedplate.providers.vsphere.groups import Placed, placed_groups

LEAST_MHZ = 1000
"""For one virtual processor: with less, etcd and the API server miss their deadlines."""


@dataclass(frozen=True, slots=True)
class _Need:
    """What groups take of one thing: altogether, and of that only while an upgrade runs."""

    amount: int = 0
    surge: int = 0
    groups: tuple[str, ...] = ()

    def with_group(self, group: MachineGroup, count: int, each: int) -> _Need:
        new = (count + group.surge) * each
        return _Need(self.amount + new, self.surge + group.surge * each, (*self.groups, group.name))

    def __str__(self) -> str:
        return f"{', '.join(self.groups)}; {self.surge} of that while an upgrade replaces machines"


def capacity(scene: Scene) -> Findings:
    """Datastores have the space, resource pools the memory and processors."""
    yield from _disk(scene)
    yield from _memory(scene)
    yield from _processors(scene)


def _disk(scene: Scene) -> Findings:
    needs = _needs(scene, Inventory.DATASTORE, lambda p: p.datastore, lambda g: g.disk_gib)
    for path, need in needs.items():
        datastore = only(scene, Inventory.DATASTORE, path)
        free = datastore.free_gib if datastore else None
        if free is not None and free < need.amount:
            yield block(
                path,
                f"datastore {path} has {free:.0f} GiB left, this cluster needs {need.amount}"
                f" ({need})",
                f"govc datastore.info '{path}' shows it; free space, enlarge it, or choose another"
                " datastore or a smaller diskGiB",
                Owner.VSPHERE,
            )


def _memory(scene: Scene) -> Findings:
    needs = _needs(
        scene, Inventory.RESOURCE_POOL, lambda p: p.resource_pool, lambda g: g.memory_mib
    )
    for path, need in needs.items():
        pool = only(scene, Inventory.RESOURCE_POOL, path)
        free = pool.free_memory_mib if pool else None
        if free is not None and free < need.amount:
            yield block(
                path,
                f"resource pool {path} has {free} MiB of memory left, this cluster needs"
                f" {need.amount} ({need})",
                f"govc pool.info '{path}' shows its limit; raise it with govc pool.change"
                f" -mem.limit=MIB '{path}', or choose another pool or a smaller memoryMiB",
                Owner.VSPHERE,
            )


def _processors(scene: Scene) -> Findings:
    """Processors are shared by time, so too few of them only warn."""
    needs = _needs(scene, Inventory.RESOURCE_POOL, lambda p: p.resource_pool, lambda g: g.cpus)
    for path, need in needs.items():
        pool = only(scene, Inventory.RESOURCE_POOL, path)
        free = pool.free_cpu_mhz if pool else None
        if free is not None and free < need.amount * LEAST_MHZ:
            yield warn(
                path,
                f"resource pool {path} has {free} MHz left for {need.amount} processors ({need}),"
                f" less than {LEAST_MHZ} MHz for each",
                f"govc pool.info '{path}' shows its limit; raise it with govc pool.change"
                f" -cpu.limit=MHZ '{path}', or choose another pool",
                Owner.VSPHERE,
            )


def _needs(
    scene: Scene,
    kind: Inventory,
    place: Callable[[Placed], str],
    each: Callable[[MachineGroup], int],
) -> Mapping[str, _Need]:
    """Return the needs by full path; machines that are there have taken theirs already."""
    there = existing_machines(scene)
    found: dict[str, _Need] = {}
    for placed in placed_groups(scene.spec):
        named = only(scene, kind, place(placed))
        if named is None:
            continue  # another check's finding
        group = placed.group
        count = max(0, group.count - there.get(group.name, 0))
        need = found.get(named.path, _Need())
        found[named.path] = need.with_group(group, count, each(group))
    return found
