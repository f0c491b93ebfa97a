"""Approvals as they are kept: of one plan, by one person, for a while."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from deployments.gateway.problems import Conflict
from deployments.gateway.states import State
from deployments.gateway.store.records import Approval, Kept
from deployments.gateway.store.schema import approvals


def plan_of(kept: Kept, seen: str) -> str:
    """Return the plan's hash where it is the one that was seen, or begins so; raises Conflict."""
    if kept.state is not State.WAITING_FOR_APPROVAL and kept.state is not State.CHECKING:
        raise Conflict(
            "NOT_WAITING",
            f"intent {kept.id} is {kept.state.value}; it waits for no approval",
            why="an approval counts only before the work begins",
            remedy="nothing is left to do",
        )
    if kept.plan_hash is None:
        raise Conflict(
            "PLAN_UNKNOWN",
            f"what intent {kept.id} would do is not known yet",
            why="an approval holds for the plan that was looked at, and for no other",
            remedy="look at the intent again until it shows plan_hash, and approve that",
        )
    if not kept.plan_hash.startswith(seen):
        raise Conflict(
            "PLAN_DIFFERS",
            f"intent {kept.id} has the plan {kept.plan_hash}, not {seen}",
            why="an approval holds for the plan that was looked at, and for no other",
            remedy="look at the specification as it is now, and approve that plan",
        )
    return kept.plan_hash


def keep(connection: Connection, intent_id: str, given: Approval) -> None:
    """Keep an approval in place of the person's earlier one."""
    mine = approvals.c.intent_id == intent_id, approvals.c.approver == given.approver
    values = {"at": given.at, "plan_hash": given.plan, "expires_at": given.expires_at}
    if connection.execute(sa.update(approvals).where(*mine).values(values)).rowcount == 0:
        row = {"intent_id": intent_id, "approver": given.approver} | values
        connection.execute(sa.insert(approvals).values(row))


def standing(
    connection: Connection, intent_id: str, plan: str | None, now: float
) -> frozenset[str]:
    """Return who has approved this plan for longer than now; nobody where there is none yet."""
    wanted = sa.select(approvals.c.approver).where(
        approvals.c.intent_id == intent_id,
        approvals.c.plan_hash == (plan or ""),
        approvals.c.expires_at > now,
    )
    return frozenset(connection.execute(wanted).scalars())
