"""The work of `plan`: look, and tell what would be done."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from bedplate.chain import legs_of
from bedplate.needs import needs_of
from bedplate.phases.upgrade.replacing import Group
from bedplate.preview import Preview
from bedplate.providers import provider_of
from bedplate.request import Request
from bedplate.sites import open_site
from bedplate.spec import read_file
from blocks.secret_environment import secrets_for
from deployments.cli.building import plan_report
from deployments.cli.creating import Wish
from deployments.cli.deleting import deletion
from deployments.cli.operate import make_request
from deployments.cli.reports import GroupChangeReport, LegReport
from deployments.cli.screen import Screen
from deployments.cli.targets import Target
from deployments.home import Home, find_home
from deployments.log_settings import LogFormat, LogLevel
from deployments.logging import Binding, set_up

CHANGING = ("upgrade", "scale")


def plan(screen: Screen, wish: Wish) -> None:
    """Show what an operation would do now; takes no lease and changes nothing."""
    request = make_request(wish.verb, read_file(wish.file), str(wish.file), wish.steps)
    _show(screen, find_home(), request, wish.site)


def plan_deletion(screen: Screen, target: Target) -> None:
    """Show what a delete would do now; raises Refused where it would not be done."""
    home = find_home()
    request, site = deletion(home, target)
    _show(screen, home, request, site)


def _groups(preview: Preview, request: Request) -> tuple[GroupChangeReport, ...] | None:
    if request.operation.verb not in CHANGING:
        return None
    return tuple(_group(group, replaced=group.is_replaced) for group in preview.groups())


def _legs(preview: Preview, legs: Sequence[Request]) -> tuple[LegReport, ...]:
    """Return what the legs after the first do to the machines that the one before leaves."""
    return tuple(
        LegReport(
            kubernetes=after.spec.kubernetes_version,
            groups=tuple(
                _group(group, replaced=bool(group.why))
                for group in preview.later_groups(before, after)
            ),
        )
        for before, after in itertools.pairwise(legs)
    )


def _group(group: Group, *, replaced: bool) -> GroupChangeReport:
    return GroupChangeReport(
        name=group.name,
        replaced=replaced,
        machines=group.machines,
        why=group.why,
        before=group.before,
        after=group.after,
    )


def _show(screen: Screen, home: Home, request: Request, site_name: str) -> None:
    provider_of(request.spec)  # before anything is asked of machines that nobody here can make
    set_up(Binding(), level=LogLevel.WARNING, on_stderr=LogFormat.CONSOLE)
    config = home.site(site_name)
    site = open_site(config, secrets_for(config), screen.warn)
    with home.reading(config.journal) as journal:
        legs = legs_of(request, site, journal)
        request = legs[0]
        preview = Preview(request, site, journal)
        found = preview.plan()
        expected = preview.estimate(found)
    run = preview.run.id if preview.run is not None else None
    described = (request.spec.name, config.name, run)
    machines = tuple(machine.name for machine in preview.machines())
    report = plan_report(found, described, needs_of(request.spec), expected)
    changes: dict[str, object] = {
        "groups": _groups(preview, request),
        "then": _legs(preview, legs),
    }
    if request.operation.verb == "upgrade":
        changes["kubernetes"] = request.spec.kubernetes_version
    report = report.model_copy(update={"machines": machines, **changes})
    if screen.wants_json:
        screen.document(report.text())
        return
    from deployments.cli.views import plan_view

    screen.show(plan_view(report))
