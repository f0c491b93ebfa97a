"""A person's decision about a gate: who may make it, what is recorded; every door calls this."""

from __future__ import annotations

from bedplate.errors import BadInput, Owner, Refused
from bedplate.fleet.book import CampaignBook, CampaignRow
from bedplate.fleet.campaign import duration
from bedplate.fleet.gates import may_approve, same
from bedplate.fleet.states import Approval


def decide_gate(
    book: CampaignBook,
    row: CampaignRow,
    gate: str,
    *,
    who: str,
    approved: bool,
    plan_hash: str,
    now: float,
    source: str,
) -> bool:
    """Record a decision about a gate of exactly one plan; returns whether it is new.

    `plan_hash` is the hash that the person saw, or a beginning of it of at least eight characters.
    `source` tells one asking from another: the same source counts once.

    Raises BadInput GATE_UNKNOWN, Refused PLAN_DIFFERS or APPROVER_REFUSED.
    """
    found = row.plan.all_gates().get(gate)
    if found is None or found.approval is None:
        asked = [name for name, one in row.plan.all_gates().items() if one.approval is not None]
        raise BadInput(
            "GATE_UNKNOWN",
            f"campaign {row.name} asks nobody at a gate {gate!r}",
            why=f"it asks at {', '.join(asked) or 'no gate'}",
            remedy="name one of these",
            owner=Owner.PLATFORM,
        )
    _require_same_plan(row, plan_hash)
    standing = book.standing(row)
    if approved and not may_approve(found.approval, same(who), standing):
        raise Refused(
            "APPROVER_REFUSED",
            f"{who!r} may not approve {gate} of campaign {row.name}",
            why="the campaign names its approvers, or asks for another person than the one who"
            " requested it",
            remedy="ask somebody else to approve",
            owner=Owner.PLATFORM,
        )
    expires = now + duration(found.approval.valid)
    decision = Approval(gate, row.plan.hash, who.strip(), approved, now, expires, source)
    return book.approve(row.id, decision)


def _require_same_plan(row: CampaignRow, plan_hash: str) -> None:
    if len(plan_hash) >= 8 and row.plan.hash.startswith(plan_hash.lower()):
        return
    raise Refused(
        "PLAN_DIFFERS",
        f"campaign {row.name} has the plan {row.plan.hash[:12]}, not {plan_hash!r}",
        why="an approval holds for the plan that was looked at, and for no other",
        remedy=f"{row.command('status')}, and approve that plan",
        owner=Owner.PLATFORM,
    )
