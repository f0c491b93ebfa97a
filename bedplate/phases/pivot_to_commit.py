"""The stages of a pivot up to its commit; each looks first, so each may be repeated at any time.

Up to the commit the objects may exist twice, both Clusters paused: nobody manages the machines
meanwhile, and all of it can be taken back.
"""

from __future__ import annotations

import uuid

from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import build
from bedplate.capi.commit import Commit, write_commit
from bedplate.capi.copies import create_copies, differences, look, outdated, remove_copies
from bedplate.capi.discover import discover
from bedplate.capi.graph import ObjectGraph
from bedplate.capi.move import (
    MOVE_ANNOTATION,
    WAS_PAUSED_ANNOTATION,
    digest,
    machine_ids,
    plan_move,
    rewrite,
)
from bedplate.capi.pause import unacknowledged
from bedplate.capi.restore import RESTORE_ANNOTATION, keep_copy, restore_copy, vault_moving
from bedplate.engine.phase import Waiting
from bedplate.errors import Owner, PermanentError
from bedplate.phases.pivot_move import (
    CONTROLLERS_GO_ON,
    Evidence,
    Move,
    cluster_of,
    is_paused,
    release,
    side_silent,
    waiting_for_controllers,
    yes,
)
from bedplate.ports.kube import JSON, Manifest, Reach
from bedplate.providers import provider_of


def discover_source(move: Move) -> Waiting | Evidence:
    """Find the cluster's objects on the source."""
    reach = move.source.reach()
    if reach is Reach.SILENT:
        raise side_silent(move.spec, move.source_side)
    if reach is Reach.ABSENT:
        raise _source_lost(move, f"the {_named(move)} is gone")
    move.graph = discover(move.source, move.spec.name)
    if move.graph.cluster is None:
        raise _source_lost(move, f"the {_named(move)} holds no Cluster {move.spec.name}")
    if RESTORE_ANNOTATION in objects.annotations_of(move.graph.cluster):
        restore_copy(move.tools, move.source_side)
        return Waiting("the objects restored from the saved copy")
    return {"objects": len(move.graph)}


def check_ready(move: Move) -> Waiting | Evidence:
    """Wait until every machine has arrived and nothing is going; a paused source is let go on."""
    reasons = move.unready()
    if reasons or _is_half_released(cluster_of(move.graph)):
        waiting = release(move.source, move.graph)
        reason = reasons[0] if reasons else CONTROLLERS_GO_ON
        return waiting or Waiting(reason, {"also": "; ".join(reasons[1:])})
    return {"machines": len(move.graph.machines())}


def pause_source(move: Move) -> Waiting | Evidence:
    """Pause the Cluster; the same patch says which move did it and whether it was paused before."""
    cluster = cluster_of(move.graph)
    notes = objects.annotations_of(cluster)
    noted = notes.get(MOVE_ANNOTATION)
    move.move_id = noted or move.tools.notes.choose("move", lambda: uuid.uuid4().hex)
    was_paused = notes.get(WAS_PAUSED_ANNOTATION) or yes(is_paused(cluster))
    if noted is None or not is_paused(cluster):
        marks: dict[str, JSON] = {
            MOVE_ANNOTATION: move.move_id,
            WAS_PAUSED_ANNOTATION: was_paused,
        }
        patch: Manifest = {"metadata": {"annotations": marks}, "spec": {"paused": True}}
        move.source.patch(objects.ref(cluster), patch)
        move.graph = _look_again(move)
    return {"move": move.move_id, "was-paused": was_paused}


def await_pause(move: Move) -> Waiting | Evidence:
    """Wait for every controller's acknowledgement, then read once more: nothing moves from here."""
    pending = unacknowledged(move.graph, paused=True)
    if pending:
        return waiting_for_controllers("the pause", pending, len(move.graph))
    before = digest(move.graph)
    move.graph = _look_again(move)
    if digest(move.graph) != before or move.unready():
        return Waiting("the objects to stay as they are")
    move.plan = plan_move(move.graph)
    move.digest = digest(move.plan)
    return {"objects": len(move.graph), "digest": move.digest}


