"""The plan of a move, and what an object becomes on the other side. Pure functions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bedplate.capi import kinds, objects
from bedplate.capi.graph import ObjectGraph, is_cluster
from bedplate.capi.pause import OUR_PAUSE, has_own_pause
from bedplate.errors import Owner, PermanentError
from bedplate.ports.kube import JSON, Manifest

OUR_PREFIX = "bedplate/"
MOVE_ANNOTATION = f"{OUR_PREFIX}move"
WAS_PAUSED_ANNOTATION = f"{OUR_PREFIX}was-paused"
BLOCK_MOVE_ANNOTATION = "clusterctl.cluster.x-k8s.io/block-move"

# What an API server gives an object itself; a new object must come without them.
GIVEN_BY_SERVER = frozenset(
    {
        "uid",
        "resourceVersion",
        "generation",
        "managedFields",
        "creationTimestamp",
        "selfLink",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    }
)


@dataclass(frozen=True, slots=True)
class MovePlan:
    """The objects of a move in groups: what an object's owners are stands in an earlier group."""

    groups: tuple[tuple[Manifest, ...], ...]

    def __iter__(self) -> Iterator[Manifest]:
        return (obj for group in self.groups for obj in group)

    def __len__(self) -> int:
        return sum(len(group) for group in self.groups)


def plan_move(graph: ObjectGraph) -> MovePlan:
    """Return the order in which to create the objects: an owner before what it owns.

    The Cluster comes before everything that does not own it, since its pause is what keeps the
    controllers' hands off the rest. Raises PermanentError MOVE_DANGLING_OWNER for an owner that is
    not among the objects (the other side's garbage collector would delete what it owns, and its
    machine with it), MOVE_OWNER_CYCLE for objects that own each other.
    """
    before = _owners_within(graph)
    cluster = objects.uid(graph.cluster) if graph.cluster is not None else ""
    above = _ancestors(cluster, before)
    if cluster:
        for uid in before.keys() - above - {cluster}:
            before[uid] |= {cluster}
    groups: list[tuple[Manifest, ...]] = []
    done: set[str] = set()
    while len(done) < len(before):
        ready = [uid for uid in graph.nodes if uid not in done and before[uid] <= done]
        if not ready:
            raise _cycle(graph, before.keys() - done)
        groups.append(tuple(graph.nodes[uid] for uid in ready))
        done.update(ready)
    return MovePlan(tuple(groups))


def rewrite(
    manifest: Manifest, uids: Mapping[str, str], marks: Mapping[str, str] | None = None
) -> Manifest:
    """Return the manifest as it is created on the other side: new owners, and paused.

    `uids` maps the old uid of every owner to its new one. Our own annotations are replaced by
    `marks`. Finalizers and status stay, but for `Paused` conditions: only the controllers of the
    other side may acknowledge a pause there. Raises PermanentError MOVE_DANGLING_OWNER for an owner
    that `uids` does not know.
    """
    metadata: dict[str, JSON] = {
        key: value
        for key, value in objects.mapping(manifest, "metadata").items()
        if key not in GIVEN_BY_SERVER
    }
    owners: list[JSON] = []
    for owner in objects.items(manifest, "metadata", "ownerReferences"):
        old = objects.text(owner, "uid")
        if old not in uids:
            raise _dangling(manifest, objects.text(owner, "kind"), objects.text(owner, "name"), old)
        owners.append({**owner, "uid": uids[old]})
    if owners:
        metadata["ownerReferences"] = owners
    notes = {**_foreign_annotations(manifest), **(marks or {})}
    if has_own_pause(manifest):
        notes.setdefault(objects.PAUSED_ANNOTATION, OUR_PAUSE)
    metadata.pop("annotations", None)
    if notes:
        metadata["annotations"] = notes
    rewritten: dict[str, JSON] = {**manifest, "metadata": metadata}
    if is_cluster(manifest):
        rewritten["spec"] = {**objects.mapping(manifest, "spec"), "paused": True}
    if "status" in manifest:
        rewritten["status"] = _without_pause(objects.mapping(manifest, "status"))
    return rewritten


