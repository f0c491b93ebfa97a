"""Tells tickets and callbacks what became of an intent, from the outbox, until they took it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bedplate.errors import BedplateError
from deployments.gateway.judging import pause
from deployments.gateway.outgoing import Caller
from deployments.gateway.settings import Settings
from deployments.gateway.states import State
from deployments.gateway.store import Change, Kept, Message, Store
from deployments.gateway.tickets.ticket import Note, Outcome, TicketSystem

TICKET, CALLBACK = "ticket", "callback"
# A ticket system that does not come back within a week is somebody's decision.
MOST_ATTEMPTS = 2400  # with pauses of five minutes: eight days

OUTCOMES = {
    State.RUNNING: Outcome.RUNNING,
    State.SUCCEEDED: Outcome.DONE,
    State.FAILED: Outcome.FAILED,
    State.CANCELLED: Outcome.FAILED,
    State.REFUSED: Outcome.FAILED,
}
HEADS = {
    State.RUNNING: "is under way",
    State.SUCCEEDED: "is done",
    State.FAILED: "failed; nothing is lost, and it can be resumed",
    State.CANCELLED: "was cancelled",
    State.REFUSED: "was refused; nothing was begun",
    State.WAITING_FOR_WINDOW: "waits for the ticket's window",
    State.WAITING_FOR_APPROVAL: "waits for a second approver",
    State.WAITING_FOR_CLUSTER: "waits for other work on the cluster",
}


@dataclass(frozen=True, slots=True)
class Told:
    """An intent, the change that is told of, and where its run is seen."""

    kept: Kept
    change: Change
    run_url: str


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes messages, and delivers them."""

    settings: Settings
    tickets: Mapping[str, TicketSystem]
    callers: Mapping[str, Caller]
    store: Store
    clock: Callable[[], float]

    def messages(self, told: Told) -> Sequence[Message]:
        """Return what is to be told of a change, one message for each reader."""
        source = self.settings.sources.get(told.kept.source)
        if source is None or told.change.state not in HEADS:
            return ()
        channels = [TICKET] if source.tickets is not None else []
        channels += [CALLBACK] if source.callback is not None else []
        body = _body(told)
        return [
            Message(0, uuid.uuid4().hex, told.kept.id, channel, body, 0) for channel in channels
        ]

    def step(self) -> bool:
        """Deliver the message that is due first; say whether there was one."""
        message = self.store.claim_message(self.clock())
        if message is None:
            return False
        try:
            self._deliver(message)
        except BedplateError as error:
            now = self.clock()
            is_over = message.attempts >= MOST_ATTEMPTS
            due = None if is_over else now + pause(message.attempts)
            self.store.settle_message(message, now, due, f"{error.code}: {error.seen}"[:500])
        else:
            self.store.settle_message(message, self.clock(), None, "delivered")
        return True

    def _deliver(self, message: Message) -> None:
        kept = self.store.intent(message.intent_id)
        source = self.settings.sources.get(kept.source) if kept is not None else None
        if kept is None or source is None:
            return  # its source was taken out of gateway.yaml: nobody is to be told any more
        if message.channel == CALLBACK:
            caller = self.callers.get(kept.source)
            if caller is not None:
                caller.tell(message.id, message.body)
            return
        if source.tickets is not None:
            self.tickets[source.tickets].write(kept.intent.ticket, _note(message))


def _note(message: Message) -> Note:
    body = message.body
    outcome = Outcome(body["outcome"]) if body.get("outcome") else None
    return Note(f"bedplate {message.intent_id} {body['kind']}", body["text"], outcome)


def _body(told: Told) -> dict[str, str]:
    kept, change = told.kept, told.change
    outcome = OUTCOMES.get(change.state)
    is_end = change.state not in (State.RUNNING, State.FAILED) and outcome is not None
    body = {
        # Progress is one note that is edited in place; the result is a note of its own.
        "kind": "result" if is_end or change.state is State.FAILED else "progress",
        "intent": kept.id,
        "ticket": kept.intent.ticket,
        "verb": kept.intent.verb,
        "cluster": kept.intent.cluster,
        "state": change.state.value,
        "outcome": outcome.value if outcome is not None else "",
        "text": _text(told),
    }
    return body


def _text(told: Told) -> str:
    kept, change = told.kept, told.change
    intent = kept.intent
    plan = change.plan_hash or kept.plan_hash
    run = change.run_id or kept.run_id
    problem = change.problem or {}
    lines = [
        f"{intent.verb} {intent.cluster} at site {intent.site} {HEADS[change.state]}.",
        f"Run: {told.run_url}" if run else "",
        f"Progress: {change.run_state}" if change.run_state else "",
        f"Plan: sha256:{plan}" if plan else "",
        f"Seen: {problem['code']}: {problem['seen']}" if problem else "",
        f"What to do: {problem['remedy']}" if problem.get("remedy") else "",
        f"Why: {change.why}" if change.why and not problem else "",
        f"Evidence: bedplate show {intent.cluster}" if change.state is State.SUCCEEDED else "",
    ]
    return "\n".join(line for line in lines if line)
