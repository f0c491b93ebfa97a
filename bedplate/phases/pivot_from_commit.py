"""The stages of a pivot from its commit on: only forward, with or without the bootstrap cluster."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import ref_of
from bedplate.capi.commit import confirm_commit, supersede_commit
from bedplate.capi.copies import look, release_copies
from bedplate.capi.discover import discover
from bedplate.capi.graph import PROVIDER_LABEL
from bedplate.capi.move import machine_ids
from bedplate.capi.pause import unacknowledged
from bedplate.capi.restore import vault_copy, vault_moved, vault_moving
from bedplate.engine.phase import Waiting
from bedplate.errors import Owner, PermanentError
from bedplate.phases.pivot_move import (
    Evidence,
    Move,
    commit_of,
    is_paused,
    source_silent,
    waiting_for_controllers,
    yes,
)
from bedplate.ports.kube import Manifest, Reach, Ref
from bedplate.providers import provider_of


def stop_source(move: Move) -> Waiting | Evidence:
    """Stop the source's controllers; a source that is gone needs no stopping.

    A cluster that falls silent on the way back was paused before, so its controllers do nothing;
    waiting for it would keep it from being deleted.
    """
    reach = move.source.reach()
    if reach is Reach.SILENT and not move.is_back:
        raise source_silent(move.spec)
    if reach is not Reach.ANSWERS:
        return {"source": "gone" if reach is Reach.ABSENT else "silent"}
    controllers = [
        obj for obj in move.source.list(kinds.DEPLOYMENT) if PROVIDER_LABEL in objects.labels(obj)
    ]
    for controller in controllers:
        if objects.number(controller, "spec", "replicas") != 0:
            move.source.patch(_deployment_ref(controller), {"spec": {"replicas": 0}})
    running = [objects.name(one) for one in controllers if _has_pods(one)]
    if running:
        on = f"{len(running)} controllers on the {move.source_side} side to stop"
        return Waiting(on, {"running": ", ".join(running)})
    if move.is_back:
        supersede_commit(move.source, commit_of(move))
    return {"stopped": sorted(objects.name(one) for one in controllers)}


def unpause_target(move: Move) -> Waiting | Evidence:
    """Let the target's controllers begin, unless the Cluster was paused before the move."""
    commit = commit_of(move)
    ref = ref_of(kinds.CLUSTER, move.spec.name)
    cluster = move.target.get(ref)
    if cluster is None:
        raise PermanentError(
            "MOVE_TARGET_LOST",
            f"{ref.identity} is committed to {move.spec.name} but is not there",
            why="its controllers no longer know its machines",
            remedy=f"put it back from the vault's {vault_copy(move.spec.name)!r}, then resume",
            owner=Owner.PLATFORM,
        )
    release_copies(move.target, look(move.target, move.target_kinds()).values())
    if not commit.confirmed and not commit.was_paused and is_paused(cluster):
        move.target.patch(ref, {"spec": {"paused": None}})
    return {"was-paused": yes(commit.was_paused)}


def confirm_machines(move: Move) -> Waiting | Evidence:
    """Wait for the target's controllers, then see that the machines are the very same."""
    commit = commit_of(move)
    evidence: Evidence = {"machines": len(commit.machines)}
    if commit.confirmed:
        return evidence
    graph = discover(move.target, move.spec.name, move.target_kinds())
    pending = () if commit.was_paused else unacknowledged(graph, paused=False)
    if pending:
        return waiting_for_controllers("the end of the pause", pending, len(graph))
    machines = provider_of(move.spec).virtual_machines(move.tools)
    # What is to be deleted may be fewer than it was, but nothing may have been made.
    may_go = move.is_back
    changes = (
        *_changes("Machine", commit.machines, machine_ids(graph), may_go),
        *_changes(
            "virtual machine", commit.virtual_machines, {m.name: m.uuid for m in machines}, may_go
        ),
    )
    if changes and not commit.accepted:
        raise _machines_changed(changes)
    return evidence


def record_end(move: Move) -> Waiting | Evidence:
    """Say in the vault who manages now, then confirm on the target: the last line of a pivot.

    The saved copy is void once the cluster manages itself, and its only record on the way back.
    """
    commit = commit_of(move)
    vault, cluster = move.tools.ports.vault, move.spec.name
    if move.is_back:
        vault.delete(vault_moved(cluster))
    else:
        if vault.get(vault_moved(cluster)) != commit.move_id:
            vault.put(vault_moved(cluster), commit.move_id)
        vault.delete(vault_copy(cluster))
    vault.delete(vault_moving(cluster))
    if not commit.confirmed:
        confirm_commit(move.target)
    return {"move": commit.move_id}


def _machines_changed(changes: tuple[str, ...]) -> PermanentError:
    patch = '{"data":{"accepted":"true"}}'
    return PermanentError(
        "MOVE_MACHINES_CHANGED",
        f"machines changed while the management was moved: {'; '.join(changes)}",
        why="a move must not touch any machine; a health check may have replaced one meanwhile",
        remedy="look into it; where the change is meant, allow it with kubectl -n"
        f" {names.NAMESPACE} patch configmap bedplate-move --type merge -p '{patch}', then resume",
        owner=Owner.PLATFORM,
    )


def _changes(
    what: str, before: Mapping[str, str], now: Mapping[str, str], may_go: bool
) -> tuple[str, ...]:
    gone = [f"{what} {name} is gone" for name in sorted(before.keys() - now.keys()) if not may_go]
    new = [f"{what} {name} is new" for name in sorted(now.keys() - before.keys())]
    other = [
        f"{what} {name} is another one"
        for name in sorted(before.keys() & now.keys())
        if before[name] != now[name]
    ]
    return (*gone, *new, *other)


def _deployment_ref(deployment: Manifest) -> Ref:
    return Ref(kinds.DEPLOYMENT, objects.namespace(deployment), objects.name(deployment))


def _has_pods(deployment: Manifest) -> bool:
    return any(
        objects.number(deployment, "status", field) for field in ("replicas", "availableReplicas")
    )
