"""Does what was promised: starts runs, follows them, tells tickets. One thread; several may share.

Everything is read from the store, done, and recorded. A kill between any two lines is made good
when the claim on the intent or the message ends: what is done a second time is done under the same
key, and so happens once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from prefect.client.schemas.objects import StateType

from bedplate.adapters.redaction import KNOWN
from bedplate.errors import BedplateError
from deployments.gateway.intents import plan_hash
from deployments.gateway.judging import Judge, change_for, plan_changed, postponed, refused
from deployments.gateway.rules import Verdict
from deployments.gateway.runs import Look, Order, Runs
from deployments.gateway.specs import FINAL, Specs, require_of
from deployments.gateway.states import NOT_BEGUN, State
from deployments.gateway.store import Change, Kept, Store
from deployments.gateway.telling import Teller, Told

LOOK_SECONDS = 5.0
HOLDER_SECONDS = 15.0
JUDGED_SECONDS = 60.0  # a judgement older than this is made again before the run is asked for
# A failed run is retried in Prefect's UI, often the day after.
FOLLOW_SECONDS, FOLLOW_EVERY = 8 * 86400.0, 60.0
IDLE_SECONDS = 1.0

ENDS: Mapping[StateType, State] = {
    StateType.COMPLETED: State.SUCCEEDED,
    StateType.FAILED: State.FAILED,
    StateType.CRASHED: State.FAILED,
    StateType.CANCELLED: State.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Worker:
    """What the work needs."""

    store: Store
    judge: Judge
    runs: Runs
    specs: Specs
    teller: Teller
    clock: Callable[[], float]

    def work(self, stop: threading.Event, wake: threading.Event) -> None:
        """Work until `stop` is set; begin at once when `wake` is."""
        while not stop.is_set():
            wake.clear()
            if not self.step():
                wake.wait(IDLE_SECONDS)

    def step(self) -> bool:
        """Do the next thing that is due; say whether there was one."""
        kept = self.store.claim(self.clock())
        if kept is not None:
            self._handle(kept)
        return self.teller.step() or kept is not None

    def _handle(self, kept: Kept) -> None:
        now = self.clock()
        try:
            if kept.state in NOT_BEGUN:
                self._begin(kept)
            elif kept.run_id is None:
                self._start(kept)
            else:
                self._follow(kept, kept.run_id)
        except FINAL as refusal:
            self._change(kept, refused(refusal))
        except BedplateError as error:
            self.store.change(kept, postponed(kept, error, now), now)

    def _begin(self, kept: Kept) -> None:
        """Judge once more, since a ticket may have changed since the delivery; then reserve.

        What was approved at the gateway is a plan: it is made anew, and approvals of another one
        count for nothing.
        """
        now = self.clock()
        ticket = self.judge.ticket(kept)
        decision = self.judge.decide(kept, ticket, kept.plan_hash, now)
        if decision.verdict is Verdict.WAIT_FOR_WINDOW:
            self._change(kept, change_for(decision, kept.plan_hash, now))
            return
        text = self._text(kept)
        plan = _plan(kept, text)
        decision = self.judge.decide(kept, ticket, plan, now)
        if decision.verdict is not Verdict.START:
            waiting = change_for(decision, plan, now)
            self._change(kept, replace(waiting, problem=plan_changed(kept, plan)))
            return
        self.judge.require_plan(kept, ticket, plan)
        self._reserve(kept, text, plan, now)

    def _text(self, kept: Kept) -> str:
        text = kept.spec_text or self.specs.text(kept.intent)
        require_of(kept.intent.cluster, text)
        return text

    def _reserve(self, kept: Kept, text: str, plan: str, now: float) -> None:
        """Take the cluster; from here on each attempt to start asks for exactly this text."""
        change = Change(State.RUNNING, now, spec_text=text, plan_hash=plan)
        reserved = self.store.reserve(kept, change, now, ())
        if isinstance(reserved, str):
            why = f"intent {reserved} works on cluster {kept.intent.cluster}"
            problem = {"code": "CLUSTER_BUSY", "seen": why, "why": "", "remedy": "wait for its end"}
            waiting = Change(State.WAITING_FOR_CLUSTER, now + HOLDER_SECONDS, why, problem=problem)
            self._change(kept, waiting)

    def _start(self, kept: Kept) -> None:
        """Ask for the run; the key makes a second asking after a kill return the first one's.

        Prefect may have been away for hours: by then a ticket may allow it no more.
        """
        run_id = None
        if self.clock() - kept.changed_at > JUDGED_SECONDS:
            run_id = self.runs.known(kept.key)
            if run_id is None and not self._is_still_allowed(kept):
                return
        run_id = run_id or self.runs.start(_order(kept))
        change = Change(State.RUNNING, self.clock() + LOOK_SECONDS, run_id=run_id)
        self._change(kept, change)

    def _is_still_allowed(self, kept: Kept) -> bool:
        """Judge what is reserved once more; where it has to wait, cluster and text are let go."""
        now = self.clock()
        ticket = self.judge.ticket(kept)
        decision = self.judge.decide(kept, ticket, kept.plan_hash, now)
        if decision.verdict is not Verdict.START:
            waiting = change_for(decision, kept.plan_hash, now)
            self._change(kept, replace(waiting, spec_text=""))
            return False
        self.judge.require_plan(kept, ticket, kept.plan_hash or "")
        return True

    def _follow(self, kept: Kept, run_id: str) -> None:
        now = self.clock()
        look = self.runs.look(run_id)
        if look is None:
            problem = {
                "code": "RUN_GONE",
                "seen": f"Prefect has no run {run_id} any more",
                "why": "what became of it is not known there",
                "remedy": f"bedplate runs --cluster {kept.intent.cluster}",
            }
            self._change(kept, Change(State.FAILED, None, "the run is gone", problem=problem))
            return
        state = ENDS.get(look.type, State.RUNNING)
        shown = f"{look.name}: {look.steps_ended} steps ended"
        if state is kept.state and shown == kept.run_state:
            self.store.change(kept, self._look_again(kept, state, shown, now), now)
            return
        self._change(kept, replace(self._look_again(kept, state, shown, now), problem=_ended(look)))

    def _look_again(self, kept: Kept, state: State, shown: str, now: float) -> Change:
        due: float | None = now + LOOK_SECONDS
        if state is State.FAILED:
            since = kept.changed_at if state is kept.state else now
            due = now + FOLLOW_EVERY if now - since < FOLLOW_SECONDS else None
        elif state is not State.RUNNING:
            due = None
        return Change(state, due, problem=kept.problem, run_state=shown)

    def _change(self, kept: Kept, change: Change) -> None:
        """Change an intent, and keep in the same transaction what its ticket is to be told."""
        now = self.clock()
        told = Told(kept, change, self.runs.url(change.run_id or kept.run_id or ""))
        self.store.change(kept, change, now, self.teller.messages(told))


def _order(kept: Kept) -> Order:
    """Return what is asked of Prefect: the same at each attempt."""
    intent = kept.intent
    asked_by = f" ({intent.requested_by})" if intent.requested_by else ""
    parameters = {
        "spec": kept.spec_text or "",
        "site": intent.site,
        "requested_by": f"{kept.source} {intent.ticket}{asked_by}",
    }
    if intent.confirm:
        parameters["confirm"] = intent.confirm
    tags = (f"ticket:{intent.ticket}", f"source:{kept.source}", f"intent:{kept.id}")
    return Order(intent.verb, kept.key, parameters, tags)


def _plan(kept: Kept, text: str) -> str:
    intent = kept.intent
    return plan_hash(intent.verb, intent.cluster, intent.site, text)


def _ended(look: Look) -> Mapping[str, str] | None:
    """Return what a person must know of a run that did not end well."""
    if ENDS.get(look.type, State.SUCCEEDED) is State.SUCCEEDED:
        return None
    return {
        "code": f"RUN_{look.type.value}",
        "seen": KNOWN.redact(look.message)[:2000] or look.name,
        "why": "the run did not reach its end",
        "remedy": "Retry the run in Prefect, or bedplate resume: both go on where it broke",
    }
