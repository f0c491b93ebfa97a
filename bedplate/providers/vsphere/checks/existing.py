"""The cluster's own machines that are there already, where a create goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from bedplate.capi.names import is_machine_of
from bedplate.checks.scene import Scene
from bedplate.needs import needs_of
from bedplate.ports.vcenter import VirtualMachine


def own_machines(scene: Scene) -> tuple[VirtualMachine, ...]:
    """Return the machines whose names only this cluster's controllers give."""
    beginning = f"{scene.spec.name}-"  # asked first: there may be thousands of machines
    return tuple(
        machine
        for machine in scene.inventory().machines
        if machine.name.startswith(beginning) and is_machine_of(scene.spec, machine.name)
    )


def existing_machines(scene: Scene) -> Mapping[str, int]:
    """Return how many machines of each group are there already, by the group's name."""
    groups = sorted((group.name for group in needs_of(scene.spec).groups), key=len, reverse=True)
    counted: Counter[str] = Counter()
    for machine in own_machines(scene):
        # The longest name counts: the control plane's is the beginning of all others.
        longest = next(name for name in groups if machine.name.startswith(f"{name}-"))
        counted[longest] += 1
    return counted
