"""Checks between machines: journals that all reach, clocks that agree, the gateway."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

import httpx

from bedplate.adapters.journal import SqlJournal
from deployments.doctor.finding import Examination, Found, found
from deployments.doctor.installation import SECONDS, Installation
from deployments.doctor.prefect_checks import API
from deployments.home import SQLITE

NOTABLE, TOO_MUCH = 5.0, 30.0  # seconds; a heartbeat is missed for 90 before a run is ended
JOURNALS = "journals"


def machine_checks(place: Installation) -> Sequence[Examination]:
    """Return the checks of what machines share."""
    look = partial(partial, place=place)
    found_there = (
        Examination(JOURNALS, "every journal is reached and migrated", look(journals)),
        Examination("shared-journal", "all machines reach it", look(shared), (API, JOURNALS)),
        Examination("clock-server", "the server's clock agrees", look(server_clock), (API,)),
        Examination("clock-journal", "the journals' clocks agree", look(clocks), (JOURNALS,)),
    )
    if not place.gateway:
        return found_there
    return (*found_there, Examination("gateway", "the gateway takes tickets", look(gateway)))


def journals(place: Installation) -> Iterator[Found]:
    """Find journals that cannot be opened, raising why, or have older tables than this version."""
    for journal, names in _existing(place):
        revision = journal.revision()
        if revision.found is not None and not revision.is_newest:  # an empty one is made so
            yield found(
                "JOURNAL_OLD",
                f"the journal of {names} has tables of version {revision.found}",
                f"this version writes {revision.newest}; the first run will migrate them",
                "make a copy of the database, then bedplate runs",
                warns=True,
            )


def shared(place: Installation) -> Iterator[Found]:
    """Find journals in a file where more than one worker writes."""
    several = len(place.live_workers) > 1
    for url, names in place.journals.items():
        if several and url.startswith("sqlite"):
            yield found(
                "JOURNAL_NOT_SHARED",
                f"the journal of {', '.join(names)} is a file, and there are"
                f" {len(place.live_workers)} workers: {', '.join(place.live_workers)}",
                "a worker elsewhere sees neither the lease nor what was done, and does it again",
                "keep it in Postgres (docs/how-to/postgres.md), then bedplate setup",
            )


def server_clock(place: Installation) -> Iterator[Found]:
    """Find a Prefect server whose clock differs from this machine's."""
    said = place.bare("health").headers.get("Date", "")
    if said:
        theirs = parsedate_to_datetime(said).timestamp()
        yield from _differs("the Prefect server", theirs - place.now())


def clocks(place: Installation) -> Iterator[Found]:
    """Find databases whose clock differs from this machine's."""
    for journal, names in _existing(place):
        difference = journal.now() - place.now()
        yield from _differs(f"the journal's database of {names}", difference)


def _differs(whose: str, seconds: float) -> Iterator[Found]:
    if abs(seconds) > NOTABLE:
        yield found(
            "CLOCKS_DIFFER",
            f"the clock of {whose} is {abs(seconds):.0f} s {'ahead' if seconds > 0 else 'behind'}",
            "heartbeats, schedules, tickets and certificates go by several machines' clocks",
            "timedatectl set-ntp true, on the machine whose clock is wrong",
            warns=abs(seconds) <= TOO_MUCH,
        )


def gateway(place: Installation) -> Iterator[Found]:
    """Find a gateway that takes no deliveries."""
    url = f"{place.gateway.rstrip('/')}/healthz"
    try:
        answer = httpx.get(url, timeout=SECONDS)
        seen = "" if answer.status_code == httpx.codes.OK else f"answers {answer.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        seen = f"does not answer: {type(error).__name__}"
    if seen:
        yield found(
            "GATEWAY_SILENT",
            f"{url} {seen}",
            "tickets are not taken; senders try again, some for hours only",
            "read its log; bedplate gateway serve starts it",
        )


def _existing(place: Installation) -> Iterator[tuple[SqlJournal, str]]:
    """Yield every journal as it is, making and migrating nothing, with the sites that write there.

    A file that does not exist yet is made by the first run.
    """
    for url, names in place.journals.items():
        path = url.removeprefix(SQLITE)
        if path != url and not Path(path).exists():
            continue
        with contextlib.closing(SqlJournal(url)) as journal:
            yield journal, ", ".join(names)
