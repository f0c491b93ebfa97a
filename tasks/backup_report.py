"""The report of backups, as Markdown for an artifact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bedplate.phases.restoration.listing import ListedBackup
from bedplate.phases.restoration.standing import BackupStanding
from tasks.report import table

MIB = 1024 * 1024


def backups_markdown(site: str, found: Sequence[BackupStanding], days: int) -> str:
    """Return the report: for each cluster what it lacks, and a table of what is kept."""
    parts = [
        f"# Backups at site {site}",
        f"❌ marks clusters without a whole backup of the last {days} days, and damaged backups.",
    ]
    for one in found:
        parts += [f"## {one.cluster}", _verdict(one, days)]
        if one.backups:
            heads = ("", "Backup", "Taken", "Kubernetes", "MiB", "Damage")
            parts.append(table(heads, [_row(backup) for backup in one.backups]))
    return "\n\n".join(parts)


def _verdict(one: BackupStanding, days: int) -> str:
    if one.unseen:
        return "\n".join(f"⚠ Not looked at. {p.code}: {p.seen} → {p.remedy}" for p in one.unseen)
    lacking = one.lacking(days)
    if lacking:
        return f"❌ {lacking}: `bedplate backup cluster {one.cluster}`"
    return f"✅ the newest whole backup is {one.age_days} days old"


def _row(backup: ListedBackup) -> tuple[str, ...]:
    taken = backup.taken_at
    return (
        "❌" if backup.damage else "✅",
        backup.name,
        f"{datetime.fromtimestamp(taken, UTC):%Y-%m-%d %H:%M}" if taken is not None else "unknown",
        backup.kubernetes or "unknown",
        f"{backup.size / MIB:.1f}",
        backup.damage,
    )
