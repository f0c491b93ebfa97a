"""Bootstrap for a delete: a throw-away KinD cluster that the management can go back to."""

from __future__ import annotations

from bedplate import facts
from bedplate.engine.phase import Waiting
from bedplate.fact import Given
from bedplate.phases.bootstrap import Bootstrap, is_half_made
from bedplate.phases.deletion.ownership import (
    PURPOSE,
    bootstrap_name,
    find_owner,
    is_left_over,
    live_cluster,
)
from bedplate.phases.pivot_move import source_silent
from bedplate.ports.kube import JSON, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class BootstrapForDelete(Bootstrap):
    """Make the KinD cluster, unless the one of the cluster's creation is still there.

    One that the cluster has already moved away from is of no more use: its objects are out of date
    and its controllers stopped, so it makes room for a new one. That is made only while somebody
    else is known to have the machines' objects: the cluster itself, or the saved copy. From there
    they come to it before anything works on them.
    """

    needs = (facts.LOCATION,)

    def check(self, given: Given, tools: Tools) -> facts.BootstrapCluster | None:
        """The stamp of one that is not left over from the creation."""
        found = super().check(given, tools)
        return None if found is None or is_left_over(tools) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Remove what the creation left over; then make the cluster, its namespace and stamp."""
        if is_left_over(tools):
            tools.ports.bootstrap.delete(bootstrap_name(tools))
        return super().run(given, tools)

    def stamp(self, spec: ClusterSpec) -> dict[str, JSON]:
        """Write on it that it is for the deletion: nothing was ever moved away from it."""
        return {**super().stamp(spec), **PURPOSE}

    def require_safe_to_make(self, tools: Tools) -> None:
        """Raise where machines exist that nobody can be found to manage."""
        find_owner(tools)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete the KinD cluster; one that manages the machines is not this delete's own."""
        if not tools.ports.bootstrap.exists(bootstrap_name(tools)):
            return None
        if not is_half_made(tools) and _manages_machines(tools):
            return None
        tools.ports.bootstrap.delete(bootstrap_name(tools))
        return None


def _manages_machines(tools: Tools) -> bool:
    kube = tools.kube(Side.BOOTSTRAP)
    if kube.reach() is not Reach.ANSWERS:
        raise source_silent(tools.spec)
    return live_cluster(kube, tools) is not None
