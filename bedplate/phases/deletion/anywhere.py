"""EKS Anywhere's own pause: its controllers leave the objects alone that carry the annotation."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.capi import objects
from bedplate.capi.cluster import documents
from bedplate.ports.kube import JSON, Kube, Ref
from bedplate.spec import ClusterSpec

PAUSED = "anywhere.eks.amazonaws.com/paused"


def leave_alone(kube: Kube, spec: ClusterSpec) -> int:
    """Pause the specification's objects; returns how many there are. Twice is as once."""
    told = 0
    for ref, paused in _live(kube, spec):
        told += 1
        if not paused:
            _annotate(kube, ref, "true")
    return told


def take_up_again(kube: Kube, spec: ClusterSpec) -> None:
    """End that pause."""
    for ref, paused in _live(kube, spec):
        if paused:
            _annotate(kube, ref, None)


def _live(kube: Kube, spec: ClusterSpec) -> Iterator[tuple[Ref, bool]]:
    for document in documents(spec):
        ref = objects.ref(document)
        live = kube.get(ref)
        if live is not None:
            yield ref, PAUSED in objects.annotations_of(live)


def _annotate(kube: Kube, ref: Ref, value: str | None) -> None:
    marks: dict[str, JSON] = {PAUSED: value}
    kube.patch(ref, {"metadata": {"annotations": marks}})
