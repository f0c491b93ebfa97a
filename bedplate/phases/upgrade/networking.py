"""Networking: Cilium's pre-flight on every node first, then Cilium itself."""

from __future__ import annotations

from bedplate import facts
from bedplate.capi import objects
from bedplate.engine.phase import Patience, Waiting
from bedplate.fact import Given
from bedplate.facts import CONTROL_PLANE
from bedplate.phases.installing import apply_release, lacking, missing, remove_release
from bedplate.phases.machines import ready_nodes
from bedplate.phases.networking import Networking, named
from bedplate.ports.components import Component, Release
from bedplate.ports.kube import Kube, Reach
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class UpgradeNetworking(Networking):
    """Bring Cilium to the bundle's version, once its images are on every node.

    The pre-flight's pods are Cilium's images and run beside it: where one cannot be pulled or does
    not find what it needs, the network has not been touched yet.
    """

    title = "Upgrading networking on workload cluster"
    final = True
    needs = (CONTROL_PLANE,)
    patience = Patience(deadline=1800, attempts=3)

    def skip(self, spec: ClusterSpec) -> str | None:
        """Its owner may have taken it over."""
        return "skipUpgrade is set for Cilium" if _is_left_alone(spec) else None

    def check(self, given: Given, tools: Tools) -> facts.Networking | None:
        """The control plane is done, Cilium is at its version, and no pre-flight is left."""
        given[CONTROL_PLANE]
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Pre-flight, Cilium, and the pre-flight away again."""
        if _is_left_alone(tools.spec):
            return None
        kube, components = tools.kube(self._side), tools.ports.components
        release = components.release(Component.CILIUM)
        if lacking(kube, release) is not None:
            preflight = components.release(Component.CILIUM_PREFLIGHT)
            if waiting := apply_release(kube, preflight) or missing(kube, preflight):
                return waiting
            if waiting := apply_release(kube, release):
                return waiting
        remove_release(kube, components.release(Component.CILIUM_PREFLIGHT))
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Networking | Waiting:
        """Return the plug-in, or what of it is missing, or the pre-flight that is still there."""
        if _is_left_alone(tools.spec):
            return facts.Networking(plugin="left alone", nodes_ready=0)
        kube, components = tools.kube(self._side), tools.ports.components
        preflight = components.release(Component.CILIUM_PREFLIGHT)
        if left := _left(kube, preflight):
            return Waiting(f"{left} to be removed")
        release = components.release(Component.CILIUM)
        if waiting := missing(kube, release):
            return waiting
        ready = ready_nodes(kube)
        expected = {machine.node for machine in given[CONTROL_PLANE].machines}
        if unready := sorted(expected - ready):
            on = f"{len(expected & ready)} of {len(expected)} control-plane nodes ready"
            return Waiting(on, {"not ready": ", ".join(unready)})
        return facts.Networking(plugin=named(release), nodes_ready=len(ready))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Take the pre-flight away; the network stays."""
        preflight = tools.ports.components.release(Component.CILIUM_PREFLIGHT)
        remove_release(tools.kube(self._side), preflight)
        return None


def _left(kube: Kube, release: Release) -> str:
    for manifest in release.manifests:
        if kube.get(objects.ref(manifest)) is not None:
            return objects.ref(manifest).identity
    return ""


def _is_left_alone(spec: ClusterSpec) -> bool:
    config = spec.cluster.spec.cluster_network.cni_config
    return config is not None and config.cilium is not None and bool(config.cilium.skip_upgrade)
