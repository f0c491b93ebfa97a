"""Compares clusters with what was asked for, on a schedule, and keeps the report."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from bedplate.adapters.vsphere import close_all
from bedplate.drift import Comparison
from bedplate.errors import BedplateError
from bedplate.inspection import Inspection, drift_of, inspect_cluster, living_clusters
from flows.form import Site, shown
from flows.order import load_site
from tasks.drift_report import drift_markdown
from tasks.failures import HidingSecrets, failure_line
from tasks.logs import attach_logs

Seen = TypeVar("Seen")

DRIFT = "Drift"
"""The name of the state of a run that found something."""

Clusters = Annotated[
    list[str],
    shown("Clusters", "The clusters to compare; every living one of the site where none is named."),
]


@flow(
    name="drift",
    flow_run_name="compare clusters of {site}",
    description="Compare clusters with what was asked for; changes nothing.",
    persist_result=False,
)
def drift(
    site: Site = "simulated",
    clusters: Clusters = [],  # noqa: B006 (Prefect reads it, nobody changes it)
) -> State[None]:
    """Compare, and keep the report as an artifact; a run that found something ends as *Drift*."""
    try:
        found = look_at(site, clusters, drift_of)
    except BedplateError as error:
        return Failed(message=failure_line(error))
    create_markdown_artifact(
        markdown=drift_markdown(site, found),
        key=artifact_key("drift", site),
        description=_told(found),
    )
    return _state(found)


def artifact_key(what: str, site: str) -> str:
    """Return an artifact's key: lowercase letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", f"{what}-{site}".lower()).strip("-")


def look_at(site: str, clusters: Sequence[str], look: Callable[[Inspection], Seen]) -> list[Seen]:
    """Return what a look at each of the clusters came to; raises what finding them raises.

    Sessions on vCenters end with it.
    """
    attach_logs()
    try:
        with HidingSecrets():
            return [look(inspection) for inspection in _inspected(site, clusters)]
    finally:
        close_all()


def _inspected(name: str, clusters: Sequence[str]) -> tuple[Inspection, ...]:
    """Return the named clusters of a site, every living one where none is named."""
    block = load_site(name)
    site, journal = block.open_site(), block.open_journal()
    names = clusters or tuple(living_clusters(journal, site.name))
    return tuple(inspect_cluster(site, journal, one) for one in names)


def _state(found: Sequence[Comparison]) -> State[None]:
    if any(one.drifts for one in found):
        return Completed(name=DRIFT, message=_told(found))
    if any(one.has_failed for one in found):
        return Failed(message=_told(found))
    return Completed(message=_told(found))


def _told(found: Sequence[Comparison]) -> str:
    differ = [f"{one.cluster} ({len(one.drifts)})" for one in found if one.drifts]
    unseen = [one.cluster for one in found if one.has_failed]
    told = f"{len(found)} clusters compared; different: {', '.join(differ) or 'none'}"
    return told + (f"; could not be looked at: {', '.join(unseen)}" if unseen else "")
