"""Judges an intent by its ticket, read back from its own system, and by who approved."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.errors import BedplateError, TemporaryError
from deployments.gateway.people import People
from deployments.gateway.problems import NotAllowed
from deployments.gateway.rules import Decision, Verdict, decide, require_same_plan
from deployments.gateway.settings import Settings, SourceBase
from deployments.gateway.states import State
from deployments.gateway.store import Change, Kept, Store, problem_of
from deployments.gateway.tickets.ticket import Ticket, TicketSystem

WAITING = {
    Verdict.START: State.READY,
    Verdict.WAIT_FOR_WINDOW: State.WAITING_FOR_WINDOW,
    Verdict.WAIT_FOR_APPROVAL: State.WAITING_FOR_APPROVAL,
}
APPROVAL_SECONDS = 60.0  # how often a ticket is looked at for the second approver
LONGEST_PAUSE = 300.0
PLAN_CHANGED = "PLAN_CHANGED"


class Judge:
    """Reads tickets and decides. Several may share a store; they differ in their patience."""

    def __init__(
        self, settings: Settings, tickets: Mapping[str, TicketSystem], store: Store
    ) -> None:
        self._settings, self._tickets, self._store = settings, tickets, store
        self._people = People.of(settings.approvers)

    def source(self, kept: Kept) -> SourceBase:
        """Return the source of an intent; raises NotAllowed where it was taken away since."""
        source = self._settings.sources.get(kept.source)
        if source is None:
            raise NotAllowed(
                "SOURCE_GONE",
                f"source {kept.source!r} is not in gateway.yaml any more",
                why="what it may start is not known",
                remedy="send it again from a source that is known",
            )
        return source

    def ticket(self, kept: Kept) -> Ticket | None:
        """Return the ticket as it is now, None without one; raises what its system raises."""
        source = self.source(kept)
        if source.tickets is None:
            return None
        return self._tickets[source.tickets].read(kept.intent.ticket)

    def decide(self, kept: Kept, ticket: Ticket | None, plan: str | None, now: float) -> Decision:
        """Return what is to happen now with a plan, None while it is unknown; raises NotAllowed."""
        source = self.source(kept)
        return decide(
            kept.intent,
            ticket,
            self._store.approvers(kept.id, plan, now),
            now,
            reads_tickets=source.tickets is not None,
            people=self._people,
            roles=self._settings.roles_of(source),
        )

    def require_plan(self, kept: Kept, ticket: Ticket | None, plan: str) -> None:
        """Raise NotAllowed where the ticket must carry the plan's hash and does not."""
        named = self.source(kept).tickets
        if ticket is not None and named and self._settings.tickets[named].requires_plan_hash:
            require_same_plan(ticket, plan)

    def verdict(self, kept: Kept, now: float) -> Change:
        """Return the change that a judgement means, whatever comes of it."""
        try:
            decision = self.decide(kept, self.ticket(kept), kept.plan_hash, now)
            return change_for(decision, kept.plan_hash, now)
        except NotAllowed as refusal:
            return refused(refusal)
        except BedplateError as error:
            return postponed(kept, error, now)


def change_for(decision: Decision, plan: str | None, now: float) -> Change:
    """Return the change of an intent that a decision about a plan means.

    Nobody can approve a plan that is unknown: the worker makes it known at once.
    """
    due = {
        Verdict.START: now,
        Verdict.WAIT_FOR_WINDOW: decision.until,
        Verdict.WAIT_FOR_APPROVAL: now + (APPROVAL_SECONDS if plan is not None else 0.0),
    }[decision.verdict]
    state = WAITING[decision.verdict]
    return Change(state, due, decision.why, wait_until=decision.until, plan_hash=plan)


def plan_changed(kept: Kept, plan: str) -> Mapping[str, str] | None:
    """Return the problem of a waiting intent whose plan became another, until it waits no more."""
    problem = kept.problem or {}
    if kept.plan_hash in (None, plan):
        return problem if problem.get("code") == PLAN_CHANGED else None
    return {
        "code": PLAN_CHANGED,
        "seen": f"the plan was {kept.plan_hash}, and is now {plan}",
        "why": "what would be done is not what was approved: its specification was changed",
        "remedy": "look at the specification as it is now, and approve the new plan",
    }


def refused(error: BedplateError) -> Change:
    """Return the change of an intent that will never start."""
    return Change(State.REFUSED, None, error.seen, problem=problem_of(error))


def postponed(kept: Kept, error: BedplateError, now: float) -> Change:
    """Return the change of an intent that is looked at again later; its state stays.

    Also for what is permanent elsewhere: a ticket system's password is put right without us.
    """
    why = "temporary" if isinstance(error, TemporaryError) else "until it is put right"
    due = now + pause(kept.attempts)
    return Change(
        kept.state,
        due,
        why,
        wait_until=kept.wait_until,
        problem=problem_of(error),
        attempts=kept.attempts + 1,
    )


def pause(attempts: int) -> float:
    """Return how many seconds to wait after this many failures in a row."""
    return float(min(LONGEST_PAUSE, 2.0 * 2 ** min(attempts, 10)))