def save_snapshot(move: Move) -> Waiting | Evidence:
    """Keep a full copy in the vault, and say there that the target may hold copies from now on.

    On the way back that need not be said: a bootstrap cluster that is lost took its copies along,
    and nobody had begun to work with them.
    """
    keep_copy(move.tools, move.graph)
    vault, name = move.tools.ports.vault, vault_moving(move.spec.name)
    if not move.is_back and vault.get(name) != move.move_id:
        vault.put(name, move.move_id)
    return {"digest": move.digest, "machines": dict(machine_ids(move.graph))}


def try_on_target(move: Move) -> Waiting | Evidence:
    """Ask the target's API server whether it would take each object that it lacks."""
    namespace = build(kinds.NAMESPACE, names.NAMESPACE, {}, namespace="")
    if move.target.get(objects.ref(namespace)) is None:
        move.target.apply(objects.ref(namespace), namespace)
    evidence: Evidence = {"digest": move.digest}
    if move.tools.notes.find("tried") == evidence:
        return evidence
    found = look(move.target, move.graph.movable)
    # Nothing is kept, so the owners' old uids are as good as any.
    same = {uid: uid for uid in move.graph.nodes}
    for obj in move.plan:
        if objects.ref(obj) not in found:
            move.target.dry_run(objects.ref(obj), rewrite(obj, same))
    return evidence


def create_on_target(move: Move) -> Waiting | Evidence:
    """Create the objects, owners first; outdated copies of an earlier attempt go before."""
    found = look(move.target, move.graph.movable)
    if outdated(move.plan, found):
        left = remove_copies(move.target, found)
        return Waiting(f"{left} outdated copies on the other side to be removed")
    create_copies(move.target, move.plan, found, {MOVE_ANNOTATION: move.move_id})
    return {"objects": len(move.plan)}


def compare_sides(move: Move) -> Waiting | Evidence:
    """Read both sides again: the same objects, and every owner's uid a living object's."""
    if digest(_look_again(move)) != move.digest:
        return Waiting(f"the objects on the {_named(move)} to stay as they are")
    found = differences(move.plan, look(move.target, move.graph.movable))
    if found:
        raise PermanentError(
            "MOVE_DIFFERS",
            f"{len(found)} objects are not the same on both sides: {'; '.join(found)}",
            why="somebody on the side that they go to changes them; nothing was committed",
            remedy="look for an admission webhook or a controller that does, then resume",
            owner=Owner.PLATFORM,
        )
    return {"digest": move.digest}


def commit_on_target(move: Move) -> Waiting | Evidence:
    """Write the commit on the target: from here on it manages the machines."""
    cluster = cluster_of(move.graph)
    machines = provider_of(move.spec).virtual_machines(move.tools)
    wanted = Commit(
        move_id=move.move_id,
        cluster=move.spec.name,
        digest=move.digest,
        objects=len(move.plan),
        machines=machine_ids(move.graph),
        virtual_machines={machine.name: machine.uuid for machine in machines},
        was_paused=objects.annotations_of(cluster).get(WAS_PAUSED_ANNOTATION) == yes(True),
    )
    move.commit = write_commit(move.target, wanted)
    return {"move": move.commit.move_id, "digest": move.commit.digest}


def _look_again(move: Move) -> ObjectGraph:
    return discover(move.source, move.spec.name, move.graph.movable)


def _named(move: Move) -> str:
    return "cluster" if move.is_back else "bootstrap cluster"


def _source_lost(move: Move, seen: str) -> PermanentError:
    again = "a new bootstrap cluster gets the objects from the saved copy"
    return PermanentError(
        "SOURCE_LOST" if move.is_back else "BOOTSTRAP_LOST",
        f"{seen}, and the move of {move.spec.name} is not committed",
        why="what is to be moved is no longer there",
        remedy="resume: " + ("it looks again who manages the machines" if move.is_back else again),
        owner=Owner.PLATFORM,
    )


def _is_half_released(cluster: Manifest) -> bool:
    """Pause and mark come in one patch: a mark without a pause is a release that was cut short.

    It is finished before pausing again, since an acknowledgement of the old pause would be taken
    for one of the new.
    """
    return MOVE_ANNOTATION in objects.annotations_of(cluster) and not is_paused(cluster)
