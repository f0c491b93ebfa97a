"""The fleet board: a row for each cluster of a campaign."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bedplate.fleet.decide import Decision
from bedplate.fleet.plan import FleetPlan, PlannedCluster
from bedplate.fleet.states import IN_FLIGHT, TO_DO, ClusterState, Standing


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One cluster. `eta` and `next_window` are Unix seconds, None where there is none."""

    cluster: str
    version: str
    stage: str
    state: str
    eta: float | None
    next_window: float | None
    blocked_by: str
    run: str | None


def board(
    plan: FleetPlan, standing: Standing, decision: Decision, now: float
) -> Iterator[BoardRow]:
    """Yield the rows in the order in which clusters come; those left alone come last."""
    target = plan.campaign.spec.target.kubernetes_version
    for name, stage in plan.stage_of.items():
        cluster, record = plan.by_name[name], standing.record(name)
        done = record.state is ClusterState.UPGRADED
        yield BoardRow(
            cluster=name,
            version=target if done else cluster.version,
            stage=stage,
            state=record.state.value,
            eta=_eta(cluster, standing),
            next_window=_next_window(plan, cluster, standing, now),
            blocked_by=_blocked(standing, decision, name),
            run=record.run,
        )
    for skipped in plan.skipped:
        yield BoardRow(skipped.name, "", "", "skipped", None, None, skipped.why, None)


def _eta(cluster: PlannedCluster, standing: Standing) -> float | None:
    record = standing.record(cluster.name)
    return record.since + cluster.seconds if record.state in IN_FLIGHT else None


def _next_window(
    plan: FleetPlan, cluster: PlannedCluster, standing: Standing, now: float
) -> float | None:
    if standing.state(cluster.name) not in TO_DO:
        return None
    opening = plan.calendar.opening(cluster.zone, now)
    return None if opening is None else max(opening.start, now)


def _blocked(standing: Standing, decision: Decision, name: str) -> str:
    state = standing.state(name)
    if state not in TO_DO:
        return standing.record(name).why
    if standing.wanted.value != "run":
        return f"the campaign: {standing.wanted}" + (f", {standing.why}" if standing.why else "")
    return decision.blocked.get(name, "clusters before it")
