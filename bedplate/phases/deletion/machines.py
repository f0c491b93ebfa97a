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
from bedplate.fact import Fact, Given, Key
from bedplate.facts import DELETED_MACHINES
from bedplate.phases.deletion.ownership import is_gone, live_cluster, virtual_machines
from bedplate.phases.pivot_move import is_paused, side_silent
from bedplate.phases.upgrade.etcd_members import former_members
from bedplate.ports.kube import Kube, Manifest, Reach, Side
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
    needs: tuple[Key[Fact], ...] = (facts.PIVOT,)
    patience = Patience(deadline=3600)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.DeletedMachines | None:
        """Nobody manages the cluster and no machine of it exists."""
        return _fact(tools) if is_gone(tools) else None

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Order the deletion, once for each Cluster that is found; then wait for its end."""
        kube = tools.kube(self._side)
        if kube.reach() is not Reach.ANSWERS:
            raise side_silent(tools.spec, self._side)
        cluster = live_cluster(kube, tools)
        if cluster is None:
            _require_none_left(tools)
            return None
        if not objects.is_deleting(cluster):
            note_machines(tools, kube)
            kube.delete(ref_of(kinds.CLUSTER, tools.spec.name))
        _delete_former_members(kube, tools.spec)
        if is_paused(cluster):
            self.release(kube, cluster, tools)
        left = [objects.name(one) for one in kube.list(kinds.MACHINE, labels=_belongs(tools))]
        paused = {"paused": "yes"} if is_paused(cluster) else {}
        return Waiting(f"{len(left)} machines to be deleted", {"left": ", ".join(left), **paused})

    def release(self, kube: Kube, cluster: Manifest, tools: Tools) -> None:
        """End the pause that the move back left."""
        release_restored(kube, tools.spec.name)

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


def _delete_former_members(kube: Kube, spec: ClusterSpec) -> None:
    """Delete what etcd let go of in a change that broke: its controller deletes its own alone.

    Not before the Cluster is being deleted, since the control plane uses them until it goes; and
    not after, since nobody deletes a machine of a Cluster that is gone.
    """
    if spec.etcd is not None:
        for machine in former_members(kube, spec):
            if not objects.is_deleting(machine):
                kube.delete(objects.ref(machine))


def machines_ever(tools: Tools) -> frozenset[str]:
    """Return the names of the machines that deletes of this cluster noted before they took them."""
    noted = [objects.texts({ORDERED: one}, ORDERED) for one in tools.notes.earlier(STEP, ORDERED)]
    return frozenset(name for names in noted for name in names)


def _fact(tools: Tools) -> facts.DeletedMachines:
    return facts.DeletedMachines(names=_noted(tools))


def _noted(tools: Tools) -> tuple[str, ...]:
    return objects.texts({ORDERED: tools.notes.find(ORDERED)}, ORDERED)


def note_machines(tools: Tools, kube: Kube) -> None:
    """Note the names of the machines that are about to go."""
    machines = kube.list(kinds.MACHINE, labels=_belongs(tools))
    found = {objects.name(machine) for machine in machines}
    found |= {machine.name for machine in virtual_machines(tools)}
    tools.notes.note(ORDERED, sorted(found.union(_noted(tools))))


def _belongs(tools: Tools) -> dict[str, str]:
    return {kinds.CLUSTER_NAME_LABEL: tools.spec.name}


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
