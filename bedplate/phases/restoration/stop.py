"""Stop: neither etcd nor an API server runs on any control-plane machine."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import RESTORE_PLAN, STOPPED_MEMBERS
from bedplate.phases.restoration.machines import planned, still_up, without_data
from bedplate.ports.kube import JSON
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class StopMembers(Phase[facts.Members]):
    """Stop all of them: a member that still ran would go on with the data of before.

    One that has the backup's data already has been stopped, and may have been started since.
    """

    title = "Stopping etcd and the API servers"
    gives = STOPPED_MEMBERS
    needs = (RESTORE_PLAN,)
    patience = Patience(deadline=600, attempts=3)

    def check(self, given: Given, tools: Tools) -> facts.Members | None:
        """None is to be stopped any more."""
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Stop those that do not have the backup's data."""
        for machine in without_data(given, tools):
            tools.ports.members.stop(machine)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Members | Waiting:
        """Return the machines once nothing of both runs there."""
        if left := still_up(given, tools):
            return Waiting(f"etcd and the API server of {', '.join(left)} to end")
        return facts.Members(machines=tuple(one.name for one in planned(given)))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Start them again, with the data that they have."""
        for machine in planned(given):
            tools.ports.members.start(machine)
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The name alone."""
        return spec.name
