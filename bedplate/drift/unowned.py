"""Virtual machines and nodes that nobody owns."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.capi import kinds, names, objects
from bedplate.drift.finding import Drift, Sort
from bedplate.drift.missing import uuid_of
from bedplate.drift.seen import Seen
from bedplate.errors import Owner
from bedplate.ports.kube import Manifest


def unowned_machines(seen: Seen) -> Iterator[Drift]:
    """Yield the virtual machines that bear the cluster's names, and that no Machine stands for.

    One that is being made is known by its name, until it is known by its uuid. The names are those
    that any run of this life of the cluster gave: of groups too that are gone by now.
    """
    if seen.managed is None or seen.infrastructure is None:
        return
    machines = [one for one in seen.managed.owned if objects.kind(one) == kinds.MACHINE]
    known = {uuid for machine in machines if (uuid := uuid_of(machine))}
    begun = {objects.name(machine) for machine in machines if not uuid_of(machine)}
    for vm in seen.infrastructure.machines:
        ours = any(names.is_machine_of(spec, vm.name) for spec in seen.specs)
        if not ours or vm.uuid.lower() in known or vm.name in begun:
            continue
        runs = "runs" if vm.powered_on else "is switched off"
        yield Drift(
            Sort.VM_UNOWNED,
            f"virtual machine {vm.folder}/{vm.name}",
            f"it {runs}, has the uuid {vm.uuid}, and no Machine of {seen.spec.name} stands for it",
            "make sure that it does no work (kubectl get nodes -o wide lists what does), then"
            " destroy it in vCenter",
            Owner.VSPHERE,
        )


def unowned_nodes(seen: Seen) -> Iterator[Drift]:
    """Yield the nodes that no Machine stands for."""
    if seen.managed is None or seen.nodes is None:
        return
    known = {
        objects.text(one, "status", "nodeRef", "name")
        for one in seen.managed.owned
        if objects.kind(one) == kinds.MACHINE
    }
    begun = {objects.name(one) for one in seen.managed.owned if _has_no_node(one)}
    for node in seen.nodes:
        name = objects.name(node)
        if name not in known | begun:
            yield Drift(
                Sort.NODE_UNOWNED,
                objects.ref(node).identity,
                f"it is a node of {seen.spec.name}, and no Machine stands for it",
                f"kubectl drain {name} --ignore-daemonsets, then kubectl delete node {name} and"
                " switch its machine off",
            )


def _has_no_node(machine: Manifest) -> bool:
    ref = objects.text(machine, "status", "nodeRef", "name")
    return objects.kind(machine) == kinds.MACHINE and not ref
