"""The work of `fleet`: plan, start, pause, resume, cancel, approve, and the board."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bedplate.adapters.journal.campaigns import SqlCampaigns, open_campaigns
from bedplate.campaigns import FleetSites, plan_campaign, require_campaign
from bedplate.errors import TemporaryError
from bedplate.fleet.approving import decide_gate
from bedplate.fleet.board import board
from bedplate.fleet.book import CampaignRow
from bedplate.fleet.conductor import state_of
from bedplate.fleet.decide import decide
from bedplate.fleet.loading import load_campaign_file
from bedplate.fleet.states import ENDED, ClusterState, Standing, Wanted
from bedplate.sites import SiteConfig, SiteKind
from deployments.cli.fleet_reports import (
    CampaignLine,
    CampaignsReport,
    FleetGateReport,
    FleetReport,
    FleetRowReport,
    FleetStageReport,
)
from deployments.cli.operate import open_to_work, person
from deployments.cli.screen import Screen
from deployments.home import find_home


@dataclass(frozen=True, slots=True)
class Desk:
    """Where campaigns are kept: the journal of a site."""

    screen: Screen
    site: str

    def book(self) -> SqlCampaigns:
        """Open the book; its tables are made if need be."""
        home = find_home()
        config = home.site(self.site)
        home.open_journal(config.journal)
        return open_campaigns(config.journal)


def plan(desk: Desk, file: Path, *, keep: bool) -> None:
    """Freeze a campaign, keep the plan unless told not to, and show it."""
    loaded = load_campaign_file(file)
    home = find_home()
    config = home.site(desk.site)
    book = desk.book()
    row = plan_campaign(
        loaded,
        home.open_journal(config.journal),
        book,
        requested_by=person(),
        now=time.time(),
        site=desk.site,
        sites=FleetSites(
            {name: _pace(one) for name, one in home.sites().items()},
            lambda name: open_to_work(desk.screen, home.site(name)),
        ),
    )
    if keep:
        book.add(row)
    _show(desk.screen, row, Standing(row.wanted, row.requested_by))
    if keep:
        desk.screen.warn(f"Then: {row.command('start')}")


def _pace(config: SiteConfig) -> float:
    return config.pace if config.kind is SiteKind.SIMULATED else 1.0


def start(desk: Desk, name: str) -> None:
    """Start a planned campaign: its flow begins."""
    _wish(desk, name, Wanted.RUN)


def pause(desk: Desk, name: str) -> None:
    """Stop everything of a campaign at its next safe point."""
    _wish(desk, name, Wanted.PAUSE)


def cancel(desk: Desk, name: str) -> None:
    """End a campaign; what runs stops at its next safe point."""
    _wish(desk, name, Wanted.CANCEL)


def _wish(desk: Desk, name: str, wanted: Wanted) -> None:
    book = desk.book()
    row = require_campaign(book, name)
    why = "" if wanted is Wanted.RUN else f"{wanted} asked for by {person()}"
    book.want(row.id, wanted, why)
    _go_on(desk, row)
    status(desk, row.id)


def resume(desk: Desk, name: str, *, accept_failed: bool) -> None:
    """Let a campaign go on: what failed is tried again, or accepted."""
    book = desk.book()
    row = require_campaign(book, name)
    book.resume(row.id, f"resumed by {person()}", accept_failed=accept_failed)
    _go_on(desk, row)
    status(desk, row.id)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's decision about a gate."""

    gate: str
    plan_hash: str
    who: str | None
    approved: bool


def approve(desk: Desk, name: str, verdict: Verdict) -> None:
    """Record a decision about a gate, and let the campaign look at it."""
    book = desk.book()
    row = require_campaign(book, name)
    decide_gate(
        book,
        row,
        verdict.gate,
        who=verdict.who or person(),
        approved=verdict.approved,
        plan_hash=verdict.plan_hash,
        now=time.time(),
        source=f"cli:{uuid.uuid4().hex}",
    )
    _go_on(desk, row)
    status(desk, row.id)


def _go_on(desk: Desk, row: CampaignRow) -> None:
    """Have the campaign's flow look; where Prefect is away, what was recorded is kept."""
    from deployments.fleet_door import nudge

    try:
        nudge(row, desk.site, person())
    except TemporaryError as error:
        desk.screen.warn(f"Recorded. {error.seen}: the campaign goes on once its flow can run")


def status(desk: Desk, name: str | None) -> None:
    """Show one campaign with its board, or every campaign in a line."""
    book = desk.book()
    if name is not None:
        row = require_campaign(book, name)
        _show(desk.screen, row, book.standing(row))
        return
    lines = tuple(_line(row, book.standing(row)) for row in book.campaigns(active=False))
    report = CampaignsReport(campaigns=lines)
    if desk.screen.wants_json:
        desk.screen.document(report.text())
    elif not lines:
        desk.screen.say("There are no campaigns yet")
    else:
        from deployments.cli.fleet_views import campaigns_view

        desk.screen.show(campaigns_view(report))


def _line(row: CampaignRow, standing: Standing) -> CampaignLine:
    states = Counter(one.state for one in standing.clusters.values())
    return CampaignLine(
        name=row.name,
        id=row.id,
        state=row.state.value,
        target=row.plan.campaign.spec.target.kubernetes_version,
        clusters=len(row.plan.clusters),
        upgraded=states[ClusterState.UPGRADED],
        failed=states[ClusterState.FAILED] + states[ClusterState.ACCEPTED],
        why=standing.why,
    )


def _show(screen: Screen, row: CampaignRow, standing: Standing) -> None:
    report = _report(row, standing)
    if screen.wants_json:
        screen.document(report.text())
        return
    from deployments.cli.fleet_views import fleet_view

    screen.show(fleet_view(report))


def _report(row: CampaignRow, standing: Standing) -> FleetReport:
    plan, now = row.plan, time.time()
    decision = decide(plan, standing, now)
    state = row.state if row.state in ENDED else state_of(standing)
    return FleetReport(
        name=row.name,
        id=row.id,
        state=state.value,
        wanted=standing.wanted.value,
        why=standing.why,
        target=plan.campaign.spec.target.kubernetes_version,
        plan=plan.hash,
        requested_by=row.requested_by,
        planned_at=row.planned_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        flow_run=row.parent,
        stages=tuple(FleetStageReport(name=one.name, batches=one.batches) for one in plan.stages),
        gates=tuple(_gates(row, standing)),
        clusters=tuple(
            FleetRowReport(**asdict(one)) for one in board(plan, standing, decision, now)
        ),
    )


def _gates(row: CampaignRow, standing: Standing) -> Iterator[FleetGateReport]:
    for name in row.plan.all_gates():
        record = standing.gates.get(name)
        decided = [one for one in standing.approvals if one.gate == name and one.approved]
        yield FleetGateReport(
            gate=name,
            state=record.state.value if record is not None else "not reached",
            why=record.why if record is not None else "",
            approved_by=tuple(dict.fromkeys(one.who for one in decided)),
        )
