"""Objects: what nobody owns on the management cluster goes after the managed cluster itself."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import DELETED_OBJECTS
from bedplate.phases.deletion.ownership import is_gone
from bedplate.phases.managed.leftovers import everything, left_behind, remove, shared
from bedplate.phases.managed.manager import require_manager
from bedplate.ports.kube import Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class RemoveObjects(Phase[facts.DeletedObjects]):
    """Delete the cluster's remaining objects on the management cluster, its claim last."""

    title = "Removing the cluster's objects from the management cluster"
    gives = DELETED_OBJECTS
    needs = (facts.DELETED_MACHINES,)
    patience = Patience(deadline=600)

    def check(self, given: Given, tools: Tools) -> facts.DeletedObjects | None:
        """The cluster is gone, and no object of it is left."""
        if not is_gone(tools):
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete them, but for those that other clusters use."""
        kube = require_manager(tools)
        return remove(kube, left_behind(kube, tools))

    def verify(self, given: Given, tools: Tools) -> facts.DeletedObjects | Waiting:
        """Return what is gone, and what stays for others."""
        kube = tools.kube(Side.MANAGEMENT)
        if kube.reach() is Reach.ABSENT:  # it was deleted, which it is only when it manages nobody
            return facts.DeletedObjects(removed=(), kept={})
        left, kept = left_behind(kube, tools), shared(kube, tools.spec)
        if left:
            return Waiting(f"{len(left)} objects to be deleted", {"first": left[0].identity})
        gone = tuple(ref.identity for ref in everything(tools) if ref not in kept)
        return facts.DeletedObjects(
            removed=gone, kept={ref.identity: f"{user} uses it" for ref, user in kept.items()}
        )

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """What is gone is made anew by the next create."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> list[str]:
        """The name alone."""
        return [spec.name]
