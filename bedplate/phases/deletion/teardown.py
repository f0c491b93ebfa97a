"""Teardown for a delete: the bootstrap cluster goes, once it manages nothing any more."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import TEARDOWN
from bedplate.phases.bootstrap import require_empty
from bedplate.phases.deletion.ownership import bootstrap_name, is_gone
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class TeardownForDelete(Phase[facts.Teardown]):
    """Delete the KinD cluster, once it was seen to hold no Cluster."""

    title = "Deleting bootstrap cluster"
    gives = TEARDOWN
    needs = (facts.DELETED_MACHINES,)
    patience = Patience(deadline=300)

    def check(self, given: Given, tools: Tools) -> facts.Teardown | None:
        """KinD lists none, and none is needed: the cluster is gone."""
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) or not is_gone(tools) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete it, unless it still manages machines."""
        if tools.ports.bootstrap.exists(bootstrap_name(tools)):
            require_empty(tools)
            tools.ports.bootstrap.delete(bootstrap_name(tools))
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Teardown | Waiting:
        """Return the fact once KinD no longer lists it."""
        if tools.ports.bootstrap.exists(bootstrap_name(tools)):
            return Waiting("the bootstrap cluster to be deleted")
        return facts.Teardown(removed=bootstrap_name(tools))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """A deleted bootstrap cluster is not brought back."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> list[str]:
        """The name alone."""
        return [spec.name]
