"""CRDs: EKS Anywhere's own kinds and their controller, once the cluster manages itself."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import objects
from bedplate.capi.release import bundle_objects
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import CRDS
from bedplate.phases.installing import (
    absent,
    apply_absent,
    apply_release,
    definitions,
    missing,
    remove_release,
)
from bedplate.ports.components import Component
from bedplate.ports.kube import JSON, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class InstallCrds(Phase[facts.Crds]):
    """Install the EKS Anywhere components."""

    title = "Installing EKS-A custom components (CRD and controller) on workload cluster"
    gives = CRDS
    patience = Patience(deadline=1800)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.Crds | None:
        """Definitions and controller are there."""
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Apply the components, then the bundle that clusters managed here may ask for."""
        kube = tools.kube(self._side)
        release = tools.ports.components.release(Component.EKS_ANYWHERE)
        if waiting := apply_release(kube, release):
            return waiting
        apply_absent(kube, bundle_objects(tools.bundle))
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Crds | Waiting:
        """Return the definitions' names once the controller is available."""
        release = tools.ports.components.release(Component.EKS_ANYWHERE)
        kube = tools.kube(self._side)
        waiting = missing(kube, release) or absent(kube, bundle_objects(tools.bundle))
        return waiting or facts.Crds(names=tuple(map(objects.name, definitions(release))))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete the components, and with the definitions every object of theirs."""
        release = tools.ports.components.release(Component.EKS_ANYWHERE)
        remove_release(tools.kube(self._side), release)
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The version of EKS Anywhere."""
        return spec.cluster.spec.eksa_version
