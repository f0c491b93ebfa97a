"""Pauses for the time of a change: of the cluster's own objects, and of the clusters it manages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import documents, ref_of
from bedplate.capi.external_etcd import SKIP_PAUSE
from bedplate.capi.move import OUR_PREFIX
from bedplate.capi.pause import OUR_PAUSE, is_paused_by_us
from bedplate.phases.deletion.anywhere import PAUSED
from bedplate.phases.upgrade.running import anywhere_ref
from bedplate.ports.kube import JSON, Kube, Manifest, Ref
from bedplate.spec import ClusterSpec

FLUX = "kustomize.toolkit.fluxcd.io/reconcile"
DISABLED = "disabled"
PAUSED_FOR = f"{OUR_PREFIX}paused-for"
"""On a cluster that we paused: the name of the one that was being changed."""

HALF_WAY = f"{OUR_PREFIX}half-way"
"""On a cluster whose machines are being replaced: its own controllers would take them back."""


def pause_own(kube: Kube, spec: ClusterSpec) -> None:
    """Have EKS Anywhere's controllers and Flux leave the cluster's own objects alone."""
    for live in own_objects(kube, spec):
        if not _is_paused(live):
            _annotate(kube, objects.ref(live), {PAUSED: "true", FLUX: DISABLED})


def own_paused(kube: Kube, spec: ClusterSpec) -> tuple[str, ...]:
    """Return which of the cluster's own objects are left alone."""
    return tuple(objects.ref(live).identity for live in own_objects(kube, spec) if _is_paused(live))


def release_own(kube: Kube, spec: ClusterSpec) -> None:
    """Give the cluster's own objects back to their controllers, the Cluster last."""
    for live in reversed(tuple(own_objects(kube, spec))):
        if {PAUSED, FLUX, HALF_WAY} & objects.annotations_of(live).keys():
            _annotate(kube, objects.ref(live), dict.fromkeys((PAUSED, FLUX, HALF_WAY)))


def own_objects(kube: Kube, spec: ClusterSpec) -> Iterator[Manifest]:
    """Yield the specification's objects that are there, the Cluster first."""
    for document in reversed(documents(spec)):
        live = kube.get(objects.ref(document))
        if live is not None:
            yield live


def pause_others(kube: Kube, spec: ClusterSpec) -> None:
    """Pause the clusters that this one manages, but for those that somebody paused already."""
    for other in others(kube, spec):
        if not objects.flag(other, "spec", "paused"):
            marks: Mapping[str, JSON] = {PAUSED_FOR: spec.name}
            kube.patch(
                objects.ref(other),
                {"spec": {"paused": True}, "metadata": {"annotations": marks}},
            )


def release_others(kube: Kube, spec: ClusterSpec) -> None:
    """End the pauses that are ours; those of others stay."""
    for other in others(kube, spec):
        if is_ours(other):
            marks: Mapping[str, JSON] = {PAUSED_FOR: None}
            kube.patch(
                objects.ref(other),
                {"spec": {"paused": False}, "metadata": {"annotations": marks}},
            )


def others(kube: Kube, spec: ClusterSpec) -> tuple[Manifest, ...]:
    """Return the Cluster API clusters that are managed here besides this one."""
    found = kube.list(kinds.CLUSTER, names.NAMESPACE)
    return tuple(one for one in found if objects.name(one) != spec.name)


def is_ours(cluster: Manifest) -> bool:
    """Say whether a cluster is paused for a change of its manager."""
    return PAUSED_FOR in objects.annotations_of(cluster)


def set_half_way(kube: Kube, spec: ClusterSpec) -> None:
    """Mark that machines are being replaced, before the first one is."""
    live = kube.get(anywhere_ref(spec))
    if live is not None and HALF_WAY not in objects.annotations_of(live):
        _annotate(kube, anywhere_ref(spec), {HALF_WAY: "true"})


def is_half_way(kube: Kube, spec: ClusterSpec) -> bool:
    """Say whether machines are being replaced."""
    live = kube.get(anywhere_ref(spec))
    return live is not None and HALF_WAY in objects.annotations_of(live)


def stop_control_plane(kube: Kube, spec: ClusterSpec) -> None:
    """Have the control plane stand still while etcd, which it is made of, is replaced.

    Cluster API is told to keep out, as EKS Anywhere does: else it ends any pause as soon as etcd is
    ready, before the control plane has its new specification. A pause that it would end is ours.
    """
    plane = kube.get(ref_of(kinds.KUBEADM_CONTROL_PLANE, spec.name))
    if plane is None:
        return
    found = objects.annotations_of(plane)
    marks = {SKIP_PAUSE: "true"}
    if SKIP_PAUSE not in found or not objects.is_paused(plane):
        marks[objects.PAUSED_ANNOTATION] = OUR_PAUSE
    if not marks.items() <= found.items():
        _annotate(kube, objects.ref(plane), marks)


def start_control_plane(kube: Kube, spec: ClusterSpec) -> None:
    """Let it go on, if it was us who stopped it."""
    plane = kube.get(ref_of(kinds.KUBEADM_CONTROL_PLANE, spec.name))
    if plane is not None and is_paused_by_us(plane):
        _annotate(kube, objects.ref(plane), {objects.PAUSED_ANNOTATION: None})


def _is_paused(live: Manifest) -> bool:
    return {PAUSED, FLUX} <= objects.annotations_of(live).keys()


def _annotate(kube: Kube, ref: Ref, marks: Mapping[str, str | None]) -> None:
    annotations: dict[str, JSON] = dict(marks)
    kube.patch(ref, {"metadata": {"annotations": annotations}})
