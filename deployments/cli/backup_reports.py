"""What `bedplate backup list --output json` writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from pydantic import Field

from bedplate.phases.restoration.listing import ListedBackup
from deployments.cli.reports import Report


class BackupReport(Report):
    """One backup."""

    name: str
    taken_at: float | None = Field(description="Unix seconds; null where it has no manifest")
    kubernetes: str = Field(description="the control plane's version then")
    size: int = Field(description="bytes of all its files")
    where: str = Field(description="its folder")
    damage: str = Field(description="why it cannot be put back as it is; empty where it can")


class BackupsReport(Report):
    """`bedplate backup list`."""

    cluster: str
    site: str
    backups: tuple[BackupReport, ...] = Field(description="the newest first")


BACKUP_DOCUMENTS: dict[str, type[Report]] = {"backup list": BackupsReport}


def backups_report(cluster: str, site: str, found: Sequence[ListedBackup]) -> BackupsReport:
    """Return what is kept as a document."""
    backups = tuple(BackupReport(**asdict(one)) for one in found)
    return BackupsReport(cluster=cluster, site=site, backups=backups)
