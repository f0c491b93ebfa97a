"""Building manifests: heads, references, and the specification's own objects."""

from __future__ import annotations

from typing import cast

from bedplate.capi import kinds, names
from bedplate.ports.kube import JSON, Kind, Manifest, Ref
from bedplate.spec import ClusterSpec


def ref_of(kind: Kind, name: str, namespace: str = names.NAMESPACE) -> Ref:
    """Return the address of an object in the namespace of the Cluster API objects."""
    return Ref(kind, namespace, name)


def build(
    kind: Kind,
    name: str,
    body: dict[str, JSON],
    *,
    namespace: str = names.NAMESPACE,
    labels: dict[str, JSON] | None = None,
    annotations: dict[str, JSON] | None = None,
) -> Manifest:
    """Return a manifest with its head; the namespace "" makes a cluster-scoped one."""
    metadata: dict[str, JSON] = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    if labels:
        metadata["labels"] = labels
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": metadata, **body}


def documents(spec: ClusterSpec) -> tuple[Manifest, ...]:
    """Return the specification's own EKS Anywhere objects, the Cluster last."""
    found = cast(tuple[Manifest, ...], spec.documents())
    clusters = tuple(d for d in found if d.get("kind") == kinds.ANYWHERE_CLUSTER.kind)
    return (*(d for d in found if d not in clusters), *clusters)


def group_ref(kind: Kind, name: str) -> dict[str, JSON]:
    """Return a v1beta2 reference: group, kind and name."""
    return {"apiGroup": kind.group, "kind": kind.kind, "name": name}
