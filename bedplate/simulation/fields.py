"""Reading and changing objects as an API server and its controllers see them: plain dicts."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

Obj: TypeAlias = dict[str, Any]
# JSON of any shape, as the json module gives it.
Anything: TypeAlias = Any

CLUSTER_NAME = "cluster.x-k8s.io/cluster-name"
CONTROL_PLANE = "cluster.x-k8s.io/control-plane"
DEPLOYMENT_NAME = "cluster.x-k8s.io/deployment-name"
SET_NAME = "cluster.x-k8s.io/set-name"
ETCD_CLUSTER = "cluster.x-k8s.io/etcd-cluster"
PAUSED = "cluster.x-k8s.io/paused"

# How the controllers of external etcd and of the control plane tell each other what they do.
UPGRADING = "etcdcluster.cluster.x-k8s.io/upgrading"
PLANE_DONE = "controlplane.cluster.x-k8s.io/upgrade-complete"
SKIP_PAUSE = "cluster.x-k8s.io/skip-pause-cp-managed-etcd"


class Key(NamedTuple):
    """The address of an object on one API server, whatever the version."""

    group: str
    kind: str
    namespace: str
    name: str


def group_of(api_version: str) -> str:
    """Return the group of an apiVersion; empty for the core group."""
    return api_version.rpartition("/")[0]


def key_of(obj: Mapping[str, Any]) -> Key:
    """Return an object's address."""
    metadata = obj["metadata"]
    namespace = metadata.get("namespace") or ""
    return Key(group_of(obj["apiVersion"]), obj["kind"], namespace, metadata["name"])


_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)


def encode(obj: Mapping[str, Any]) -> str:
    """Return an object as the text that is stored."""
    return _ENCODER.encode(obj)


@functools.lru_cache(maxsize=2048)
def decode_shared(text: str) -> Obj:
    """Return the object of a stored text, shared by all who ask: to compare with, not to change."""
    found: Obj = json.loads(text)
    return found


def timestamp(seconds: float) -> str:
    """Return a time as the API writes it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def look(obj: Mapping[str, Any], *path: str) -> Anything:
    """Return what lies at a path, or None."""
    found: Anything = obj
    for part in path:
        if not isinstance(found, dict):
            return None
        found = found.get(part)
    return found


def place(obj: Obj, *path: str) -> Obj:
    """Return the map at a path, made where it is missing."""
    for part in path:
        found = obj.get(part)
        if not isinstance(found, dict):
            found = obj[part] = {}
        obj = found
    return obj


def name_of(obj: Mapping[str, Any]) -> str:
    """Return the object's name."""
    return str(obj["metadata"]["name"])


def namespace_of(obj: Mapping[str, Any]) -> str:
    """Return the object's namespace; empty for a cluster-scoped one."""
    return str(obj["metadata"].get("namespace") or "")


def uid_of(obj: Mapping[str, Any]) -> str:
    """Return the object's uid; empty before it was stored."""
    return str(obj["metadata"].get("uid") or "")


def generation_of(obj: Mapping[str, Any]) -> int:
    """Return how often the object's specification was written."""
    return int(obj["metadata"].get("generation") or 0)


def labels_of(obj: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the object's labels."""
    return look(obj, "metadata", "labels") or {}


def annotations_of(obj: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the object's annotations."""
    return look(obj, "metadata", "annotations") or {}


def matches(obj: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    """Say whether the object carries all of the labels."""
    labels = labels_of(obj)
    return all(labels.get(name) == value for name, value in wanted.items())


def is_deleting(obj: Mapping[str, Any]) -> bool:
    """Say whether the object was asked to be deleted."""
    return bool(look(obj, "metadata", "deletionTimestamp"))


def owners_of(obj: Mapping[str, Any]) -> list[Obj]:
    """Return the owner references."""
    return list(look(obj, "metadata", "ownerReferences") or ())


def controller_uid(obj: Mapping[str, Any]) -> str:
    """Return the uid of the owner that controls the object, or ""."""
    return next((str(o.get("uid")) for o in owners_of(obj) if o.get("controller")), "")


def own(obj: Obj, owner: Obj, *, controller: bool = False) -> None:
    """Make `owner` an owner of the object; a reference that is there is brought up to date."""
    reference: Obj = {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": name_of(owner),
        "uid": uid_of(owner),
    }
    if controller:
        reference |= {"controller": True, "blockOwnerDeletion": True}
    references = place(obj, "metadata").setdefault("ownerReferences", [])
    for index, found in enumerate(references):
        if found.get("uid") == reference["uid"]:
            references[index] = {**found, **reference}
            return
    references.append(reference)


def label(obj: Obj, labels: Mapping[str, str]) -> None:
    """Set labels."""
    place(obj, "metadata", "labels").update(labels)


def annotate(obj: Obj, name: str, value: str | None) -> None:
    """Set an annotation, or take it away."""
    if value is not None:
        place(obj, "metadata", "annotations")[name] = value
    elif name in annotations_of(obj):
        del obj["metadata"]["annotations"][name]


def finalize(obj: Obj, finalizer: str) -> None:
    """Add a finalizer."""
    finalizers = place(obj, "metadata").setdefault("finalizers", [])
    if finalizer not in finalizers:
        finalizers.append(finalizer)


def unfinalize(obj: Obj, finalizer: str) -> None:
    """Remove a finalizer."""
    found: Iterable[str] = obj["metadata"].get("finalizers") or ()
    left = [one for one in found if one != finalizer]
    if left:
        obj["metadata"]["finalizers"] = left
    else:
        obj["metadata"].pop("finalizers", None)


def merge_patch(target: Anything, patch: Mapping[str, Any]) -> Obj:
    """Return the JSON merge patch (RFC 7386) of a value."""
    merged: Obj = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            merged[key] = merge_patch(merged.get(key), value)
        else:
            merged[key] = plain(value)
    return merged


def plain(value: Anything) -> Anything:
    """Return a deep copy made of dicts and lists only, whatever mappings and sequences came in."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value
