"""Pivot: the cluster takes over its own management from the bootstrap cluster.

The stages are the table below; `pivot_to_commit.py` and `pivot_from_commit.py` have one function
for each, in the same order.
Every run begins with a look at the target: where the commit stands there, only the stages after it
remain; else all of them run again, and each finds what is done already. Notes in the journal are
evidence, never the reason to skip a stage.
"""

from __future__ import annotations

from typing import ClassVar

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi.commit import Commit, read_commit
from bedplate.capi.copies import look, remove_copies
from bedplate.capi.discover import discover, movable_kinds
from bedplate.capi.move import dangling_owners
from bedplate.capi.restore import (
    cluster_silent,
    move_begun,
    require_no_hidden_commit,
    vault_moving,
)
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, PermanentError, Refused
from bedplate.fact import Fact, Given, Key
from bedplate.facts import PIVOT
from bedplate.phases import pivot_from_commit as after
from bedplate.phases import pivot_to_commit as before
from bedplate.phases.pivot_move import Move, Stage, release, source_silent
from bedplate.ports.kube import JSON, Kube, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

TO_COMMIT: tuple[tuple[str, Stage], ...] = (
    ("discovered", before.discover_source),
    ("checked", before.check_ready),
    ("paused", before.pause_source),
    ("acknowledged", before.await_pause),
    ("saved", before.save_snapshot),
    ("tried", before.try_on_target),
    ("created", before.create_on_target),
    ("compared", before.compare_sides),
    ("committed", before.commit_on_target),
)
FROM_COMMIT: tuple[tuple[str, Stage], ...] = (
    ("fenced", after.stop_source),
    ("unpaused", after.unpause_target),
    ("confirmed", after.confirm_machines),
    ("recorded", after.record_end),
)


class Pivot(Phase[facts.Pivot]):
    """Move the Cluster API objects so that the cluster's own controllers manage its machines."""

    title = "Moving cluster management from bootstrap to workload cluster"
    gives = PIVOT
    needs: tuple[Key[Fact], ...] = (facts.CONTROL_PLANE, facts.WORKERS, facts.CLUSTER_PROVIDERS)
    patience = Patience(deadline=1800)
    to_commit: ClassVar[tuple[tuple[str, Stage], ...]] = TO_COMMIT

    def __init__(self, source: Side, target: Side) -> None:
        self._source = source
        self._target = target

    def check(self, given: Given, tools: Tools) -> facts.Pivot | None:
        """The commit stands on the target, its end was confirmed, its machines are there.

        Raises TemporaryError CLUSTER_SILENT where a move was begun and the target does not answer:
        it may manage itself, and whoever concluded otherwise would order every machine again.
        """
        if not self._target_answers(tools):
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Go through the stages up to the first that has to wait."""
        target = self._target_kube(tools)
        move = Move(tools, self._source, self._target)
        move.commit = read_commit(target, tools.spec.name)
        remaining = FROM_COMMIT if move.commit is not None else self.to_commit + FROM_COMMIT
        for name, stage in remaining:
            seen = stage(move)
            if isinstance(seen, Waiting):
                return seen
            if tools.notes.find(name) != seen:
                tools.notes.note(name, dict(seen))
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Pivot | Waiting:
        """Look for the commit, for its confirmed end, and for the machines' owners."""
        target = tools.kube(self._target)
        commit = read_commit(target, tools.spec.name)
        if commit is None or not commit.confirmed:
            return Waiting("the move to be " + ("confirmed" if commit else "committed"))
        return _owned_machines(target, tools.spec, commit)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Before the commit: remove the copies, release the source. After it: Refused."""
        if self._target_answers(tools):
            target = tools.kube(self._target)
            if read_commit(target, tools.spec.name) is not None:
                raise _committed(tools.spec)
            if move_begun(tools):
                left = remove_copies(target, look(target, movable_kinds(target)))
                if left:
                    return Waiting(f"{left} copies on the other side to be removed")
        elif move_begun(tools):
            raise cluster_silent(tools.spec)
        source = tools.kube(self._source)
        reach = source.reach()
        if reach is Reach.SILENT:
            raise source_silent(tools.spec)
        if reach is Reach.ANSWERS:
            waiting = release(source, discover(source, tools.spec.name))
            if waiting is not None:
                return waiting
        tools.ports.vault.delete(vault_moving(tools.spec.name))
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """What is moved is found in the world; only its name comes from the specification."""
        return spec.name

    def _target_answers(self, tools: Tools) -> bool:
        """Say whether the target answers; raises where its silence may hide a commit."""
        reach = tools.kube(self._target).reach()
        require_no_hidden_commit(tools, reach)
        return reach is Reach.ANSWERS

    def _target_kube(self, tools: Tools) -> Kube:
        target = tools.kube(self._target)
        reach = target.reach()
        if reach is Reach.SILENT:
            raise cluster_silent(tools.spec)
        if reach is Reach.ABSENT:
            raise PermanentError(
                "CLUSTER_ABSENT",
                f"{tools.spec.name} has no API server that is known",
                why="the objects cannot be moved to it",
                remedy="resume: the steps before the pivot are looked at again",
                owner=Owner.PLATFORM,
            )
        return target


def _owned_machines(target: Kube, spec: ClusterSpec, commit: Commit) -> facts.Pivot | Waiting:
    """Return the fact once the target's Cluster has machines, and every object its owner.

    How many machines there are and whether each is well is not asked: a health check may replace
    one at any time after the move.
    """
    graph = discover(target, spec.name)
    if graph.cluster is None or not graph.machines():
        return Waiting("the cluster to have its machines")
    orphans = dangling_owners(tuple(graph))
    if orphans:
        return Waiting("every object to have its owner", {"without": ", ".join(orphans)})
    return facts.Pivot(
        move_id=commit.move_id,
        objects=commit.objects,
        digest=commit.digest,
        machines=tuple(sorted(commit.machines)),
    )


def _committed(spec: ClusterSpec) -> Refused:
    return Refused(
        "PIVOT_COMMITTED",
        f"{spec.name} manages itself: its pivot is committed",
        why="the bootstrap cluster's objects are out of date from that moment on",
        remedy=f"delete the cluster instead: bedplate delete cluster {spec.name}",
        owner=Owner.PLATFORM,
    )
