"""Networking: Cilium, as soon as the control plane answers; nodes are not ready before.

Cilium waits for its nodes' cloud provider: it is applied here, and whoever waits for nodes to be
ready waits for it, the workers' step.
"""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import NETWORKING
from bedplate.phases.installing import apply_release, lacking, remove_release
from bedplate.phases.machines import ready_nodes
from bedplate.phases.node_addresses import tell_addresses
from bedplate.ports.components import Component, Release
from bedplate.ports.kube import JSON, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class Networking(Phase[facts.Networking]):
    """Have all of Cilium's objects in the cluster."""

    title = "Installing networking on workload cluster"
    gives = NETWORKING
    needs = (facts.CONTROL_PLANE,)
    patience = Patience(deadline=900, poll=2)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.Networking | None:
        """All of Cilium is there, at its version."""
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Tell the first nodes their addresses, and apply Cilium's manifests."""
        kube = tools.kube(self._side)
        tell_addresses(kube, given[facts.CONTROL_PLANE].machines, tools.spec.endpoint)
        release = tools.ports.components.release(Component.CILIUM)
        return apply_release(kube, release)

    def verify(self, given: Given, tools: Tools) -> facts.Networking | Waiting:
        """Return the plug-in and how many nodes are ready on it by now."""
        kube = tools.kube(self._side)
        release = tools.ports.components.release(Component.CILIUM)
        if waiting := lacking(kube, release):
            return waiting
        return facts.Networking(plugin=named(release), nodes_ready=len(ready_nodes(kube)))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete Cilium."""
        release = tools.ports.components.release(Component.CILIUM)
        remove_release(tools.kube(self._side), release)
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The network ranges, and what the specification says of Cilium."""
        network = spec.cluster.spec.cluster_network
        plugin = network.cni_config
        settings = plugin.model_dump(mode="json") if plugin is not None else None
        return [*network.pods.cidr_blocks, *network.services.cidr_blocks, settings]


def named(release: Release) -> str:
    """Return how a plug-in of this release is recorded."""
    return f"cilium@{release.version}"
