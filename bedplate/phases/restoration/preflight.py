"""Preflight of a restore: the backup is whole and fits, every control-plane machine lets us in."""

from __future__ import annotations

import uuid

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi.backup import authority_digest
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, PermanentError, Refused
from bedplate.fact import Given
from bedplate.facts import RESTORE_PLAN, RestoredMember, RestorePlan
from bedplate.phases.restoration.kept import (
    KeptBackup,
    read_backup,
    require_known,
    require_same_authority,
    require_same_backup,
    same_version,
)
from bedplate.phases.restoration.machines import control_plane_machines
from bedplate.ports.kube import JSON
from bedplate.ports.members import Member, MemberMachine
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec, OSFamily

BACKUP, PLAN = "backup", "plan"


class RestorePreflight(Phase[facts.RestorePlan]):
    """Choose the backup once, look at it and at every machine, and say what will be lost.

    As with other preflights, yesterday's answer says nothing about today. The restore's id is
    chosen here; other machines than before are another restore, which begins with all of them.
    """

    title = "Performing setup and validations"
    gives = RESTORE_PLAN
    patience = Patience(deadline=300, tries=3)

    def check(self, given: Given, tools: Tools) -> facts.RestorePlan | None:
        """Nothing is ever settled here; raises where the restore is not possible at all."""
        _require_supported(tools.spec)
        require_known(tools, _chosen(tools))
        return None

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Look at everything; nothing was changed where this raises."""
        backup = read_backup(tools, tools.notes.choose(BACKUP, lambda: tools.backup))
        found = [(one, tools.ports.members.see(one)) for one in _machines(tools)]
        for machine, member in found:
            require_same_authority(tools, backup, authority_digest(member.authority))
            _require_same_version(backup, machine, member)
        plan = _plan(tools, backup, tuple(_planned(one, member) for one, member in found))
        _tell(tools, backup, plan)
        tools.notes.note(PLAN, plan.model_dump(mode="json"))
        return None

    def verify(self, given: Given, tools: Tools) -> facts.RestorePlan | Waiting:
        """Return the plan that was noted."""
        plan = _noted(tools)
        return plan if plan is not None else Waiting("the plan of the restore")

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """A look made nothing."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The name alone."""
        return spec.name


def _chosen(tools: Tools) -> str:
    """Return the backup to restore; raises Refused where this run restores another one."""
    noted = tools.notes.find(BACKUP)
    if not isinstance(noted, str):
        return tools.backup
    require_same_backup(tools, noted)
    return noted


def _noted(tools: Tools) -> RestorePlan | None:
    found = tools.notes.find(PLAN)
    return RestorePlan.model_validate(found) if found is not None else None


def _machines(tools: Tools) -> tuple[MemberMachine, ...]:
    found = control_plane_machines(tools)
    if not found:
        raise PermanentError(
            "MACHINES_NONE",
            f"no control-plane machine of {tools.spec.name} was found",
            why="data is put back into the etcd of machines that are there",
            remedy="see in vCenter whether they are; a cluster without any is created anew",
            owner=Owner.VSPHERE,
        )
    return found


def _planned(machine: MemberMachine, member: Member) -> RestoredMember:
    return RestoredMember(
        machine=machine.name,
        uuid=machine.uuid,
        addresses=machine.addresses,
        member=member.name,
        peer=member.peer,
    )


def _plan(tools: Tools, backup: KeptBackup, members: tuple[RestoredMember, ...]) -> RestorePlan:
    """Return the plan: the same restore as before where its members are the same."""
    before = _noted(tools)
    same = before is not None and _identities(before.members) == _identities(members)
    now = tools.ports.clock.now()
    return RestorePlan(
        id=before.id if before is not None and same else f"restore-{uuid.uuid4().hex[:12]}",
        backup=backup.name,
        sha256=backup.etcd.sha256,
        members=members,
        age=now - backup.taken_at if backup.taken_at is not None else None,
    )


def _identities(members: tuple[RestoredMember, ...]) -> list[tuple[str, str, str]]:
    return sorted((one.uuid, one.member, one.peer) for one in members)


def _tell(tools: Tools, backup: KeptBackup, plan: RestorePlan) -> None:
    tools.say(f"✅ backup {backup.name} is whole, and of this cluster")
    tools.say(f"✅ {len(plan.members)} control-plane machines let us in")
    age = f"{plan.age / 3600:.1f} hours ago" if plan.age is not None else "at a time not recorded"
    tools.say(f"⚠ it was taken {age}: what was written to {tools.spec.name} since then is lost")


def _require_same_version(backup: KeptBackup, machine: MemberMachine, member: Member) -> None:
    if not same_version(backup.kubernetes, member.kubernetes):
        raise Refused(
            "BACKUP_VERSION",
            f"backup {backup.name} is of Kubernetes {backup.kubernetes or 'unknown'}, and"
            f" {machine.name} runs {member.kubernetes or 'unknown'}",
            why="an API server may not understand what one of another version stored",
            remedy="choose a backup of this version, one that was taken after the upgrade",
            owner=Owner.PLATFORM,
        )


def _require_supported(spec: ClusterSpec) -> None:
    ref = spec.control_plane.machine_group_ref
    family = spec.machine_config(ref).spec.os_family if ref is not None else None
    reasons = {
        "its etcd runs on machines of its own": spec.etcd is not None,
        "its control plane runs Bottlerocket": family is OSFamily.BOTTLEROCKET,
    }
    for seen in (reason for reason, so in reasons.items() if so):
        raise Refused(
            "RESTORE_UNSUPPORTED",
            f"{spec.name} cannot be restored from here: {seen}",
            why="a restore works on static pods of etcd, through a shell on the machine",
            remedy="docs/how-to/restore.md says what to do by hand",
            owner=Owner.PLATFORM,
        )
