"""Data: the backup's snapshot becomes the data of every member; what they had stays beside it."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi.backup import ETCD
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, PermanentError, Refused
from bedplate.fact import Given
from bedplate.facts import REPLACED_DATA, RESTORE_PLAN, STOPPED_MEMBERS, RestorePlan
from bedplate.phases.restoration.machines import planned, still_up, without_data
from bedplate.ports.backups import Backup
from bedplate.ports.kube import JSON
from bedplate.ports.members import Restoration
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


class ReplaceData(Phase[facts.Members]):
    """Restore the snapshot on each machine, as one new etcd cluster of all of them."""

    title = "Putting the backup's data back"
    gives = REPLACED_DATA
    needs = (RESTORE_PLAN, STOPPED_MEMBERS)
    patience = Patience(deadline=3600, attempts=3)

    def check(self, given: Given, tools: Tools) -> facts.Members | None:
        """Every member has it."""
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Give it to those that do not have it, once nothing of before runs any more."""
        if left := still_up(given, tools):
            return Waiting(f"etcd and the API server of {', '.join(left)} to end")
        restoration = _restoration(tools, given[RESTORE_PLAN])
        for machine in without_data(given, tools):
            tools.ports.members.restore(machine, restoration)
            tools.say(f"{machine.name} has the data of {given[RESTORE_PLAN].backup}")
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Members | Waiting:
        """Return the machines once all have it."""
        if left := without_data(given, tools):
            return Waiting(f"the data of {', '.join(one.name for one in left)}")
        return facts.Members(machines=tuple(one.name for one in planned(given)))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Nothing, as long as no member has other data; raises Refused RESTORE_BEGUN else."""
        waiting = {one.name for one in without_data(given, tools)}
        begun = [one.name for one in planned(given) if one.name not in waiting]
        if begun:
            raise _begun(tools.spec, given[RESTORE_PLAN], begun)
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The name alone."""
        return spec.name


def _restoration(tools: Tools, plan: RestorePlan) -> Restoration:
    """Return what to restore; raises PermanentError BACKUP_DAMAGED where it changed meanwhile."""
    found = tools.ports.backups.look(f"{plan.backup}/{ETCD}")
    if found is None or found.sha256 != plan.sha256:
        raise PermanentError(
            "BACKUP_DAMAGED",
            f"the snapshot of backup {plan.backup} is not what it was when the restore began",
            why="every member has to get the same data",
            remedy="bring the file back as it was, then resume",
            owner=Owner.PLATFORM,
        )
    peers = {one.member: one.peer for one in plan.members}
    return Restoration(plan.id, Backup(found.where, found.size, found.sha256), peers)


def _begun(spec: ClusterSpec, plan: RestorePlan, begun: list[str]) -> Refused:
    return Refused(
        "RESTORE_BEGUN",
        f"{', '.join(begun)} of {spec.name} has the data of backup {plan.backup} already",
        why="members with different data are no cluster",
        remedy=f"bedplate resume {spec.name}; what they had is kept on each machine beside"
        f" etcd's folder, as before-{plan.id}",
        owner=Owner.PLATFORM,
    )
