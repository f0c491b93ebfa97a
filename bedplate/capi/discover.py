"""Reading a cluster's Cluster API objects from an API server."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bedplate.capi import kinds, names
from bedplate.capi.graph import MovableKind, ObjectGraph, kinds_to_move
from bedplate.ports.kube import Kube, Manifest


def discover(kube: Kube, cluster: str, movable: Sequence[MovableKind] | None = None) -> ObjectGraph:
    """Return the objects of one cluster on one side; empty where there is no such Cluster.

    Whoever looks again names the kinds of the look before: the definitions are an API server's
    largest objects by far.
    """
    movable = movable_kinds(kube) if movable is None else movable
    return ObjectGraph.within(cluster, read_all(kube, movable), movable)


def movable_kinds(kube: Kube) -> tuple[MovableKind, ...]:
    """Return the kinds that the providers installed on one side define."""
    return kinds_to_move(kube.list(kinds.CRD))


def read_all(kube: Kube, movable: Iterable[MovableKind]) -> list[Manifest]:
    """Return every object of these kinds: of our namespace, and of cluster-scoped kinds."""
    return [
        # An API server leaves kind and version out of the items of a list.
        {**obj, "apiVersion": one.kind.api_version, "kind": one.kind.kind}
        for one in movable
        for obj in kube.list(one.kind, names.NAMESPACE if one.namespaced else "")
    ]
