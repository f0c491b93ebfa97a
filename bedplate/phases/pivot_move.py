"""What the stages of a pivot share: the move under way, and taking its pause back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from bedplate.capi import names, objects
from bedplate.capi.commit import Commit
from bedplate.capi.discover import movable_kinds
from bedplate.capi.graph import MovableKind, ObjectGraph
from bedplate.capi.managing import manager_silent
from bedplate.capi.move import (
    MOVE_ANNOTATION,
    WAS_PAUSED_ANNOTATION,
    MovePlan,
    ready_to_go_back,
    ready_to_move,
)
from bedplate.capi.pause import unacknowledged
from bedplate.capi.restore import cluster_silent
from bedplate.engine.phase import Waiting
from bedplate.errors import Owner, PermanentError, TemporaryError
from bedplate.ports.kube import JSON, Kube, Manifest, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

Evidence: TypeAlias = Mapping[str, JSON]


@dataclass(slots=True)
class Move:
    """What the stages of one run hand to each other; nothing of it outlives the run."""

    tools: Tools
    source_side: Side
    target_side: Side
    commit: Commit | None = None
    graph: ObjectGraph = field(default_factory=lambda: ObjectGraph("", ()))
    plan: MovePlan = field(default_factory=lambda: MovePlan(()))
    digest: str = ""
    move_id: str = ""
    kinds: Sequence[MovableKind] = ()

    @property
    def source(self) -> Kube:
        """The API server that manages the machines before the move."""
        return self.tools.kube(self.source_side)

    @property
    def target(self) -> Kube:
        """The API server that manages them after it."""
        return self.tools.kube(self.target_side)

    @property
    def is_back(self) -> bool:
        """Whether the management goes back to a bootstrap cluster, for the cluster's deletion."""
        return self.target_side is Side.BOOTSTRAP

    def target_kinds(self) -> Sequence[MovableKind]:
        """Return the kinds that may be moved, read from the target once in a run."""
        if not self.kinds:
            self.kinds = movable_kinds(self.target)
        return self.kinds

    def unready(self) -> tuple[str, ...]:
        """Return the reasons why the objects cannot be moved now."""
        return ready_to_go_back(self.graph) if self.is_back else ready_to_move(self.graph)

    @property
    def spec(self) -> ClusterSpec:
        """The cluster's specification."""
        return self.tools.spec


CONTROLLERS_GO_ON = "the controllers that managed it to go on"

Stage: TypeAlias = Callable[[Move], Waiting | Evidence]


def release(source: Kube, graph: ObjectGraph) -> Waiting | None:
    """Take a move's pause back from the source, and wait until its controllers noticed.

    The mark of the move goes last: as long as it is there, this is not finished.
    """
    cluster = graph.cluster
    if cluster is None or MOVE_ANNOTATION not in objects.annotations_of(cluster):
        return None
    ref = objects.ref(cluster)
    if objects.annotations_of(cluster).get(WAS_PAUSED_ANNOTATION) != yes(True):
        if is_paused(cluster):
            source.patch(ref, {"spec": {"paused": None}})
            return Waiting(CONTROLLERS_GO_ON)
        pending = unacknowledged(graph, paused=False)
        if pending:
            return waiting_for_controllers("the end of the pause", pending, len(graph))
    marks: dict[str, JSON] = {MOVE_ANNOTATION: None, WAS_PAUSED_ANNOTATION: None}
    source.patch(ref, {"metadata": {"annotations": marks}})
    return None


def source_silent(spec: ClusterSpec) -> TemporaryError:
    """Return the error for a bootstrap cluster that is known but does not answer."""
    name = names.bootstrap_cluster(spec.name)
    return TemporaryError(
        "BOOTSTRAP_SILENT",
        f"the bootstrap cluster {name} does not answer",
        why="its controllers may still be at work, so they must be seen to stop",
        remedy=f"start its node again (docker start {name}-control-plane), or remove it"
        f" (kind delete cluster --name {name}), then resume",
        owner=Owner.PLATFORM,
    )


def side_silent(spec: ClusterSpec, side: Side) -> TemporaryError:
    """Return the error for an API server that manages, or may manage, but does not answer."""
    if side is Side.MANAGEMENT:
        return manager_silent(spec)
    return source_silent(spec) if side is Side.BOOTSTRAP else cluster_silent(spec)


def waiting_for_controllers(what: str, pending: tuple[str, ...], total: int) -> Waiting:
    """Return what is waited for while controllers have not noticed a pause or its end."""
    on = f"controllers to acknowledge {what} of {total - len(pending)} of {total} objects"
    return Waiting(on, {"not yet": ", ".join(pending)})


def cluster_of(graph: ObjectGraph) -> Manifest:
    """Return the graph's Cluster, which the first stage made sure of."""
    if graph.cluster is None:
        raise _missing_stage("Cluster")
    return graph.cluster


def commit_of(move: Move) -> Commit:
    """Return the commit, which every stage after it has."""
    if move.commit is None:
        raise _missing_stage("commit")
    return move.commit


def _missing_stage(what: str) -> PermanentError:
    return PermanentError(
        "PIVOT_ORDER", f"a stage of the pivot ran without its {what}", owner=Owner.BEDPLATE
    )


def is_paused(cluster: Manifest) -> bool:
    """Say whether the Cluster itself asks for a pause."""
    return objects.flag(cluster, "spec", "paused")


def yes(value: bool) -> str:
    """Return how annotations and ConfigMaps write a truth value."""
    return "true" if value else "false"
