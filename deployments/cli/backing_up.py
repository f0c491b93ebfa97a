"""The work of `backup` and `restore`: find the cluster, say what there is or will be lost, go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bedplate.engine.journal import UNFINISHED
from bedplate.phases.restoration.listing import ListedBackup, list_backups
from deployments.cli.backup_reports import backups_report
from deployments.cli.confirming import require_name
from deployments.cli.operate import Job, Manner, open_to_work, operate
from deployments.cli.screen import Screen
from deployments.cli.targets import Target, request_for
from deployments.home import find_home, with_pace

if TYPE_CHECKING:
    from rich.table import Table

BACKUP, RESTORE = "backup", "restore"
MIB = 1024 * 1024


def back_up(screen: Screen, target: Target, manner: Manner) -> int:
    """Take a backup of a cluster; returns the exit status."""
    return operate(screen, find_home(), _job(BACKUP, target, manner))


def restore(
    screen: Screen, target: Target, backup: str, confirmed: str | None, manner: Manner
) -> int:
    """Put a backup back; returns the exit status."""
    job = _job(RESTORE, target, manner)
    job = replace(job, request=replace(job.request, backup=backup))
    _announce(screen, job, backup)
    require_name(screen, job.spec.name, confirmed, "--confirm")
    return operate(screen, find_home(), job)


def tell_backups(screen: Screen, target: Target) -> None:
    """Tell which backups a cluster has."""
    job = _job(BACKUP, target, Manner())
    found = _backups(screen, job)
    name, site = job.spec.name, job.config.name
    if screen.wants_json:
        screen.document(backups_report(name, site, found).text())
    elif found:
        screen.show(_table(found))
    else:
        screen.say(f"{name} has no backup at site {site}: bedplate backup cluster {name}")


def _job(verb: str, target: Target, manner: Manner) -> Job:
    home = find_home()
    request, site = request_for(home, verb, target, manner.steps)
    config = with_pace(home.site(site), manner.pace)
    return Job(request, config, home.open_journal(config.journal), manner.logs, manner.faults)


def _backups(screen: Screen, job: Job) -> tuple[ListedBackup, ...]:
    return list_backups(open_to_work(screen, job.config).open(job.spec).backups)


def _announce(screen: Screen, job: Job, backup: str) -> None:
    """Say what is lost, and which runs end."""
    from deployments.cli.words import moment

    name = job.spec.name
    chosen = [one for one in _backups(screen, job) if one.name == backup]
    taken = [moment(one.taken_at) for one in chosen if one.taken_at is not None]
    screen.warn(f"This takes {name} at site {job.config.name} back to backup {backup}:")
    screen.warn(f"   taken     {taken[0] if taken else 'at a time that is not recorded'}")
    screen.warn(f"   lost      what was written to {name} since then; its API stands still")
    screen.warn("   machines  stay as they are; those that do not fit are named")
    for other in job.journal.runs(name):
        if other.operation in job.operation.takes_over and other.state in UNFINISHED:
            screen.warn(f"   ends      run {other.id}: {other.operation} {name} ({other.state})")


def _table(found: Sequence[ListedBackup]) -> Table:
    from deployments.cli.views import plain_table
    from deployments.cli.words import moment

    table = plain_table("backup", "taken", "Kubernetes", "MiB", "", right=("MiB",))
    for one in found:
        taken = moment(one.taken_at) if one.taken_at is not None else "unknown"
        size = f"{one.size / MIB:.1f}"
        table.add_row(one.name, taken, one.kubernetes or "unknown", size, one.damage)
    return table
