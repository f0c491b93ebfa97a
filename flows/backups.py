"""Tells whether every cluster has a backup that is whole and new, on a schedule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from bedplate.errors import BedplateError
from bedplate.inspection import backups_of
from bedplate.phases.restoration.standing import BackupStanding
from flows.drift import Clusters, artifact_key, look_at
from flows.form import Site, shown
from tasks.backup_report import backups_markdown
from tasks.failures import failure_line

LACKING = "Lacking"
"""The name of the state of a run that found a cluster without a backup that is whole and new."""

MaxAge = Annotated[
    int,
    shown("Oldest allowed", "Tell when no whole backup is younger than so many days.", minimum=1),
]


@flow(
    name="backups",
    flow_run_name="backups of {site}",
    description="Tell which clusters have no backup that is whole and new; changes nothing.",
    persist_result=False,
)
def backups(
    site: Site = "simulated",
    clusters: Clusters = [],  # noqa: B006 (Prefect reads it, nobody changes it)
    max_age_days: MaxAge = 7,
) -> State[None]:
    """Read every backup, and keep the report; a run that found one missing ends as *Lacking*."""
    try:
        found = look_at(site, clusters, backups_of)
    except BedplateError as error:
        return Failed(message=failure_line(error))
    told = _told(found, max_age_days)
    text = backups_markdown(site, found, max_age_days)
    create_markdown_artifact(markdown=text, key=artifact_key("backups", site), description=told)
    if any(one.lacking(max_age_days) or one.damaged for one in found):
        return Completed(name=LACKING, message=told)
    return Failed(message=told) if any(one.unseen for one in found) else Completed(message=told)


def _told(found: Sequence[BackupStanding], days: int) -> str:
    lacking = [f"{one.cluster} ({one.lacking(days)})" for one in found if one.lacking(days)]
    damaged = [f"{one.cluster} ({len(one.damaged)})" for one in found if one.damaged]
    unseen = [one.cluster for one in found if one.unseen]
    told = f"{len(found)} clusters; without a whole backup of the last {days} days: "
    told += ", ".join(lacking) or "none"
    told += f"; damaged backups: {', '.join(damaged)}" if damaged else ""
    return told + (f"; could not be looked at: {', '.join(unseen)}" if unseen else "")
