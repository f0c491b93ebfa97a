"""Cluster objects: the user's own EKS Anywhere objects, kept in the cluster they describe."""

from __future__ import annotations

from bedplate import facts
from bedplate.capi import kinds, objects
from bedplate.capi.cluster import build, documents
from bedplate.capi.release import distro_releases
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import CLUSTER_OBJECTS
from bedplate.phases.installing import absent, apply_absent, apply_all
from bedplate.phases.managed.leftovers import shared
from bedplate.ports.kube import Kube, Manifest, Reach, Ref, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class ClusterObjects(Phase[facts.ClusterObjects]):
    """Apply the specification's objects and wait until EKS Anywhere's controller takes them."""

    title = "Creating EKS-A CRDs instances on workload cluster"
    gives = CLUSTER_OBJECTS
    patience = Patience(deadline=900, poll=2)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.ClusterObjects | None:
        """Every object is as the specification says, and the Cluster is Ready."""
        kube = tools.kube(self._side)
        if kube.reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Apply the objects, those that the Cluster refers to first.

        A manager may not know the cluster's Kubernetes version yet.
        """
        kube = tools.kube(self._side)
        apply_absent(kube, distro_releases(tools.bundle))
        apply_all(kube, (*_namespace(tools.spec), *documents(tools.spec)))
        return None

    def verify(self, given: Given, tools: Tools) -> facts.ClusterObjects | Waiting:
        """Return the objects once the Cluster's Ready condition is of its newest generation."""
        kube = tools.kube(self._side)
        wanted = documents(tools.spec)
        if waiting := outdated(kube, tools):
            return waiting
        cluster = kube.get(Ref(kinds.ANYWHERE_CLUSTER, tools.spec.namespace, tools.spec.name))
        ready = objects.condition(cluster, "Ready") if cluster is not None else None
        if cluster is None or ready is None or not ready.true:
            return Waiting(
                "the EKS-A Cluster to be Ready", {"says": ready.message if ready else ""}
            )
        if not objects.is_observed(cluster):
            return Waiting("the EKS-A controller to see the newest Cluster")
        return facts.ClusterObjects(objects=tuple(objects.ref(m).identity for m in wanted))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete the objects, the Cluster first; those that other clusters use stay."""
        kube = tools.kube(self._side)
        if kube.reach() is Reach.ANSWERS:
            kept = shared(kube, tools.spec)
            for manifest in reversed(documents(tools.spec)):
                if objects.ref(manifest) not in kept:
                    kube.delete(objects.ref(manifest))
        return None


def outdated(kube: Kube, tools: Tools) -> Waiting | None:
    """Return the first object that is not there as the specification and the bundle have it."""
    for manifest in documents(tools.spec):
        live = kube.get(objects.ref(manifest))
        if live is None or not objects.contains(live.get("spec"), manifest.get("spec")):
            return Waiting(objects.ref(manifest).identity)
    return absent(kube, distro_releases(tools.bundle))


def _namespace(spec: ClusterSpec) -> tuple[Manifest, ...]:
    if spec.namespace == "default":
        return ()
    return (build(kinds.NAMESPACE, spec.namespace, {}, namespace=""),)
