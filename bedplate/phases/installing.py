"""Installing a component's release on a cluster: shared by the phases that do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bedplate.capi import kinds, objects
from bedplate.engine.phase import Waiting
from bedplate.ports.components import Release
from bedplate.ports.kube import Kube, Manifest, Reach

WORKLOADS = (kinds.DEPLOYMENT, kinds.DAEMON_SET)


def apply_all(kube: Kube, manifests: Iterable[Manifest]) -> None:
    """Apply each manifest in order."""
    for manifest in manifests:
        kube.apply(objects.ref(manifest), manifest)


def apply_release(kube: Kube, release: Release) -> None:
    """Apply a release unless it is there and available."""
    if missing(kube, release) is not None:
        apply_all(kube, release.manifests)


def missing(kube: Kube, release: Release) -> Waiting | None:
    """Return what a release still lacks on a cluster: an object, its version, its availability."""
    for manifest in release.manifests:
        ref = objects.ref(manifest)
        live = kube.get(ref)
        if live is None:
            return Waiting(f"{ref.identity} of {release.component}")
        if ref.kind in WORKLOADS and (waiting := _unready(release, manifest, live)):
            return waiting
    return None


def all_missing(kube: Kube, releases: Sequence[Release]) -> Waiting | None:
    """Return the first thing that any of the releases lacks."""
    for release in releases:
        if waiting := missing(kube, release):
            return waiting
    return None


def _unready(release: Release, wanted: Manifest, live: Manifest) -> Waiting | None:
    ref = objects.ref(wanted)
    if images(live) != images(wanted):
        return Waiting(f"{ref.identity} at {release.component} {release.version}")
    if not is_available(live):
        return Waiting(f"{ref.identity} to be available")
    return None


def images(workload: Manifest) -> tuple[str, ...]:
    """Return the container images of a Deployment or DaemonSet."""
    containers = objects.items(workload, "spec", "template", "spec", "containers")
    return tuple(objects.text(container, "image") for container in containers)


def is_available(workload: Manifest) -> bool:
    """Say whether a Deployment or a DaemonSet runs all its pods, as it is written now."""
    if objects.kind(workload) == kinds.DAEMON_SET:
        wanted = objects.number(workload, "status", "desiredNumberScheduled") or 0
        return wanted > 0 and objects.number(workload, "status", "numberReady") == wanted
    replicas = objects.number(workload, "spec", "replicas")
    wanted = 1 if replicas is None else replicas
    available = objects.number(workload, "status", "availableReplicas") or 0
    return wanted > 0 and available >= wanted


def remove_release(kube: Kube, release: Release) -> None:
    """Delete a release's objects, last first; a cluster that does not exist holds none."""
    if kube.reach() is not Reach.ANSWERS:
        return
    for manifest in reversed(release.manifests):
        kube.delete(objects.ref(manifest))
