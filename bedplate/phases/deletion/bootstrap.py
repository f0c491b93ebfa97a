"""Bootstrap for a delete: a throw-away KinD cluster that the management can go back to."""

from __future__ import annotations

from bedplate import facts
from bedplate.engine.phase import Waiting
from bedplate.facts import Given
from bedplate.phases.bootstrap import Bootstrap
from bedplate.phases.deletion.ownership import bootstrap_name, find_owner, live_cluster
from bedplate.phases.pivot_move import source_silent
from bedplate.ports.kube import Reach, Side
from bedplate.ports.tools import Tools


class BootstrapForDelete(Bootstrap):
    """Make the KinD cluster, unless the one of the cluster's creation is still there.

    It is made only while somebody else is known to have the machines' objects: the cluster itself,
    or the saved copy. From there they come to it before anything works on them.
    """

    needs = (facts.LOCATION,)

    def require_safe_to_make(self, tools: Tools) -> None:
        """Raise where machines exist that nobody can be found to manage."""
        find_owner(tools)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete the KinD cluster; one that manages the machines is not this delete's own."""
        if not tools.ports.bootstrap.exists(bootstrap_name(tools)):
            return None
        kube = tools.kube(Side.BOOTSTRAP)
        if kube.reach() is not Reach.ANSWERS:
            raise source_silent(tools.spec)
        if live_cluster(kube, tools) is None:
            tools.ports.bootstrap.delete(bootstrap_name(tools))
        return None
