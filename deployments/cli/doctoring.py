"""The work of `doctor` and `setup`: an installation, looked at and made."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import httpx
from prefect.exceptions import PrefectException

from bedplate.checks import Severity
from bedplate.checks.running import State
from bedplate.errors import BadInput, ExitStatus, Owner
from deployments.cli.building import error_report
from deployments.cli.doctor_reports import (
    DoctorReport,
    ExaminedReport,
    FoundReport,
    SetupReport,
)
from deployments.cli.errors import block
from deployments.cli.screen import Screen
from deployments.doctor.finding import Found
from deployments.doctor.installation import Installation
from deployments.doctor.machine_checks import machine_checks
from deployments.doctor.prefect_checks import prefect_checks
from deployments.doctor.running import Examined, examine
from deployments.doctor.work_checks import work_checks
from deployments.home import find_home
from deployments.installing import Pool, install, pools_of_sites
from deployments.versions import bedplate_version
from flows.pools import DEFAULT_POOL

MARKS = {State.PASSED: "✅", State.WARNED: "⚠", State.FAILED: "❌", State.NOT_LOOKED_AT: "…"}


def doctor(screen: Screen, gateway: str) -> ExitStatus:
    """Make every check of the installation and show how each ended; returns the exit status."""
    place = Installation(find_home(), gateway)
    with contextlib.closing(place):
        ended = examine((*prefect_checks(place), *work_checks(place), *machine_checks(place)))
    failed = [one.check.name for one in ended if one.state is State.FAILED]
    if screen.wants_json:
        checks = tuple(map(_examined, ended))
        healthy = not failed
        screen.document(
            DoctorReport(
                version=bedplate_version(), api=place.api, healthy=healthy, checks=checks
            ).text()
        )
    else:
        _tell(screen, ended, failed)
    return ExitStatus.FAILED if failed else ExitStatus.OK


def _tell(screen: Screen, ended: Sequence[Examined], failed: Sequence[str]) -> None:
    for one in ended:
        ground = f" — not looked at without {one.ground}" if one.ground else ""
        line = f": {one.check.line}" if one.state is State.PASSED else ground
        screen.say(f"{MARKS[one.state]} {one.check.name}{line}")
        for found in one.found:
            head, *rows = block(found.error).splitlines()
            screen.say("\n".join([f"   {head.removeprefix('❌ ')}", *rows]))
    if failed:
        screen.say(f"❌ {len(failed)} of {len(ended)} checks failed: {', '.join(failed)}")
    else:
        screen.say(f"✅ {len(ended)} checks made, none failed")


def _examined(one: Examined) -> ExaminedReport:
    return ExaminedReport(
        name=one.check.name,
        line=one.check.line,
        state=one.state.value,
        needs=one.ground or None,
        found=tuple(map(_found, one.found)),
    )


def _found(one: Found) -> FoundReport:
    severity = Severity.WARN if one.warns else Severity.BLOCK
    return FoundReport(severity=severity.value, error=error_report(one.error))


def setup(screen: Screen, pools: Sequence[str], kind: str) -> None:
    """Bring the Prefect server to what this version needs, and tell what is there."""
    wanted = [_pool(text, kind) for text in pools] or [Pool(DEFAULT_POOL, kind)]
    place = Installation(find_home())
    pools_of_sites(place.home, wanted)  # raises for what was mistyped, before anything is asked
    with contextlib.closing(place):
        place.require_prefect()
    try:
        done = install(place.home, wanted)
    except (httpx.HTTPError, PrefectException) as error:
        raise place.silent(error) from None
    report = SetupReport(
        version=bedplate_version(),
        pools=tuple(done.pools),
        made=tuple(done.made),
        sites=tuple(done.sites),
        deployments=tuple(done.deployments),
    )
    if screen.wants_json:
        screen.document(report.text())
        return
    screen.say(f"✅ work pools: {', '.join(report.pools)}")
    screen.say(f"✅ sites: {', '.join(report.sites)}")
    screen.say(f"✅ {len(report.deployments)} deployments of version {report.version}")
    screen.say(f"Next: prefect worker start --pool {report.pools[0]}; then bedplate doctor")


def _pool(text: str, kind: str) -> Pool:
    name, _, sites = text.partition("=")
    named = tuple(site.strip() for site in sites.split(",") if site.strip())
    if not name.strip():
        raise BadInput(
            "POOL_UNNAMED",
            f"{text!r} names no work pool",
            why="a pool is given as NAME, or as NAME=SITE,SITE",
            remedy="give it as --pool production=dc1,dc2",
            owner=Owner.PLATFORM,
        )
    return Pool(name.strip(), kind, named)