def digest(manifests: Iterable[Manifest]) -> str:
    """Return a digest of what matters in a set of objects, whatever their order and uids.

    Everything counts (specification, data, labels, annotations, owners by name, finalizers) but
    the status, what the API server gives, our own annotations, and our pause.
    """
    essences = sorted(
        json.dumps(_essence(manifest), sort_keys=True, separators=(",", ":"))
        for manifest in manifests
    )
    return hashlib.sha256("\n".join(essences).encode()).hexdigest()


def content_digest(manifest: Manifest) -> str:
    """Return a digest of one object without its metadata: what it says, whoever made it."""
    content = {key: value for key, value in _essence(manifest).items() if key != "metadata"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def ready_to_move(graph: ObjectGraph) -> tuple[str, ...]:
    """Return the reasons why the objects cannot be moved now; empty where they can."""
    if graph.cluster is None:
        return (f"there is no Cluster {graph.name}",)
    reasons = list(_unprovisioned(graph.cluster))
    for obj in graph:
        named = objects.ref(obj).identity
        if objects.is_deleting(obj):
            reasons.append(f"{named} is being deleted")
        if BLOCK_MOVE_ANNOTATION in objects.annotations_of(obj):
            reasons.append(f"{named} asks for the move to wait")
        if _is_scaling(obj):
            reasons.append(f"{named} is being scaled")
    reasons += [
        f"{objects.ref(machine).identity} has no {'machine' if _is_etcd(machine) else 'node'} yet"
        for machine in graph.machines()
        if not _has_arrived(machine)
    ]
    return tuple(reasons)


def ready_to_go_back(graph: ObjectGraph) -> tuple[str, ...]:
    """Return the reasons why objects that will be deleted after their move cannot be moved now.

    A machine may be unwell, scaled or going: what counts is that a controller can find it again.
    """
    if graph.cluster is None:
        return (f"there is no Cluster {graph.name}",)
    blocked = [
        f"{objects.ref(obj).identity} asks for the move to wait"
        for obj in graph
        if BLOCK_MOVE_ANNOTATION in objects.annotations_of(obj)
    ]
    unknown = [
        f"{objects.ref(machine).identity} has no virtual machine yet"
        for machine in graph.machines()
        if not objects.text(machine, "spec", "providerID") and not objects.is_deleting(machine)
    ]
    return (*blocked, *unknown)


def dangling_owners(manifests: Sequence[Manifest]) -> tuple[str, ...]:
    """Return, as `child → owner`, every owner reference to a uid that none of the objects has."""
    living = {objects.uid(obj) for obj in manifests}
    return tuple(
        f"{objects.ref(obj).identity} → {owner.kind.kind} {owner.name}"
        for obj in manifests
        for owner in objects.owner_references(obj)
        if owner.uid not in living
    )


def machine_ids(graph: ObjectGraph) -> Mapping[str, str]:
    """Return the cluster's Machines by name, each with its provider id."""
    return {objects.name(m): objects.text(m, "spec", "providerID") for m in graph.machines()}


# -- the order -----------------------------------------------------------------------------------


def _owners_within(graph: ObjectGraph) -> dict[str, set[str]]:
    owners: dict[str, set[str]] = {}
    for uid, obj in graph.nodes.items():
        owners[uid] = set()
        for owner in objects.owner_references(obj):
            if owner.uid not in graph.nodes:
                raise _dangling(obj, owner.kind.kind, owner.name, owner.uid)
            owners[uid].add(owner.uid)
    return owners


def _ancestors(uid: str, before: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    todo = set(before.get(uid, ()))
    while todo:
        found |= todo
        todo = {owner for one in todo for owner in before[one]} - found
    return found


def _dangling(child: Manifest, kind: str, name: str, uid: str) -> PermanentError:
    return PermanentError(
        "MOVE_DANGLING_OWNER",
        f"{objects.ref(child).identity} is owned by {kind} {name} ({uid}), which is not moved",
        why="on the other side the garbage collector would delete what is owned by nobody, and"
        " with it the machine behind it",
        remedy="remove that owner reference, or bring its owner back, then resume",
        owner=Owner.PLATFORM,
    )


def _cycle(graph: ObjectGraph, left: Iterable[str]) -> PermanentError:
    named = sorted(objects.ref(graph.nodes[uid]).identity for uid in left)
    return PermanentError(
        "MOVE_OWNER_CYCLE",
        f"these objects own each other, or what does: {', '.join(named)}",
        why="none of them can be created before its owner",
        remedy="remove the owner reference that closes the circle, then resume",
        owner=Owner.PLATFORM,
    )


# -- what an object says -------------------------------------------------------------------------


def _foreign_annotations(manifest: Manifest) -> dict[str, str]:
    return {
        key: value
        for key, value in objects.annotations_of(manifest).items()
        if not key.startswith(OUR_PREFIX) and (key, value) != (objects.PAUSED_ANNOTATION, OUR_PAUSE)
    }


def _without_pause(status: Mapping[str, JSON]) -> dict[str, JSON]:
    cleaned = dict(status)
    if "conditions" in status:
        cleaned["conditions"] = [
            item
            for item in objects.items(status, "conditions")
            if objects.text(item, "type") != "Paused"
        ]
    if "v1beta2" in status:
        cleaned["v1beta2"] = _without_pause(objects.mapping(status, "v1beta2"))
    return cleaned


def _essence(manifest: Manifest) -> dict[str, JSON]:
    essence: dict[str, JSON] = {
        key: value for key, value in manifest.items() if key not in ("metadata", "status")
    }
    if is_cluster(manifest):
        spec = objects.mapping(manifest, "spec")
        essence["spec"] = {key: value for key, value in spec.items() if key != "paused"}
    owners: list[JSON] = [
        {key: value for key, value in owner.items() if key != "uid"}
        for owner in objects.items(manifest, "metadata", "ownerReferences")
    ]
    essence["metadata"] = {
        "name": objects.name(manifest),
        "namespace": objects.namespace(manifest),
        "labels": dict(objects.labels(manifest)),
        "annotations": _foreign_annotations(manifest),
        "finalizers": sorted(objects.finalizers(manifest)),
        "owners": sorted(owners, key=lambda owner: json.dumps(owner, sort_keys=True)),
    }
    return essence


# -- whether it may be moved now -----------------------------------------------------------------


def _unprovisioned(cluster: Manifest) -> Iterator[str]:
    named = objects.ref(cluster).identity
    infrastructure = objects.flag(
        cluster, "status", "initialization", "infrastructureProvisioned"
    ) or objects.flag(cluster, "status", "infrastructureReady")
    if objects.mapping(cluster, "spec", "infrastructureRef") and not infrastructure:
        yield f"{named} has no infrastructure yet"
    initialized = objects.condition(cluster, "ControlPlaneInitialized")
    control_plane = objects.flag(cluster, "status", "initialization", "controlPlaneInitialized")
    if not control_plane and not (initialized is not None and initialized.true):
        yield f"{named} has no control plane yet"


def _is_scaling(obj: Manifest) -> bool:
    wanted = objects.number(obj, "spec", "replicas")
    found = objects.number(obj, "status", "replicas")
    return wanted is not None and found is not None and wanted != found


def _is_etcd(machine: Manifest) -> bool:
    return kinds.ETCD_LABEL in objects.labels(machine)


def _has_arrived(machine: Manifest) -> bool:
    """An external etcd machine runs no kubelet, so it never has a node."""
    if _is_etcd(machine):
        return bool(objects.text(machine, "spec", "providerID"))
    return bool(objects.text(machine, "status", "nodeRef", "name"))
