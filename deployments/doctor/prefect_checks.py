"""Checks of the Prefect server: reached, of a version that fits, and closed to strangers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import prefect

from deployments.doctor.finding import Examination, Found, found
from deployments.doctor.installation import Installation

LOWEST, BELOW = (3, 8, 8), (3, 10)
API = "prefect-api"


def prefect_checks(place: Installation) -> Sequence[Examination]:
    """Return the checks of the server itself."""
    look = partial(partial, place=place)
    return (
        Examination(API, "the Prefect server answers, and knows this login", look(reached)),
        Examination("prefect-version", "its version fits", look(version), (API,)),
        Examination("prefect-login", "strangers are not let in", look(login), (API,)),
        Examination("prefect-csrf", "other sites' pages cannot ask it", look(csrf), (API,)),
        Examination("prefect-analytics", "it calls nobody", look(analytics), (API,)),
        Examination("prefect-database", "its database takes many writers", look(database), (API,)),
        Examination("prefect-leases", "its limits outlive a restart", look(leases), (API,)),
        Examination("zombie-trap", "no automation ends what waits", look(automations), (API,)),
    )


def reached(place: Installation) -> Sequence[Found]:
    """Raise what is wrong with a server that is not named, or does not answer."""
    place.require_prefect()
    return ()


def version(place: Installation) -> Iterator[Found]:
    """Find a server outside of the pin, or of another release than this machine's client."""
    said = str(place.ask("GET", "/admin/version"))
    numbers = tuple(int(part) for part in said.split("+")[0].split(".")[:3] if part.isdigit())
    lowest, below = (".".join(map(str, one)) for one in (LOWEST, BELOW))
    if not LOWEST <= numbers < BELOW:
        yield found(
            "PREFECT_VERSION",
            f"the server is Prefect {said}",
            f"Bedplate was tried with {lowest} up to, but not including, {below}",
            f"run it from Bedplate's own image, or pip install 'prefect>={lowest},<{below}'",
        )
    elif said != prefect.__version__:
        yield found(
            "PREFECT_VERSIONS_DIFFER",
            f"the server is Prefect {said}, this machine has {prefect.__version__}",
            "a client newer than its server may ask for what that does not know",
            "bring both to one version: the image has server and workers",
            warns=True,
        )


def login(place: Installation) -> Iterator[Found]:
    """Find a server that answers whoever asks."""
    if place.bare("admin/version").status_code != 401:
        yield found(
            "PREFECT_OPEN",
            f"{place.api} answers without a login",
            "whoever reaches it can start runs and read every block, credentials in clear",
            "set PREFECT_SERVER_API_AUTH_STRING there and PREFECT_API_AUTH_STRING at its clients",
            warns=place.is_loopback,
        )


def csrf(place: Installation) -> Iterator[Found]:
    """Find a server that takes requests which a page of another site lets a browser send."""
    if not place.settings["api"]["csrf_protection_enabled"]:
        yield found(
            "PREFECT_CSRF_OFF",
            "the server's protection against cross-site requests is off",
            "a page opened in the browser of somebody who is logged in could start runs",
            "set PREFECT_SERVER_CSRF_PROTECTION_ENABLED=true at the server",
            warns=place.is_loopback,
        )


def analytics(place: Installation) -> Iterator[Found]:
    """Find a server that sends usage statistics."""
    if place.settings["analytics_enabled"]:
        yield found(
            "PREFECT_ANALYTICS_ON",
            "the server sends usage statistics to its makers",
            "an installation without a network waits for answers that never come",
            "set PREFECT_SERVER_ANALYTICS_ENABLED=false and DO_NOT_TRACK=1 at the server",
            warns=True,
        )


def database(place: Installation) -> Iterator[Found]:
    """Find a server on SQLite where several workers ask it; an address is masked, a driver not."""
    driver = place.settings["database"]["driver"]
    if driver is not None and driver.startswith("postgresql"):
        return
    many = len(place.live_workers) > 1
    seen = f"the server names the driver {driver!r}" if driver else "the server names no driver"
    yield found(
        "PREFECT_DATABASE",
        f"{seen}, so its database may be an SQLite file",
        "SQLite answers 503 where tens of runs write at once, and is one machine's alone",
        "set PREFECT_SERVER_DATABASE_DRIVER=postgresql+asyncpg with _HOST, _NAME, _USER, _PASSWORD",
        warns=driver is None or not many,
    )


def leases(place: Installation) -> Iterator[Found]:
    """Find a server that forgets at a restart who holds a concurrency limit."""
    storage = place.settings["concurrency"]["lease_storage"]
    if storage.endswith(".memory"):
        yield found(
            "PREFECT_LEASES_IN_MEMORY",
            f"the server keeps the leases of its concurrency limits in {storage}",
            "after a restart slots stay taken for ever, and runs wait for them",
            "set PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE="
            "prefect.server.concurrency.lease_storage.filesystem",
        )


def automations(place: Installation) -> Iterator[Found]:
    """Find the automation that Prefect's documentation shows for zombie runs."""
    for one in place.ask("POST", "/automations/filter", {"limit": 200}):
        words = str(one["trigger"])
        ends = any(action["type"] == "change-flow-run-state" for action in one["actions"])
        if one["enabled"] and ends and "Proactive" in words and "heartbeat" in words:
            yield found(
                "PREFECT_ZOMBIE_AUTOMATION",
                f"the automation {one['name']!r} ends runs whose heartbeat is missing",
                "it also ends runs that wait for an approval, which have none",
                "switch it off under Automations; the janitor does this without that fault",
            )
