"""Post-checks of a restore: what is there, and what the restored objects know nothing of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, objects
from bedplate.capi.managing import managing_side, sides
from bedplate.drift.missing import uuid_of
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import TemporaryError
from bedplate.fact import Given
from bedplate.facts import RESTORE_PLAN, RESTORED, STARTED_MEMBERS
from bedplate.phases.machines import list_machines, ready_nodes
from bedplate.phases.restoration.kept import require_same_backup
from bedplate.phases.restoration.machines import without_data
from bedplate.phases.upgrade import pausing
from bedplate.phases.upgrade.pause import Pause
from bedplate.phases.upgrade.running import running_spec
from bedplate.ports.kube import JSON, Manifest, Side
from bedplate.ports.tools import Tools
from bedplate.ports.vcenter import VirtualMachine
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec, changed_fields

CHECKED = "checked"


class CheckRestored(Phase[facts.Restored]):
    """Compare the restored objects with the machines that there are; delete nothing.

    Pauses of ours that the backup brought back, or that an upgrade left which this restore has
    ended, are ended; that of a cluster half-way in an upgrade stays, as when an upgrade broke.
    """

    title = "Validating the restored cluster"
    gives = RESTORED
    needs = (RESTORE_PLAN, STARTED_MEMBERS)
    patience = Patience(deadline=900, attempts=3)

    def check(self, given: Given, tools: Tools) -> facts.Restored | None:
        """This run has looked, and it is so; raises Refused where another backup is wanted."""
        require_same_backup(tools, given[RESTORE_PLAN].backup)
        given[STARTED_MEMBERS]
        if tools.notes.find(CHECKED) != given[RESTORE_PLAN].id or without_data(given, tools):
            return None
        if any(tools.answering(side) is None for side in sides(tools.spec)):
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """End our pauses, and say what does not fit together.

        The cluster's webhooks run in it, and may need longer than an attempt until they answer.
        """
        try:
            Pause(managing_side(tools.spec)).undo(given, tools)
            comparison = _compare(tools)
        except TemporaryError as error:
            return Waiting(f"an answer after {error}", error.as_dict())
        for name in comparison.vanished:
            tools.say(f"⚠ machine {name} is known to the cluster again, and does not exist")
        for name in comparison.unowned:
            tools.say(f"⚠ virtual machine {name} exists, and the cluster does not know it")
        tools.notes.note(CHECKED, given[RESTORE_PLAN].id)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Restored | Waiting:
        """Return what was found, once the node of every machine that exists is ready."""
        comparison = _compare(tools)
        ready = ready_nodes(tools.kube(Side.CLUSTER))
        if left := sorted(comparison.nodes - ready):
            return Waiting(f"{', '.join(left)} to be ready")
        kube = tools.kube(managing_side(tools.spec))
        return facts.Restored(
            nodes=tuple(sorted(comparison.nodes)),
            vanished=comparison.vanished,
            unowned=comparison.unowned,
            changed=changed_fields(tools.spec, running_spec(kube, tools.spec)),
            paused=pausing.is_half_way(kube, tools.spec),
        )

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Nothing was made."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The name alone."""
        return spec.name


@dataclass(frozen=True, slots=True)
class Comparison:
    """The nodes of machines that exist; machines without one; virtual machines of nobody's."""

    nodes: frozenset[str]
    vanished: tuple[str, ...]
    unowned: tuple[str, ...]


def compare(machines: Sequence[Manifest], there: Sequence[VirtualMachine]) -> Comparison:
    """Compare Machines with virtual machines, by their uuids. Pure.

    A Machine without one yet is being made, known by its name.
    """
    uuids = {vm.uuid.lower() for vm in there}
    owned = {uuid_of(machine): machine for machine in machines if uuid_of(machine)}
    begun = {objects.name(machine) for machine in machines if not uuid_of(machine)}
    return Comparison(
        nodes=frozenset(_node(one) for uuid, one in owned.items() if uuid in uuids and _node(one)),
        vanished=_names(one for uuid, one in owned.items() if uuid not in uuids),
        unowned=tuple(
            sorted(vm.name for vm in there if vm.uuid.lower() not in owned and vm.name not in begun)
        ),
    )


def _compare(tools: Tools) -> Comparison:
    labels: Mapping[str, str] = {kinds.CLUSTER_NAME_LABEL: tools.spec.name}
    machines = list_machines(tools.kube(managing_side(tools.spec)), labels)
    return compare(machines, provider_of(tools.spec).virtual_machines(tools))


def _names(machines: Iterable[Manifest]) -> tuple[str, ...]:
    return tuple(sorted(objects.name(one) for one in machines))


def _node(machine: Manifest) -> str:
    return objects.text(machine, "status", "nodeRef", "name")
