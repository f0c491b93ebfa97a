"""Pivot back: the management of the machines comes (back) to the bootstrap cluster.

The same move as a create's, with the sides exchanged. What differs: the EKS Anywhere controllers of
the cluster are told to stay away first, unwell machines may come along, and the saved copy stays,
since the bootstrap cluster now has the only objects. Where there is nothing to move, because the
bootstrap cluster never gave the management away or only the saved copy is left, that is made good.
"""

from __future__ import annotations

from typing import ClassVar

from bedplate import facts
from bedplate.capi import objects
from bedplate.capi.commit import Commit, read_commit
from bedplate.capi.copies import look, remove_copies
from bedplate.capi.discover import discover, movable_kinds
from bedplate.capi.restore import (
    move_begun,
    restore_paused,
    vault_copy,
    vault_moved,
    vault_moving,
    was_moved,
)
from bedplate.engine.phase import Waiting
from bedplate.errors import Owner, Refused
from bedplate.fact import Given
from bedplate.phases.deletion.anywhere import leave_alone, take_up_again
from bedplate.phases.deletion.ownership import Ownership, find_owner, live_cluster
from bedplate.phases.pivot import TO_COMMIT, Pivot
from bedplate.phases.pivot_move import Evidence, Move, Stage, release
from bedplate.phases.upgrade.pausing import start_control_plane
from bedplate.ports.kube import Kube, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


def keep_anywhere_away(move: Move) -> Waiting | Evidence:
    """Tell the cluster's EKS Anywhere controllers to stay away from what is moved.

    A control plane that an unfinished upgrade stopped goes on: nobody else would let it.
    """
    start_control_plane(move.source, move.spec)
    return {"told": leave_alone(move.source, move.spec)}


class PivotBack(Pivot):
    """Bring the Cluster API objects to the bootstrap cluster, whoever has them."""

    title = "Moving cluster management from workload to bootstrap cluster"
    needs = (facts.BOOTSTRAP_PROVIDERS, facts.SECRETS)
    to_commit: ClassVar[tuple[tuple[str, Stage], ...]] = (
        ("kept-away", keep_anywhere_away),
        *TO_COMMIT,
    )

    def __init__(self) -> None:
        super().__init__(Side.CLUSTER, Side.BOOTSTRAP)

    def check(self, given: Given, tools: Tools) -> facts.Pivot | None:
        """The bootstrap cluster manages the machines, or there are none."""
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Move, restore, or take a move back that was never committed; whichever it needs."""
        owner = find_owner(tools)
        if isinstance(owner, Waiting):
            return owner
        commit = _commit(tools)
        if owner is Ownership.ITSELF or (commit is not None and not commit.confirmed):
            return super().run(given, tools)
        if owner is Ownership.COPY:
            tools.say(
                "The bootstrap cluster was lost; its objects are restored from the saved copy"
            )
            restore_paused(tools, Side.BOOTSTRAP)
        elif commit is None and _is_moving(tools):
            waiting = Pivot(Side.BOOTSTRAP, Side.CLUSTER).undo(given, tools)
            if waiting is not None:
                return waiting
        tools.ports.vault.delete(vault_moved(tools.spec.name))
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Pivot | Waiting:
        """Return the fact once the bootstrap cluster alone manages the machines."""
        owner = find_owner(tools)
        if isinstance(owner, Waiting):
            return owner
        commit = _commit(tools)
        if owner not in (Ownership.BOOTSTRAP, Ownership.NOBODY):
            return Waiting("the bootstrap cluster to manage the machines", {"now": owner.name})
        if owner is Ownership.BOOTSTRAP and move_begun(tools):
            return Waiting("the move to be ended")
        if owner is Ownership.BOOTSTRAP and commit is not None and not commit.confirmed:
            return Waiting("the move to be confirmed")
        return _fact(commit)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Before the commit: the cluster goes on as before. After it: Refused."""
        owner = find_owner(tools)
        if isinstance(owner, Waiting):
            return owner
        _require_not_begun(tools, owner)
        if owner is not Ownership.ITSELF:
            return None
        bootstrap, cluster = tools.kube(Side.BOOTSTRAP), tools.kube(Side.CLUSTER)
        if bootstrap.reach() is Reach.ANSWERS:
            left = remove_copies(bootstrap, look(bootstrap, movable_kinds(bootstrap)))
            if left:
                return Waiting(f"{left} copies on the bootstrap cluster to be removed")
        waiting = release(cluster, discover(cluster, tools.spec.name))
        if waiting is None:
            take_up_again(cluster, tools.spec)
            tools.ports.vault.delete(vault_copy(tools.spec.name))
        return waiting

    def _target_kube(self, tools: Tools) -> Kube:
        return tools.kube(Side.BOOTSTRAP)  # the steps before have seen it answer


def _commit(tools: Tools) -> Commit | None:
    kube = tools.kube(Side.BOOTSTRAP)
    return read_commit(kube, tools.spec.name) if kube.reach() is Reach.ANSWERS else None


def _is_moving(tools: Tools) -> bool:
    return tools.ports.vault.get(vault_moving(tools.spec.name)) is not None


def _fact(commit: Commit | None) -> facts.Pivot:
    if commit is None:
        return facts.Pivot(move_id="", objects=0, digest="", machines=())
    return facts.Pivot(
        move_id=commit.move_id,
        objects=commit.objects,
        digest=commit.digest,
        machines=tuple(sorted(commit.machines)),
    )


def _require_not_begun(tools: Tools, owner: Ownership) -> None:
    if owner is Ownership.ITSELF and _commit(tools) is None and was_moved(tools):
        return
    kube = tools.kube(Side.BOOTSTRAP)
    if owner is Ownership.BOOTSTRAP and _commit(tools) is None:
        cluster = live_cluster(kube, tools)
        if cluster is not None and not objects.is_deleting(cluster):
            return
    if owner is Ownership.COPY and not _was_superseded(tools):
        return
    raise _begun(tools.spec)


def _was_superseded(tools: Tools) -> bool:
    kube = tools.kube(Side.CLUSTER)
    commit = read_commit(kube, tools.spec.name) if kube.reach() is Reach.ANSWERS else None
    return commit is not None


def _begun(spec: ClusterSpec) -> Refused:
    return Refused(
        "DELETE_BEGUN",
        f"{spec.name} no longer manages itself: its deletion has begun",
        why="from there on a half-deleted cluster would be all that an abort could leave",
        remedy=f"bedplate resume {spec.name}",
        owner=Owner.PLATFORM,
    )
