"""Judges an intent by its ticket, read back from its own system, and by who approved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision, and the ticket that it was made by."""

    decision: Decision
    ticket: Ticket | None


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

    def judge(self, kept: Kept, now: float) -> Judged:
        """Return what is to happen now; raises NotAllowed, or what a ticket system raises."""
        source = self.source(kept)
        ticket = None
        if source.tickets is not None:
            ticket = self._tickets[source.tickets].read(kept.intent.ticket)
        given = self._store.approvers(kept.id)
        decision = decide(
            kept.intent,
            ticket,
            given,
            now,
            reads_tickets=source.tickets is not None,
            people=self._people,
            roles=self._settings.roles_of(source),
        )
        return Judged(decision, ticket)

    def require_plan(self, kept: Kept, ticket: Ticket | None, plan: str) -> None:
        """Raise NotAllowed where the ticket must carry the plan's hash and does not."""
        named = self.source(kept).tickets
        if ticket is not None and named and self._settings.tickets[named].requires_plan_hash:
            require_same_plan(ticket, plan)

    def verdict(self, kept: Kept, now: float) -> Change:
        """Return the change that a judgement means, whatever comes of it."""
        try:
            return change_for(self.judge(kept, now).decision, now)
        except NotAllowed as refusal:
            return refused(refusal)
        except BedplateError as error:
            return postponed(kept, error, now)


def change_for(decision: Decision, now: float) -> Change:
    """Return the change of an intent that a decision means."""
    due = {
        Verdict.START: now,
        Verdict.WAIT_FOR_WINDOW: decision.until,
        Verdict.WAIT_FOR_APPROVAL: now + APPROVAL_SECONDS,
    }[decision.verdict]
    return Change(WAITING[decision.verdict], due, decision.why, wait_until=decision.until)


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
