"""Which machines are of an older specification, and in what order they go."""

from __future__ import annotations

from collections.abc import Iterable

from bedplate.simulation.controllers.context import Context
from bedplate.simulation.controllers.making import CLONED_FROM, Blueprint
from bedplate.simulation.fields import Obj, is_deleting, look, name_of


def is_current(context: Context, machine: Obj, blueprint: Blueprint) -> bool:
    """Say whether a machine is one that the blueprint would make now."""
    infrastructure = context.referred(machine, machine["spec"]["infrastructureRef"])
    config = context.referred(machine, machine["spec"]["bootstrap"].get("configRef"))
    if infrastructure is None or config is None:
        return True  # it is only being made, or going
    origin = (look(infrastructure, "metadata", "annotations") or {}).get(CLONED_FROM)
    return (
        origin == name_of(blueprint.template)
        and machine["spec"].get("version") == blueprint.version
        and config.get("spec") == dict(blueprint.bootstrap_spec)
    )


def mark_current(context: Context, machines: Iterable[Obj], current: Iterable[Obj]) -> None:
    """Say of each machine whether it is up to date."""
    names = {name_of(machine) for machine in current}
    for machine in machines:
        if not is_deleting(machine):
            context.mark(machine, UP_TO_DATE, name_of(machine) in names)
            context.objects.save(machine)


UP_TO_DATE = "UpToDate"  # codespell:ignore uptodate


def oldest_first(machines: Iterable[Obj]) -> list[Obj]:
    """Return machines in the order in which they were made."""
    return sorted(machines, key=lambda m: (m["metadata"]["creationTimestamp"], name_of(m)))


def next_to_go(alive: list[Obj], current: list[Obj]) -> Obj:
    """Return the machine that goes next: of an older specification first, the oldest of those."""
    names = {name_of(machine) for machine in current}
    older = [machine for machine in alive if name_of(machine) not in names]
    return oldest_first(older or alive)[0]
