"""Tells when certificates end, on a schedule, and keeps the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from bedplate.certificates import Certificates
from bedplate.errors import BedplateError
from bedplate.inspection import certificates_of
from flows.drift import Clusters, artifact_key, look_at
from flows.form import Site, shown
from tasks.certificate_report import certificates_markdown
from tasks.failures import failure_line

ENDING = "Ending"
"""The name of the state of a run that found a certificate that ends soon."""

Within = Annotated[int, shown("Within", "Tell what ends within so many days.", minimum=0)]


@flow(
    name="certificates",
    flow_run_name="certificates of {site}",
    description="Tell when certificates end; fetches newer kubeconfigs, changes nothing else.",
    persist_result=False,
)
def certificates(
    site: Site = "simulated",
    clusters: Clusters = [],  # noqa: B006 (Prefect reads it, nobody changes it)
    within: Within = 30,
) -> State[None]:
    """Look, and keep the report as an artifact; a run that found one to end ends as *Ending*."""
    try:
        found = look_at(site, clusters, certificates_of)
    except BedplateError as error:
        return Failed(message=failure_line(error))
    told = _told(found, within)
    text = certificates_markdown(site, found, within)
    create_markdown_artifact(
        markdown=text, key=artifact_key("certificates", site), description=told
    )
    if any(one.ending(within) for one in found):
        return Completed(name=ENDING, message=told)
    return Failed(message=told) if any(one.unseen for one in found) else Completed(message=told)


def _told(found: Sequence[Certificates], days: int) -> str:
    ending = [f"{one.cluster} ({len(one.ending(days))})" for one in found if one.ending(days)]
    unseen = [one.cluster for one in found if one.unseen]
    told = f"{len(found)} clusters; certificates that end within {days} days: "
    told += ", ".join(ending) or "none"
    return told + (f"; not all was looked at: {', '.join(unseen)}" if unseen else "")
