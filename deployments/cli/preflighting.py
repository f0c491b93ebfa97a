"""The work of `preflight`: every check, nothing changed, one screenful."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bedplate.checks import Check
from bedplate.checks.running import Result, State, lines_of, run_checks, summary
from bedplate.errors import ExitStatus
from bedplate.phases.preflight import Preflight, checks_of
from bedplate.providers import provider_of
from bedplate.sites import SiteConfig, open_scene
from bedplate.spec import ClusterSpec, load_text, read_file
from blocks.secret_environment import secrets_for
from deployments.cli.bundle_finding import choice_of
from deployments.cli.bundle_options import KeyFiles, Where
from deployments.cli.preflight_reports import CheckReport, FindingReport, PreflightReport
from deployments.cli.screen import Screen
from deployments.home import Home, find_home
from deployments.spec_environment import spec_environment

ATTEMPTS = 2
WIDTH = 100

# The checks whose lines people know from EKS Anywhere; the others are only counted when they pass.
KNOWN_LINES = frozenset(
    (
        "vcenter-server",
        "vcenter-login",
        "datacenter",
        "network",
        "datastore",
        "folder",
        "resource-pool",
        "templates",
    )
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a person asked for."""

    where: Where
    keys: KeyFiles
    site: str
    skipped: frozenset[str] = frozenset()


def preflight(screen: Screen, look: Look) -> ExitStatus:
    """Make every check and show how each ended; returns the exit status."""
    file = look.where.spec
    assert file is not None  # noqa: S101 - the option is required
    spec = load_text(read_file(file), str(file), spec_environment())
    checks = checks_of(spec)
    config = _site(find_home(), look)
    _warn_of_unknown(screen, checks, look.skipped)
    with open_scene(config, spec, secrets_for(config), screen.warn) as scene:
        results = run_checks(checks, scene, skipped=look.skipped, attempts=ATTEMPTS)
    if screen.wants_json:
        screen.document(_report(spec, config, results).text())
    else:
        _tell(screen, spec, results)
    return ExitStatus.FAILED if _failed(results) else ExitStatus.OK


def _site(home: Home, look: Look) -> SiteConfig:
    """Return a site, with the bundle that options name instead of its own."""
    config = home.site(look.site)
    choice = choice_of(look.where, look.keys, config.live.bundle)
    return replace(config, live=replace(config.live, bundle=choice))


def _warn_of_unknown(screen: Screen, checks: Sequence[Check], skipped: frozenset[str]) -> None:
    names = dict.fromkeys(check.name for check in checks)
    for name in sorted(skipped - names.keys()):
        screen.warn(f"⚠ no check here is named {name!r}; there are {', '.join(names)}")


def _failed(results: Sequence[Result]) -> list[Result]:
    return [result for result in results if result.blocks]


# -- for people ----------------------------------------------------------------------------------


def _tell(screen: Screen, spec: ClusterSpec, results: Sequence[Result]) -> None:
    screen.say(Preflight.title)
    skipped = dict.fromkeys(r.check.name for r in results if r.state is State.SKIPPED)
    for result in results:
        if result.state is State.SKIPPED:
            continue
        if result.state is not State.PASSED or result.check.name in KNOWN_LINES:
            for line in lines_of(result):
                screen.say(line)
    if skipped:
        _wrapped(screen, f"⏭ skipped: {', '.join(skipped)}")
    _tell_others(screen, results)
    for line in summary(results):
        _wrapped(screen, line)
    failed = _failed(results)
    if failed:
        names = ", ".join(dict.fromkeys(result.check.name for result in failed))
        _wrapped(screen, f"❌ {len(failed)} of {len(results)} checks failed: {names}")
    else:
        screen.say(f"✅ {provider_of(spec).title} Provider setup is valid")
        screen.say("✅ Create preflight validations pass")


def _tell_others(screen: Screen, results: Sequence[Result]) -> None:
    others = [
        result.check.name
        for result in results
        if result.state is State.PASSED
        and result.check.line
        and result.check.name not in KNOWN_LINES
    ]
    if others:
        _wrapped(screen, f"✅ {len(others)} more: {', '.join(dict.fromkeys(others))}")


def _wrapped(screen: Screen, text: str) -> None:
    for line in textwrap.wrap(text, WIDTH, subsequent_indent="   ", break_on_hyphens=False):
        screen.say(line)


# -- for programs --------------------------------------------------------------------------------


def _report(spec: ClusterSpec, config: SiteConfig, results: Sequence[Result]) -> PreflightReport:
    return PreflightReport(
        cluster=spec.name,
        site=config.name,
        ready=not _failed(results),
        checks=tuple(map(_check, results)),
    )


def _check(result: Result) -> CheckReport:
    return CheckReport(
        name=result.check.name,
        line=result.check.line,
        state=result.state.value,
        needs=result.ground or None,
        findings=tuple(
            FindingReport(
                severity=finding.severity.value,
                target=finding.target,
                seen=finding.seen,
                remedy=finding.remedy,
                owner=finding.owner.value,
                rows=finding.rows,
            )
            for finding in result.findings
        ),
    )
