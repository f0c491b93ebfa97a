"""The work of the verbs that only read."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from deployments.cli import reports
from deployments.cli.screen import Screen
from deployments.home import find_home
from deployments.versions import bedplate_version

if TYPE_CHECKING:
    from rich.console import RenderableType

    from bedplate.engine.journal import Run
    from bedplate.sites import SiteConfig

Document = TypeVar("Document", bound=reports.Report)


def _tell(screen: Screen, report: Document, view: Callable[[Document], RenderableType]) -> None:
    if screen.wants_json:
        screen.document(report.text())
    else:
        screen.show(view(report))


def show_runs(screen: Screen, cluster: str | None, limit: int) -> None:
    """Show the newest runs of every journal."""
    from deployments.cli.building import run_line
    from deployments.cli.finding import journals
    from deployments.cli.views import runs_view

    lines = [
        run_line(journal, run)
        for journal in journals(find_home())
        for run in journal.runs(cluster=cluster, limit=limit)
    ]
    newest = sorted(lines, key=lambda line: line.started_at, reverse=True)[:limit]
    if not newest and not screen.wants_json:
        screen.say(f"There is no run of {cluster}" if cluster else "There are no runs yet")
        return
    _tell(screen, reports.RunsReport(runs=tuple(newest)), runs_view)


def show_run(screen: Screen, named: str) -> None:
    """Show everything about one run."""
    from bedplate.operations import operation_named
    from deployments.cli.building import run_report
    from deployments.cli.finding import any_run
    from deployments.cli.views import run_view

    home = find_home()
    found = any_run(home, named)
    config = home.sites().get(found.run.site)
    kubeconfig = _kubeconfig(config, found.run)
    report = run_report(found.journal, found.run, operation_named(found.run.operation), kubeconfig)
    _tell(screen, report.model_copy(update={"site_known": config is not None}), run_view)


def _kubeconfig(config: SiteConfig | None, run: Run) -> str | None:
    """Return where it is; None where the site is gone."""
    from bedplate.sites import open_site
    from bedplate.spec import read_text
    from deployments.cli.operate import kubeconfig_path

    if config is None:
        return None
    return kubeconfig_path(open_site(config), read_text(run.spec_text, f"run {run.id}"))


def show_steps(screen: Screen, name: str, *, as_mermaid: bool) -> None:
    """Show an operation's table."""
    from bedplate.engine.drawing import mermaid
    from bedplate.operations import operation_named
    from deployments.cli.building import table_report
    from deployments.cli.views import table_view

    operation = operation_named(name)
    if as_mermaid:
        screen.document(mermaid(operation).rstrip("\n"))
        return
    _tell(screen, table_report(operation), table_view)


def show_sites(screen: Screen) -> None:
    """Show every known site."""
    from deployments.cli.building import sites_report
    from deployments.cli.views import sites_view

    _tell(screen, sites_report(find_home()), sites_view)


def show_faults(screen: Screen, site: str, *, clear: bool) -> None:
    """Show the faults of a simulated site; take them back where asked."""
    from bedplate.sites import clear_faults, pending_faults
    from deployments.cli.building import faults_report
    from deployments.cli.views import faults_view

    config = find_home().site(site)
    cleared = clear_faults(config) if clear else ()
    report = faults_report(site, pending_faults(config), cleared)
    if not report.faults and not report.cleared and not screen.wants_json:
        screen.say(f"No fault is to happen at site {site}")
        return
    _tell(screen, report, faults_view)


def show_version(screen: Screen) -> None:
    """Show the versions."""
    report = reports.VersionReport(bedplate=bedplate_version(), python=platform.python_version())
    if screen.wants_json:
        screen.document(report.text())
    else:
        screen.say(f"Bedplate {report.bedplate} on Python {report.python}")
