"""Missing objects: what the specification stands for, and no API server holds."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.capi import kinds, objects
from bedplate.drift.finding import Drift, Sort
from bedplate.drift.seen import Seen
from bedplate.ports.kube import Manifest, Ref


def missing_objects(seen: Seen) -> Iterator[Drift]:
    """Yield the objects that are gone; a finished cluster has every one of them."""
    if seen.managed is None or not seen.settled:
        return
    for wanted in (*seen.managed.documents, *seen.managed.asked):
        if objects.ref(wanted) not in seen.managed.live:
            yield _missing(objects.ref(wanted))


def vanished_machines(seen: Seen) -> Iterator[Drift]:
    """Yield the machines whose virtual machines no longer exist."""
    if seen.managed is None or seen.infrastructure is None:
        return
    there = {machine.uuid.lower() for machine in seen.infrastructure.machines}
    for machine in seen.managed.owned:
        uuid = uuid_of(machine)
        if objects.kind(machine) == kinds.MACHINE and uuid and uuid not in there:
            name, place = objects.name(machine), objects.namespace(machine)
            yield Drift(
                Sort.VM_GONE,
                objects.ref(machine).identity,
                f"vCenter has no virtual machine {uuid}",
                "let Cluster API make another, once the cluster can spare it:"
                f" kubectl delete machine -n {place} {name}",
            )


def uuid_of(machine: Manifest) -> str:
    """Return the uuid of a Machine's virtual machine; "" before it has one, or is none."""
    scheme, _, uuid = objects.text(machine, "spec", "providerID").partition("://")
    return uuid.lower() if scheme == "vsphere" else ""


def _missing(ref: Ref) -> Drift:
    ours = ref.kind.group == kinds.ANYWHERE_CLUSTER.group
    again = "kubectl apply -f FILE" if ours else "bedplate render -f FILE prints it, among others"
    return Drift(
        Sort.MISSING,
        ref.identity,
        "there is none",
        "find out who deleted it (the API server's audit log says), then apply it again from the"
        f" specification: {again}",
    )
