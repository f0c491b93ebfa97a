"""What a manifest says, as types: readers that narrow JSON and answer "nothing" where it is absent.

Objects come from an API server and may be of any shape, so no reader raises for a missing or an
odd field: an absent text is empty, an absent number is None, an absent list has no items.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bedplate.ports.kube import JSON, Kind, Manifest, Ref

CLUSTER_NAME_LABEL = "cluster.x-k8s.io/cluster-name"
PAUSED_ANNOTATION = "cluster.x-k8s.io/paused"


@dataclass(frozen=True, slots=True)
class Condition:
    """One entry of an object's conditions; `observed` is the generation it was written for."""

    type: str
    status: str
    reason: str = ""
    message: str = ""
    severity: str = ""
    observed: int | None = None
    changed_at: str = ""

    @property
    def true(self) -> bool:
        """Whether the status is True: neither False nor Unknown."""
        return self.status == "True"

    @property
    def false(self) -> bool:
        """Whether the status is False: neither True nor Unknown."""
        return self.status == "False"


@dataclass(frozen=True, slots=True)
class OwnerReference:
    """One owner of an object, as the object names it."""

    kind: Kind
    name: str
    uid: str
    controller: bool = False


# -- readers of one field, by its path --------------------------------------------------------


def value(obj: Manifest, *path: str) -> JSON:
    """Return what lies at a path, or None where any part of the path is missing."""
    found: JSON = obj
    for key in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(key)
    return found


def text(obj: Manifest, *path: str) -> str:
    """Return the text at a path, or "" where there is none."""
    found = value(obj, *path)
    return found if isinstance(found, str) else ""


def number(obj: Manifest, *path: str) -> int | None:
    """Return the whole number at a path, or None; a boolean is no number."""
    found = value(obj, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def flag(obj: Manifest, *path: str) -> bool:
    """Return whether the value at a path is true."""
    return value(obj, *path) is True


def mapping(obj: Manifest, *path: str) -> Mapping[str, JSON]:
    """Return the mapping at a path, or an empty one."""
    found = value(obj, *path)
    return found if isinstance(found, Mapping) else {}


def sequence(obj: Manifest, *path: str) -> Sequence[JSON]:
    """Return the list at a path, or an empty one."""
    found = value(obj, *path)
    return found if isinstance(found, Sequence) and not isinstance(found, str) else ()


def items(obj: Manifest, *path: str) -> tuple[Mapping[str, JSON], ...]:
    """Return the mappings in the list at a path."""
    return tuple(item for item in sequence(obj, *path) if isinstance(item, Mapping))


def texts(obj: Manifest, *path: str) -> tuple[str, ...]:
    """Return the texts in the list at a path."""
    return tuple(item for item in sequence(obj, *path) if isinstance(item, str))


# -- readers of what every object has ---------------------------------------------------------


def kind(obj: Manifest) -> Kind:
    """Return the object's API version and kind."""
    return Kind(text(obj, "apiVersion"), text(obj, "kind"))


def name(obj: Manifest) -> str:
    """Return the object's name."""
    return text(obj, "metadata", "name")


def namespace(obj: Manifest) -> str:
    """Return the object's namespace; empty for a cluster-scoped one."""
    return text(obj, "metadata", "namespace")


def uid(obj: Manifest) -> str:
    """Return the object's uid; empty where it was never created."""
    return text(obj, "metadata", "uid")


def ref(obj: Manifest) -> Ref:
    """Return the object's address."""
    return Ref(kind(obj), namespace(obj), name(obj))


def generation(obj: Manifest) -> int:
    """Return how often the specification was written; 0 where the kind does not count."""
    return number(obj, "metadata", "generation") or 0


def is_observed(obj: Manifest) -> bool:
    """Say whether the object's controller has seen it as it is written now."""
    return (number(obj, "status", "observedGeneration") or 0) >= generation(obj)


def labels(obj: Manifest) -> Mapping[str, str]:
    """Return the object's labels."""
    return texts_by_key(mapping(obj, "metadata", "labels"))


def annotations_of(obj: Manifest) -> Mapping[str, str]:
    """Return the object's annotations (`annotations` alone is Python's own name here)."""
    return texts_by_key(mapping(obj, "metadata", "annotations"))


def finalizers(obj: Manifest) -> tuple[str, ...]:
    """Return the finalizers that keep the object while it is being deleted."""
    return texts(obj, "metadata", "finalizers")


def is_deleting(obj: Manifest) -> bool:
    """Say whether the object was asked to be deleted and waits for its finalizers."""
    return bool(text(obj, "metadata", "deletionTimestamp"))


def is_paused(obj: Manifest) -> bool:
    """Say whether a Cluster asks for a pause, or any object does by its annotation."""
    return flag(obj, "spec", "paused") or PAUSED_ANNOTATION in annotations_of(obj)


def owner_references(obj: Manifest) -> tuple[OwnerReference, ...]:
    """Return the object's owners in the order written."""
    return tuple(
        OwnerReference(
            Kind(text(owner, "apiVersion"), text(owner, "kind")),
            text(owner, "name"),
            text(owner, "uid"),
            flag(owner, "controller"),
        )
        for owner in items(obj, "metadata", "ownerReferences")
    )


def conditions(obj: Manifest) -> tuple[Condition, ...]:
    """Return the object's conditions, newest contract first.

    A kind at contract v1beta1 keeps its newer conditions (`Paused` among them) under
    `status.v1beta2`; a kind at v1beta2 keeps its older ones under `status.deprecated`, which
    nobody should read.
    """
    found = items(obj, "status", "v1beta2", "conditions") + items(obj, "status", "conditions")
    return tuple(_condition(item) for item in found)


def condition(obj: Manifest, type_: str) -> Condition | None:
    """Return the condition of a type, such as "Ready", or None where the object has none."""
    return next((found for found in conditions(obj) if found.type == type_), None)


def _condition(item: Manifest) -> Condition:
    return Condition(
        type=text(item, "type"),
        status=text(item, "status"),
        reason=text(item, "reason"),
        message=text(item, "message"),
        severity=text(item, "severity"),
        observed=number(item, "observedGeneration"),
        changed_at=text(item, "lastTransitionTime"),
    )


def decoded(text: str) -> str:
    """Return a base64 text's content, as Secrets have it; empty where it is none."""
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def texts_by_key(found: JSON) -> Mapping[str, str]:
    """Return the texts of a mapping by their keys; empty where it is none."""
    if not isinstance(found, Mapping):
        return {}
    return {key: item for key, item in found.items() if isinstance(item, str)}


def contains(live: JSON, wanted: JSON) -> bool:
    """Say whether `live` holds everything in `wanted`; an API server may add defaults."""
    if isinstance(wanted, Mapping):
        return isinstance(live, Mapping) and all(
            contains(live.get(key), item) for key, item in wanted.items()
        )
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        if not isinstance(live, Sequence) or isinstance(live, str) or len(live) != len(wanted):
            return False
        return all(contains(a, b) for a, b in zip(live, wanted, strict=True))
    return live == wanted
