"""Campaigns as people read them."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table

from deployments.cli import words
from deployments.cli.fleet_reports import CampaignsReport, FleetReport


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def campaigns_view(report: CampaignsReport) -> RenderableType:
    """Return the table of campaigns."""
    table = _table("campaign", "target", "state", "clusters", "upgraded", "failed", "why")
    for one in report.campaigns:
        counts = (str(one.clusters), str(one.upgraded), str(one.failed))
        table.add_row(one.name, one.target, one.state, *counts, one.why)
    return table


def fleet_view(report: FleetReport) -> RenderableType:
    """Return a campaign: what it is, its gates, the board."""
    head = [
        f"Campaign {report.name} to Kubernetes {report.target}: {report.state}",
        f"  plan          {report.plan[:12]}",
        f"  requested by  {report.requested_by}",
    ]
    if report.why:
        head.append(f"  why           {report.why}")
    for stage in report.stages:
        sizes = " + ".join(str(len(batch)) for batch in stage.batches) or "none"
        head.append(f"  stage         {stage.name}: {sizes}")
    for gate in report.gates:
        why = f" ({gate.why})" if gate.why else ""
        head.append(f"  gate          {gate.gate}: {gate.state}{why}")
    return Group(*head, "", _board(report))


def _board(report: FleetReport) -> Table:
    columns = ("cluster", "version", "stage", "state", "ETA", "next window", "blocked by")
    table = _table(*columns)
    for row in report.clusters:
        times = [words.moment(at) if at is not None else "" for at in (row.eta, row.next_window)]
        table.add_row(row.cluster, row.version, row.stage, row.state, *times, row.blocked_by)
    return table
