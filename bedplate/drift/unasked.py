"""Machines nobody asked for: groups that no specification names, machines without a controller."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.capi import kinds, names, objects
from bedplate.drift.finding import Drift, Sort
from bedplate.drift.seen import Managed, Seen
from bedplate.ports.kube import Manifest


def unasked_groups(seen: Seen) -> Iterator[Drift]:
    """Yield the worker groups that the specification does not name, with their machines."""
    if seen.managed is None or not seen.settled:
        return
    wanted = {names.machine_deployment(seen.spec.name, group.name) for group in seen.spec.workers}
    for owner in seen.managed.owned:
        if objects.kind(owner) != kinds.MACHINE_DEPLOYMENT or objects.name(owner) in wanted:
            continue
        machines = [
            objects.name(machine)
            for machine in _machines(seen.managed)
            if objects.labels(machine).get(kinds.DEPLOYMENT_NAME_LABEL) == objects.name(owner)
        ]
        yield Drift(
            Sort.UNASKED,
            objects.ref(owner).identity,
            f"no worker group of the specification is it; its machines: "
            f"{', '.join(machines) or 'none'}",
            f"add the group to the specification, or delete it: kubectl delete machinedeployment"
            f" -n {objects.namespace(owner)} {objects.name(owner)}",
        )


def unasked_machines(seen: Seen) -> Iterator[Drift]:
    """Yield the machines that no controller owns, and so nobody replaces."""
    if seen.managed is None:
        return
    for machine in _machines(seen.managed):
        if any(owner.controller for owner in objects.owner_references(machine)):
            continue
        yield Drift(
            Sort.UNASKED,
            objects.ref(machine).identity,
            "no controller owns this machine",
            "see whether it does any work; then: kubectl delete machine -n"
            f" {objects.namespace(machine)} {objects.name(machine)}",
        )


def _machines(managed: Managed) -> Iterator[Manifest]:
    return (one for one in managed.owned if objects.kind(one) == kinds.MACHINE)
