"""Start: etcd and the API servers run again, and the members have found each other."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import REPLACED_DATA, RESTORE_PLAN, STARTED_MEMBERS
from bedplate.phases.restoration.machines import planned, without_data
from bedplate.ports.kube import JSON, Reach, Side
from bedplate.ports.members import MemberMachine, MemberState
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class StartMembers(Phase[facts.Members]):
    """Start all of them, and wait until they serve."""

    title = "Starting etcd and the API servers"
    gives = STARTED_MEMBERS
    needs = (RESTORE_PLAN, REPLACED_DATA)
    patience = Patience(deadline=900, attempts=3)

    def check(self, given: Given, tools: Tools) -> facts.Members | None:
        """All of them serve, with the backup's data."""
        if without_data(given, tools):
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Start each."""
        for machine in planned(given):
            tools.ports.members.start(machine)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Members | Waiting:
        """Return the members once they are the planned ones, all healthy, and the API answers."""
        machines = planned(given)
        if silent := [one.name for one in machines if not _runs(tools, one)]:
            return Waiting(f"etcd and the API server of {', '.join(silent)} to begin")
        wanted = sorted(one.member for one in given[RESTORE_PLAN].members)
        healthy = sorted(tools.ports.members.healthy(machines[0]))
        if healthy != wanted:
            return Waiting(
                f"{len(wanted)} healthy members of etcd", {"healthy": ", ".join(healthy)}
            )
        if tools.kube(Side.CLUSTER).reach() is not Reach.ANSWERS:
            return Waiting("the cluster's API server", {"endpoint": tools.spec.endpoint})
        return facts.Members(machines=tuple(one.name for one in machines))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Nothing: a member that runs is none that has to be taken back."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The name alone."""
        return spec.name


def _runs(tools: Tools, machine: MemberMachine) -> bool:
    return tools.ports.members.see(machine).state is MemberState.RUNNING
