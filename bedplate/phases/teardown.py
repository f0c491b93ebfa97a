"""Teardown: the bootstrap cluster goes, once the new cluster has proved to manage itself."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import names
from bedplate.capi.restore import was_moved
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, PermanentError
from bedplate.fact import Given
from bedplate.facts import TEARDOWN
from bedplate.ports.kube import Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class Teardown(Phase[facts.Teardown]):
    """Delete the KinD cluster, once the pivot's commit has been seen again on the cluster."""

    title = "Deleting bootstrap cluster"
    gives = TEARDOWN
    needs = (facts.PIVOT,)
    patience = Patience(deadline=300)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.Teardown | None:
        """The cluster manages itself and KinD lists no bootstrap cluster of its name."""
        if not was_moved(tools):
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete it, unless its machines have not moved."""
        name = names.bootstrap_cluster(tools.spec.name)
        if not was_moved(tools):
            raise PermanentError(
                "BOOTSTRAP_IN_USE",
                f"the {self._side} cluster {name} still manages {tools.spec.name}",
                why="the pivot has not been confirmed",
                remedy="resume the run: it takes up the pivot",
                owner=Owner.PLATFORM,
            )
        tools.ports.bootstrap.delete(name)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Teardown | Waiting:
        """Return the fact once KinD no longer lists it."""
        name = names.bootstrap_cluster(tools.spec.name)
        if tools.ports.bootstrap.exists(name):
            return Waiting("the bootstrap cluster to be deleted")
        return facts.Teardown(removed=name)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """A deleted bootstrap cluster is not brought back; there is nothing to take away."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> list[str]:
        """The name alone."""
        return [spec.name]
