"""Checks of what runs there: deployments, pools with workers, housekeeping, sites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from deployments.catalog import AT, Entry, entries
from deployments.doctor.finding import Examination, Found, found
from deployments.doctor.installation import Installation
from deployments.doctor.prefect_checks import API
from deployments.versions import bedplate_version
from flows.pools import DEFAULT_POOL, deployment_name

SETUP = "bedplate setup"
DEPLOYMENTS = "deployments"
SITES = "sites"


def work_checks(place: Installation) -> Sequence[Examination]:
    """Return the checks of what `bedplate setup` makes."""
    look = partial(partial, place=place)
    return (
        Examination(SITES, "there is a site, and its pool", look(sites), (API,)),
        Examination(DEPLOYMENTS, "every deployment is of this version", look(deployed), (API,)),
        Examination("workers", "every pool has a worker that lives", look(workers), (API,)),
        Examination("housekeeping", "janitor and keeper are scheduled", look(kept), (API,)),
    )


def sites(place: Installation) -> Iterator[Found]:
    """Find that there is no site."""
    if not place.sites:
        yield found(
            "NO_SITE_BLOCK",
            "the server has no block of the type Bedplate site",
            "a run is told by its name where to work, and where its journal is",
            f"name sites in {place.home.sites_file}, then {SETUP}",
        )


def deployed(place: Installation) -> Iterator[Found]:
    """Find deployments that are missing, or of another release."""
    missing = [name for name in _wanted(place) if name not in place.deployments]
    if missing:
        yield found(
            "DEPLOYMENT_MISSING",
            f"the server lacks {', '.join(missing)}",
            "what is not deployed cannot be started there, by nobody",
            SETUP,
        )
    ours = bedplate_version()
    other = {n: row["version"] for n, row in place.deployments.items() if row["version"] != ours}
    if other:
        known = ", ".join(f"{name} ({of or 'none'})" for name, of in sorted(other.items()))
        yield found(
            "DEPLOYMENT_VERSION",
            f"this is version {ours}, deployed with another one: {known}",
            "forms and schedules of another release may ask for what the flows do not take",
            f"run workers of version {ours}, then {SETUP}",
            warns=True,
        )


def _wanted(place: Installation) -> Iterator[str]:
    """Yield the deployment of every flow in the pool of every site; the rest once."""
    pools = sorted({site.pool or DEFAULT_POOL for site in place.sites.values()} or {DEFAULT_POOL})
    for entry in entries():
        for pool in pools if entry.is_of_a_site else [DEFAULT_POOL]:
            yield f"{entry.flow().name}/{deployment_name(entry.name, pool)}"


def workers(place: Installation) -> Iterator[Found]:
    """Find pools that nobody works for."""
    if not place.workers:
        yield found(
            "NO_WORK_POOL",
            "no deployment of ours has a work pool",
            "only the process that serves them runs them, on one machine",
            f"{SETUP}, then prefect worker start --pool {DEFAULT_POOL}",
        )
    for pool, known in place.workers.items():
        if not any(one["status"] == "ONLINE" for one in known):
            names = ", ".join(one["name"] for one in known) or "none was ever there"
            yield found(
                "NO_LIVE_WORKER",
                f"no worker of the pool {pool!r} gives a sign of life ({names})",
                "runs of its sites stay Scheduled",
                f"prefect worker start --pool {pool}",
            )


def kept(place: Installation) -> Iterator[Found]:
    """Find that the janitor or the keeper of campaigns does not run by itself."""
    for entry in entries():
        if "housekeeping" not in entry.tags:
            continue
        rows = _rows(place, entry)
        running = [row for row in rows if _runs_by_itself(row)]
        if not running or len(running) < len(rows):
            yield found(
                "HOUSEKEEPING_STOPPED",
                f"{entry.name} is {'paused' if rows else 'not deployed'}",
                "runs of a killed worker stay Running, campaigns stop where one was killed",
                f"switch its schedule on under Deployments, or {SETUP}",
            )


def _rows(place: Installation, entry: Entry) -> list[Mapping[str, Any]]:
    """Return those that are scheduled: of a flow for several sites, one for each of them."""
    start = f"{entry.flow().name}/{entry.name}"
    found = {name: row for name, row in place.deployments.items() if name.startswith(start)}
    divided = {name.partition(AT)[0] for name in found if AT in name}
    return [row for name, row in found.items() if name not in divided]


def _runs_by_itself(row: Mapping[str, Any]) -> bool:
    scheduled = [one for one in row["schedules"] if one["active"]]
    return bool(scheduled) and not row["paused"]
