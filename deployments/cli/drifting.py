"""The work of `drift`: look at each cluster, and tell what differs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from bedplate.adapters.vsphere import close_all
from bedplate.drift import Comparison, Drift
from bedplate.errors import ExitStatus
from bedplate.inspection import drift_of
from deployments.cli.drift_reports import drift_report
from deployments.cli.inspecting import inspections
from deployments.cli.screen import Screen
from deployments.home import find_home
from deployments.log_settings import LogFormat, LogLevel
from deployments.logging import Binding, set_up

WIDTH = 100


def compare_clusters(screen: Screen, names: Sequence[str], site: str | None) -> ExitStatus:
    """Compare clusters and tell; returns the exit status."""
    set_up(Binding(), level=LogLevel.WARNING, on_stderr=LogFormat.CONSOLE)
    try:
        asked = inspections(find_home(), names, site, screen.warn)
        found = tuple(drift_of(inspection) for inspection in asked)
    finally:
        close_all()
    if screen.wants_json:
        screen.document(drift_report(found).text())
    else:
        _tell(screen, found)
    return _status(found)


def _status(found: Sequence[Comparison]) -> ExitStatus:
    if any(one.drifts for one in found):
        return ExitStatus.FOUND
    return ExitStatus.FAILED if any(one.has_failed for one in found) else ExitStatus.OK


def _tell(screen: Screen, found: Sequence[Comparison]) -> None:
    if not found:
        screen.say("There are no clusters to compare")
    for one in found:
        screen.say(_head(one))
        for drift in one.drifts:
            _tell_drift(screen, drift)
        for part in one.unseen:
            _wrapped(screen, f"  ⚠ not compared: {part.part} ({part.code}: {part.seen})")
            _wrapped(screen, f"      do    {part.remedy}")


def _head(one: Comparison) -> str:
    place = f"{one.cluster} at site {one.site}"
    if one.drifts:
        return f"❌ {place}: {len(one.drifts)} differences from {one.basis}"
    if one.unseen:
        return f"⚠ {place}: what could be compared is as {one.basis} says"
    return f"✅ {place}: as {one.basis} says"


def _tell_drift(screen: Screen, drift: Drift) -> None:
    _wrapped(screen, f"  {drift.sort}  {drift.target}")
    for label, text in (("seen", drift.seen), ("why", drift.why), ("do", drift.remedy)):
        _wrapped(screen, f"      {label:<6}{text}")
    _wrapped(screen, f"      {'who':<6}{drift.owner}")


def _wrapped(screen: Screen, text: str) -> None:
    """Wrap for people; a command stays in one piece as far as it can."""
    for line in textwrap.wrap(
        text, WIDTH, subsequent_indent=" " * 12, break_on_hyphens=False, break_long_words=False
    ):
        screen.say(line)
