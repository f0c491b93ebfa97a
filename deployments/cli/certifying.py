"""The work of `certificates`: look at each cluster, tell what ends soon and how to renew it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bedplate.adapters.vsphere import close_all
from bedplate.certificates import Certificates
from bedplate.errors import ExitStatus
from bedplate.inspection import certificates_of
from deployments.cli.certificate_reports import certificates_report
from deployments.cli.inspecting import inspections
from deployments.cli.screen import Screen
from deployments.home import find_home
from deployments.log_settings import LogFormat, LogLevel
from deployments.logging import Binding, set_up

if TYPE_CHECKING:
    from rich.table import Table


def tell_certificates(
    screen: Screen, names: Sequence[str], site: str | None, days: int
) -> ExitStatus:
    """Look at clusters' certificates and tell; returns the exit status."""
    set_up(Binding(), level=LogLevel.WARNING, on_stderr=LogFormat.CONSOLE)
    try:
        asked = inspections(find_home(), names, site, screen.warn)
        found = tuple(certificates_of(inspection) for inspection in asked)
    finally:
        close_all()
    if screen.wants_json:
        screen.document(certificates_report(found, days).text())
    else:
        _tell(screen, found, days)
    if any(one.ending(days) for one in found):
        return ExitStatus.FOUND
    return ExitStatus.FAILED if any(one.unseen for one in found) else ExitStatus.OK


def _tell(screen: Screen, found: Sequence[Certificates], days: int) -> None:
    if not found:
        screen.say("There are no clusters to look at")
    for one in found:
        ending = one.ending(days)
        told = f"{len(ending)} of {len(one.found)} end" if ending else "none ends"
        screen.say(f"{'❌' if ending else '✅'} {one.cluster}: {told} within {days} days")
        screen.show(_table(one))
        for renewal in dict.fromkeys(certificate.renewal for certificate in ending):
            places = [certificate.place for certificate in ending if certificate.renewal == renewal]
            screen.say(f"   {', '.join(places)}:")
            screen.say(f"      {renewal}")
        for part in one.unseen:
            screen.say(f"⚠ not looked at: {part.part} ({part.code}: {part.seen})")


def _table(found: Certificates) -> Table:
    from deployments.cli.views import plain_table
    from deployments.cli.words import moment

    table = plain_table("  days left", "ends", "certificate", "subject", right=("  days left",))
    for one in found.found:
        days = str(one.days_left(found.now))
        table.add_row(days, moment(one.not_after), one.place, one.subject)
    return table
