"""Whether the controllers have noticed a Cluster's pause, or its end.

Each controller of Cluster API writes a `Paused` condition on the objects it looks after, with the
generation it saw. That is the only acknowledgement there is: `spec.paused` alone stops nobody who
is in the middle of a reconciliation.
"""

from __future__ import annotations

from collections.abc import Iterable

from bedplate.capi import objects
from bedplate.ports.kube import Manifest

# Kinds whose controllers write `Paused` and follow their Cluster's pause (Cluster API 1.9 and
# later, CAPV 1.12 and later): an object of theirs without the condition was not yet looked at.
REPORTS = frozenset(
    {
        ("cluster.x-k8s.io", "Cluster"),
        ("cluster.x-k8s.io", "Machine"),
        ("cluster.x-k8s.io", "MachineDeployment"),
        ("cluster.x-k8s.io", "MachineHealthCheck"),
        ("cluster.x-k8s.io", "MachineSet"),
        ("bootstrap.cluster.x-k8s.io", "KubeadmConfig"),
        ("controlplane.cluster.x-k8s.io", "KubeadmControlPlane"),
        ("infrastructure.cluster.x-k8s.io", "VSphereCluster"),
        ("infrastructure.cluster.x-k8s.io", "VSphereMachine"),
        ("infrastructure.cluster.x-k8s.io", "VSphereVM"),
    }
)

# Kinds whose controllers follow an annotation of the object itself, not a Cluster's pause. A copy
# of such an object needs the annotation, or its controller begins at once (a ClusterResourceSet's
# would make the bindings that are about to be copied).
OWN_PAUSE = frozenset(
    {
        ("addons.cluster.x-k8s.io", "ClusterResourceSet"),
        ("cluster.x-k8s.io", "ClusterClass"),
        ("infrastructure.cluster.x-k8s.io", "VSphereClusterIdentity"),
        ("infrastructure.cluster.x-k8s.io", "VSphereDeploymentZone"),
        ("infrastructure.cluster.x-k8s.io", "VSphereFailureDomain"),
    }
)


# The annotation's value where we set it, so that nobody else's pause is ended.
OUR_PAUSE = "bedplate"


def has_own_pause(obj: Manifest) -> bool:
    """Say whether an object is paused by its own annotation only."""
    kind = objects.kind(obj)
    return (kind.group, kind.kind) in OWN_PAUSE


def is_paused_by_us(obj: Manifest) -> bool:
    """Say whether an object carries the pause annotation that we set."""
    return objects.annotations_of(obj).get(objects.PAUSED_ANNOTATION) == OUR_PAUSE


def unacknowledged(manifests: Iterable[Manifest], *, paused: bool) -> tuple[str, ...]:
    """Return the objects whose controllers have not yet said that they are paused (or are not).

    Kinds in neither list count once they carry the condition; kinds without controllers (templates,
    Secrets) and those that never write it (etcdadm's) do not hold anything up.
    """
    return tuple(
        objects.ref(obj).identity for obj in manifests if not _has_acknowledged(obj, paused)
    )


def _has_acknowledged(obj: Manifest, paused: bool) -> bool:
    if has_own_pause(obj):
        return True
    condition = objects.condition(obj, "Paused")
    if condition is None:
        kind = objects.kind(obj)
        return (kind.group, kind.kind) not in REPORTS
    fresh = condition.observed is None or condition.observed >= objects.generation(obj)
    return fresh and condition.status == str(paused)
