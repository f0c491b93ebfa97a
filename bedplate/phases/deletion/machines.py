"""Machines: the Cluster is deleted on the bootstrap cluster, whose controllers take them away."""

from __future__ import annotations

from collections.abc import Sequence

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, objects
from bedplate.capi.cluster import ref_of
from bedplate.capi.restore import release_restored
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, PermanentError
from bedplate.facts import DELETED_MACHINES, Given
from bedplate.phases.deletion.ownership import is_gone, live_cluster, virtual_machines
from bedplate.phases.pivot_move import is_paused, source_silent
from bedplate.ports.kube import Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

STEP, ORDERED = "machines", "ordered"


class DeleteMachines(Phase[facts.DeletedMachines]):
    """Delete the Cluster and wait until every machine of it is gone.

    It is deleted first and released from its pause after: controllers that began the other way
    round could replace machines that a deletion cut short had taken already.
    """

    title = "Deleting management cluster"
    gives = DELETED_MACHINES
    needs = (facts.PIVOT,)
    patience = Patience(deadline=3600)

    def check(self, given: Given, tools: Tools) -> facts.DeletedMachines | None:
        """Nobody manages the cluster and no machine of it exists."""
        return _fact(tools) if is_gone(tools) else None

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Order the deletion, once for each Cluster that is found; then wait for its end."""
        kube = tools.kube(Side.BOOTSTRAP)
        if kube.reach() is not Reach.ANSWERS:
            raise source_silent(tools.spec)
        cluster = live_cluster(kube, tools)
        if cluster is None:
            _require_none_left(tools)
            return None
        if not objects.is_deleting(cluster):
            _note_machines(tools)
            kube.delete(ref_of(kinds.CLUSTER, tools.spec.name))
        if is_paused(cluster):
            release_restored(kube, tools.spec.name)
        left = [objects.name(one) for one in kube.list(kinds.MACHINE, objects.namespace(cluster))]
        return Waiting(f"{len(left)} machines to be deleted", {"left": ", ".join(left)})

    def verify(self, given: Given, tools: Tools) -> facts.DeletedMachines | Waiting:
        """Return the names of the machines that are gone."""
        if is_gone(tools):
            return _fact(tools)
        return Waiting("the infrastructure to know no machine any more")

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """A machine that is gone is not brought back; before that there is nothing to take away."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> list[str]:
        """The name alone."""
        return [spec.name]


def machines_ever(tools: Tools) -> frozenset[str]:
    """Return the names of the machines that deletes of this cluster noted before they took them."""
    noted = [objects.texts({ORDERED: one}, ORDERED) for one in tools.notes.earlier(STEP, ORDERED)]
    return frozenset(name for names in noted for name in names)


def _fact(tools: Tools) -> facts.DeletedMachines:
    return facts.DeletedMachines(names=_noted(tools))


def _noted(tools: Tools) -> tuple[str, ...]:
    return objects.texts({ORDERED: tools.notes.find(ORDERED)}, ORDERED)


def _note_machines(tools: Tools) -> None:
    machines = tools.kube(Side.BOOTSTRAP).list(kinds.MACHINE)
    found = {objects.name(machine) for machine in machines}
    found |= {machine.name for machine in virtual_machines(tools)}
    tools.notes.note(ORDERED, sorted(found.union(_noted(tools))))


def _require_none_left(tools: Tools) -> None:
    """Raise where a machine outlived the Cluster: by its name, or by what was noted before."""
    left = {machine.name for machine in virtual_machines(tools)}
    noted = machines_ever(tools)
    if noted:
        known = tools.ports.vcenter.virtual_machines(f"{tools.spec.name}-")
        left |= {machine.name for machine in known if machine.name in noted}
    if left:
        raise _orphans(sorted(left))


def _orphans(left: Sequence[str]) -> PermanentError:
    return PermanentError(
        "ORPHANS_FOUND",
        f"the Cluster is deleted, but machines of it are left: {', '.join(left)}",
        why="no controller knows them any more",
        remedy="see in vCenter what they are; destroy them there, then run the same command again",
        owner=Owner.VSPHERE,
    )
