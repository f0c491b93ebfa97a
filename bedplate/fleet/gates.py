"""Whether a gate is passed: time, people, or a job."""

from __future__ import annotations

from dataclasses import dataclass

from bedplate.fleet.actions import PassGate, StartJob
from bedplate.fleet.campaign import Approval as Asked
from bedplate.fleet.campaign import Gate, duration
from bedplate.fleet.plan import FleetPlan
from bedplate.fleet.states import Approval, GateRecord, GateState, Standing


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a gate shows: passed, or what it waits for, or what broke it."""

    passed: bool = False
    waits: str = ""
    broken: str = ""
    wake: float | None = None
    action: PassGate | StartJob | None = None
    asks: bool = False


def look_at(
    name: str, gate: Gate, record: GateRecord, plan: FleetPlan, standing: Standing, now: float
) -> Look:
    """Look at a gate that was reached."""
    if record.state is GateState.PASSED:
        return Look(passed=True)
    if record.state is GateState.FAILED:
        return Look(waits=name, broken=record.why or f"{name} failed")
    if gate.approval is not None:
        return _approval(name, gate.approval, record, plan, standing, now)
    if gate.job is not None:
        begun = record.run is not None or record.state is not GateState.OPENED
        action = None if begun else StartJob(name, record.attempt + 1)
        return Look(waits=f"the job of {name}", action=action)
    ends = record.since + duration(gate.soak)
    if now >= ends:
        return Look(action=PassGate(name, f"{gate.soak} went by"))
    return Look(waits=f"{name}: {gate.soak}", wake=ends)


def _approval(
    name: str, asked: Asked, record: GateRecord, plan: FleetPlan, standing: Standing, now: float
) -> Look:
    newest = _newest(name, plan.hash, standing)
    for who, decision in newest.items():
        if not decision.approved and decision.at >= record.since:
            return Look(waits=name, broken=f"{name} was rejected by {decision.who or who}")
    agreed = sorted(
        who
        for who, decision in newest.items()
        if decision.approved and decision.expires_at > now and may_approve(asked, who, standing)
    )
    if len(agreed) >= asked.count:
        return Look(action=PassGate(name, f"approved by {', '.join(agreed)}"))
    missing = asked.count - len(agreed)
    return Look(waits=f"approval of {name} ({missing} missing)", asks=True)


def may_approve(asked: Asked, who: str, standing: Standing) -> bool:
    """Tell whether a person's approval counts."""
    named = not asked.approvers or who in {same(one) for one in asked.approvers}
    other = not asked.not_requester or who != same(standing.requested_by)
    return bool(who) and named and other


def same(name: str) -> str:
    """Return a person's name as it is compared: two spellings are no second person."""
    return " ".join(name.split()).casefold()


def _newest(gate: str, plan: str, standing: Standing) -> dict[str, Approval]:
    """Return each person's newest decision about a gate of this very plan."""
    decisions = [one for one in standing.approvals if (one.gate, one.plan) == (gate, plan)]
    return {same(one.who): one for one in sorted(decisions, key=lambda one: one.at)}
