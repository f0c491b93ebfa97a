"""Packages: the curated-packages controller."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.checks.components import packages_disabled
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import PACKAGES
from bedplate.phases.installing import apply_release, brought, missing, remove_release
from bedplate.ports.components import Component, Release
from bedplate.ports.kube import JSON, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class Packages(Phase[facts.Packages]):
    """Install the controller, unless packages are disabled or the bundle brings none."""

    title = "Installing curated packages controller on workload cluster"
    gives = PACKAGES
    patience = Patience(deadline=600)

    def __init__(self, side: Side) -> None:
        self._side = side

    def skip(self, spec: ClusterSpec) -> str | None:
        """`packages.disable` switches it off."""
        return "packages are disabled, controller skipped" if packages_disabled(spec) else None

    def check(self, given: Given, tools: Tools) -> facts.Packages | None:
        """Disabled, or not to be had, or the controller is available."""
        if packages_disabled(tools.spec) or _release(tools) is None:
            return facts.Packages(controller=None)
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Apply the controller's manifests."""
        release = _release(tools)
        return apply_release(tools.kube(self._side), release) if release is not None else None

    def verify(self, given: Given, tools: Tools) -> facts.Packages | Waiting:
        """Return the controller's version once it is available."""
        release = _release(tools)
        if release is None:
            return facts.Packages(controller=None)
        waiting = missing(tools.kube(self._side), release)
        return waiting or facts.Packages(controller=f"{release.component}@{release.version}")

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete the controller."""
        release = _release(tools)
        if release is not None:
            remove_release(tools.kube(self._side), release)
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """Whether they are disabled."""
        return packages_disabled(spec)


def _release(tools: Tools) -> Release | None:
    return brought(tools.ports.components, Component.PACKAGES)
