"""What `--output json` writes for fleets; documented with the others in docs/reference/cli.md."""

from __future__ import annotations

from pydantic import Field

from deployments.cli.reports import Report


class FleetStageReport(Report):
    """One stage of a plan."""

    name: str
    batches: tuple[tuple[str, ...], ...]


class FleetRowReport(Report):
    """One cluster on the board."""

    cluster: str
    version: str = Field(description="the Kubernetes version; the target's once upgraded")
    stage: str
    state: str
    eta: float | None = Field(description="when its run is expected to end, in Unix seconds")
    next_window: float | None = Field(description="when it may begin, in Unix seconds")
    blocked_by: str = Field(description="what it waits for, or why it ended so")
    run: str | None = Field(description="the flow run that upgrades it")


class FleetGateReport(Report):
    """One gate of a campaign."""

    gate: str = Field(description="stage/before|after/name, as `fleet approve` takes it")
    state: str = Field(description="not reached, waiting, passed or failed")
    why: str
    approved_by: tuple[str, ...]


class FleetReport(Report):
    """`bedplate fleet plan` and `bedplate fleet status NAME`."""

    name: str
    id: str
    state: str
    wanted: str
    why: str
    target: str
    plan: str = Field(description="the SHA-256 that approvals are bound to")
    requested_by: str
    planned_at: float
    started_at: float | None
    ended_at: float | None
    flow_run: str | None
    stages: tuple[FleetStageReport, ...]
    gates: tuple[FleetGateReport, ...]
    clusters: tuple[FleetRowReport, ...]


class CampaignLine(Report):
    """One campaign of a list."""

    name: str
    id: str
    state: str
    target: str
    clusters: int
    upgraded: int
    failed: int
    why: str


class CampaignsReport(Report):
    """`bedplate fleet status`."""

    campaigns: tuple[CampaignLine, ...] = Field(description="the newest first")


FLEET_DOCUMENTS: dict[str, type[Report]] = {
    "fleet plan, start, pause, resume, cancel, approve, status NAME": FleetReport,
    "fleet status": CampaignsReport,
}
