"""Copies of a cluster's objects on another API server: made owners first, removed Cluster last.

Every copy carries an annotation that says which move made it. That is how a later look, in this
process or another, tells our copies from objects that were there before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bedplate.capi import objects
from bedplate.capi.discover import read_all
from bedplate.capi.graph import MovableKind, is_cluster
from bedplate.capi.move import (
    MOVE_ANNOTATION,
    OUR_PREFIX,
    MovePlan,
    content_digest,
    dangling_owners,
    digest,
    rewrite,
)
from bedplate.capi.pause import is_paused_by_us
from bedplate.errors import Owner, PermanentError
from bedplate.ports.kube import JSON, Kube, Manifest, Ref

ADOPTED_ANNOTATION = f"{OUR_PREFIX}adopted"

Found = Mapping[Ref, Manifest]


def look(kube: Kube, movable: Iterable[MovableKind]) -> Found:
    """Return the objects of these kinds on one side, by their addresses."""
    return {objects.ref(obj): obj for obj in read_all(kube, movable)}


def create_copies(
    kube: Kube,
    plan: MovePlan,
    found: Found,
    marks: Mapping[str, str],
    *,
    keep_theirs: bool = False,
) -> int:
    """Create what is missing, owners first, and return how many objects were made or adopted.

    A copy that a killed process may have made without its status is created again, which completes
    it. An object that was there before is adopted. Where it says something else than ours, it
    keeps saying so with `keep_theirs`; else PermanentError MOVE_TARGET_CONFLICT is raised.

    The Cluster's own status comes last. Cluster API's controllers reach for the cluster as soon as
    that says that it runs, paused or not; without its kubeconfig's Secret they fail, and try again
    only after half a minute (`ConnectionCreationRetryInterval` of its cluster cache).
    """
    made = 0
    uids: dict[str, str] = {}
    late: list[Manifest] = []
    for whole in plan:
        obj = _without_status(whole) if is_cluster(whole) else whole
        ref = objects.ref(obj)
        there = found.get(ref)
        if there is None:
            there = kube.create(ref, rewrite(obj, uids, marks))
            made += 1
        elif not marks.keys() <= objects.annotations_of(there).keys():
            wanted = rewrite(obj, uids, marks)
            if not keep_theirs:
                _require_same_content(wanted, there)
            _adopt(kube, wanted, there)
            made += 1
        elif _may_lack_status(obj, there):
            there = kube.create(ref, rewrite(obj, uids, marks))
        uids[objects.uid(obj)] = objects.uid(there)
        if obj is not whole and _may_lack_status(whole, there):
            late.append(whole)
    for cluster in late:
        kube.create(objects.ref(cluster), rewrite(cluster, uids, marks))
    return made


def outdated(plan: MovePlan, found: Found) -> tuple[str, ...]:
    """Return the copies of any move that are not what the plan would make now.

    An earlier attempt may have been interrupted and the source gone on since: a copy that the plan
    does not have, one that differs, one that is going, one whose owner is gone.
    """
    planned = {objects.ref(obj): obj for obj in plan}
    orphans = {text.partition(" → ")[0] for text in dangling_owners(tuple(found.values()))}
    return tuple(
        ref.identity
        for ref, copy in found.items()
        if is_copy(copy)
        and (
            ref not in planned
            or objects.is_deleting(copy)
            or ref.identity in orphans
            or digest([copy]) != digest([planned[ref]])
        )
    )


def release_copies(kube: Kube, copies: Iterable[Manifest]) -> None:
    """Take our pause annotation from the objects that have one; their Cluster comes after them."""
    for copy in copies:
        if is_paused_by_us(copy):
            marks: dict[str, JSON] = {objects.PAUSED_ANNOTATION: None}
            kube.patch(objects.ref(copy), {"metadata": {"annotations": marks}})


def remove_copies(kube: Kube, found: Found) -> int:
    """Remove our copies, the Cluster last, and return how many are left to go.

    The paused Cluster keeps the controllers from treating a copy's deletion as an order to delete
    a machine; finalizers go first, since paused controllers would never remove them. Raises
    PermanentError MOVE_TARGET_ACTIVE where the Cluster is not paused.
    """
    copies = {ref: obj for ref, obj in found.items() if is_copy(obj)}
    _require_paused(copies)
    last = {ref for ref, obj in copies.items() if is_cluster(obj)}
    # First what is to stay: the garbage collector takes what still has an owner that goes.
    adopted = {r: obj for r, obj in copies.items() if _is_adopted(obj)}
    for ref, copy in adopted.items():
        _give_back(kube, ref, copy)
    for ref, copy in copies.items():
        if ref in adopted or (ref in last and len(copies) > len(last)):
            continue
        if objects.finalizers(copy):
            kube.patch(ref, {"metadata": {"finalizers": None}})
        kube.delete(ref)
    return len(copies)


def is_copy(obj: Manifest) -> bool:
    """Say whether a move made (or adopted) an object."""
    return MOVE_ANNOTATION in objects.annotations_of(obj)


def differences(plan: MovePlan, found: Found) -> tuple[str, ...]:
    """Return what is not the same on the other side: missing, different, or owned by nobody."""
    copies = tuple(found[ref] for obj in plan if (ref := objects.ref(obj)) in found)
    missing = [
        f"{objects.ref(obj).identity} is missing" for obj in plan if objects.ref(obj) not in found
    ]
    changed = [
        f"{objects.ref(obj).identity} differs"
        for obj in plan
        if (copy := found.get(objects.ref(obj))) is not None and digest([copy]) != digest([obj])
    ]
    return (*missing, *changed, *dangling_owners(copies))


def _without_status(obj: Manifest) -> Manifest:
    return {key: value for key, value in obj.items() if key != "status"}


def _may_lack_status(obj: Manifest, copy: Manifest) -> bool:
    """Say whether a status misses something; whether it was never given, `create` knows."""
    given = objects.mapping(obj, "status").keys()
    return not given <= objects.mapping(copy, "status").keys()


def _require_paused(copies: Found) -> None:
    for ref, copy in copies.items():
        if is_cluster(copy) and not objects.flag(copy, "spec", "paused"):
            raise PermanentError(
                "MOVE_TARGET_ACTIVE",
                f"{ref.identity}, a copy whose move was never committed, is not paused",
                why="its controllers would delete machines together with the copies",
                remedy=f"kubectl -n {ref.namespace} patch clusters.cluster.x-k8s.io {ref.name}"
                ' --type merge -p \'{"spec":{"paused":true}}\', then resume',
                owner=Owner.PLATFORM,
            )


def _require_same_content(wanted: Manifest, there: Manifest) -> None:
    if content_digest(wanted) != content_digest(there):
        raise PermanentError(
            "MOVE_TARGET_CONFLICT",
            f"{objects.ref(wanted).identity} exists on the other side and says something else",
            why="the move would have to overwrite what somebody else made",
            remedy="delete it there, or make it equal to the one that is to be moved, then resume",
            owner=Owner.PLATFORM,
        )


def _adopt(kube: Kube, wanted: Manifest, there: Manifest) -> None:
    """Give an object that was there before the owners, labels and finalizers of ours."""
    metadata = objects.mapping(wanted, "metadata")
    notes = {**objects.annotations_of(wanted), ADOPTED_ANNOTATION: "true"}
    patch: dict[str, JSON] = {
        "labels": _replacing(objects.labels(there), objects.labels(wanted)),
        "annotations": _replacing(objects.annotations_of(there), notes),
        "ownerReferences": metadata.get("ownerReferences"),
        "finalizers": metadata.get("finalizers"),
    }
    kube.patch(objects.ref(wanted), {"metadata": patch})


def _is_adopted(obj: Manifest) -> bool:
    return ADOPTED_ANNOTATION in objects.annotations_of(obj)


def _give_back(kube: Kube, ref: Ref, copy: Manifest) -> None:
    """Let go of an adopted object; it stays, as it was there before us."""
    ours = {key: None for key in objects.annotations_of(copy) if key.startswith(OUR_PREFIX)}
    kube.patch(
        ref, {"metadata": {"ownerReferences": None, "finalizers": None, "annotations": ours}}
    )


def _replacing(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, JSON]:
    """Return the merge patch that turns one mapping into another."""
    gone: dict[str, JSON] = dict.fromkeys(old.keys() - new.keys())
    return {**gone, **new}
