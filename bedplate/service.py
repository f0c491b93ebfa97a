"""A session: one runner at work on one run, under the cluster's lease.

Every door (command line, Prefect, gateway) opens a session, asks it for the plan, has its steps
attempted in whatever way the door runs work, and closes it.
"""

from __future__ import annotations

import contextlib
import functools
import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from bedplate.adapters.redaction import KNOWN
from bedplate.adapters.runner import session_runner
from bedplate.engine.change import (
    SETTLED,
    fingerprint,
    recorded_spec,
    reopened_steps,
    require_free,
    require_not_aborting,
    require_not_finished,
    require_safe_change,
    require_same_site,
    require_this_bundle,
    require_unchanged_since_finished,
    taken_over,
)
from bedplate.engine.driver import WORKERS, drive
from bedplate.engine.effects import Ledger, guarded
from bedplate.engine.heartbeat import Heartbeat
from bedplate.engine.history import REST, life_of, rest_of
from bedplate.engine.journal import (
    UNFINISHED,
    Journal,
    Lease,
    LineKind,
    Run,
    RunState,
    StepRecord,
    StepState,
    Writer,
)
from bedplate.engine.neighbours import require_no_conflict
from bedplate.engine.operation import Step
from bedplate.engine.plan import Action, Plan, narrow, walk_back
from bedplate.engine.settle import STOPPED, Attempt, Outcome, may_try_again, stopped
from bedplate.engine.sight import FactMissing, Sight
from bedplate.engine.watch import Watch
from bedplate.errors import BadInput, BedplateError, LeaseLost, Refused, TemporaryError
from bedplate.fact import Fact, Given, Key
from bedplate.operations import OPERATIONS
from bedplate.ports.tools import Tools
from bedplate.request import Request
from bedplate.sites import Site

Result = TypeVar("Result")


class Session:
    """One runner at work on one run. Open it with `with`; it gives the lease back at the end."""

    def __init__(self, request: Request, site: Site, journal: Journal, watch: Watch) -> None:
        self.request = request
        self.operation = request.operation
        self.spec = request.spec
        self.journal = journal
        self.watch = watch
        self._site = site
        self._runner = session_runner()
        self._sight = Sight(self.operation, self._records, self._check)
        self._stop = threading.Event()
        self.reopened: frozenset[str] = frozenset()
        self.changed = False

    def __enter__(self) -> Session:
        self._ports = self._site.open(self.spec)
        self.bundle = self._site.bundle(self.spec)
        require_this_bundle(self.request.bundle, self.bundle)
        self.run, self._lease = self._take_run()
        with contextlib.ExitStack() as on_error:
            on_error.callback(self.journal.release, self._lease)
            require_same_site(self.run, self._site.name)
            if self.request.takes_back:
                self.spec = recorded_spec(self.run)
            else:
                self._accept_change()
                self._keep_rest()
            on_error.pop_all()
        self._heartbeat = Heartbeat(self.journal, self._lease)
        self._heartbeat.start()
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if not isinstance(error, LeaseLost):
            self._release()
        self._heartbeat.stop()
        self.journal.release(self._lease)

    # -- the run and its lease ---------------------------------------------------------------

    def _take_run(self) -> tuple[Run, Lease]:
        """Take the lease first, then look for the open run again: two runners make one run."""
        cluster, operation = self.spec.name, self.operation.name
        while True:
            found = self.journal.open_run(cluster, operation)
            run = found or self._new_run()
            lease = self.journal.acquire(cluster, run.id, operation, self._runner)
            with contextlib.ExitStack() as otherwise:
                otherwise.callback(self.journal.release, lease)
                newest = self.journal.open_run(cluster, operation)
                require_free(self.operation, OPERATIONS, self.journal, cluster)
                if newest is None and found is None:
                    self.journal.start_run(run)
                    newest = run
                # Else another runner began, ended or changed a run before the lease was ours.
                if newest is not None and newest.id == run.id:
                    otherwise.pop_all()
                    return newest, lease

    def _new_run(self) -> Run:
        return Run(
            id=uuid.uuid4().hex[:12],
            operation=self.operation.name,
            cluster=self.spec.name,
            site=self._site.name,
            spec_text=self.request.spec_text,
            fingerprint=self.spec.fingerprint(),
            bundle=self.bundle.digest,
            state=RunState.OPEN,
            started_at=time.time(),
            ended_at=None,
            requested_by=self.request.requested_by,
        )

    def _accept_change(self) -> None:
        require_not_aborting(self.run)
        records = self._records()
        now = (self.spec.fingerprint(), self.bundle.digest)
        self.changed = (self.run.fingerprint, self.run.bundle) != now
        if self.changed:
            old = recorded_spec(self.run)
            require_safe_change(self.operation, old, self.spec, self.bundle, records)
            self.journal.respecify(self._writer, self.request.spec_text, *now)
        self.reopened = reopened_steps(self.operation, self.spec, self.bundle, records)
        if self.run.state is not RunState.OPEN:
            self.journal.end_run(self._writer, RunState.OPEN)

    def _keep_rest(self) -> None:
        if rest_of(self.journal, self.run.id) != self.request.rest:
            first = self.operation.steps[0].name
            self.journal.write(self._writer, first, LineKind.NOTE, REST, self.request.rest)

    @property
    def _writer(self) -> Writer:
        return Writer(self.spec.name, self.run.id, self._lease.token)

    def stop(self) -> None:
        """Ask every attempt to end at its next look; the run stays open and can be resumed."""
        self._stop.set()

    def _require_ours(self) -> None:
        self._heartbeat.require_ours()
        if self._stop.is_set():
            raise stopped(self.run)

    # -- looking and planning ----------------------------------------------------------------

    def plan(self) -> Plan:
        """Look at the world from the last step backwards and decide what is to be done."""
        require_no_conflict(self.operation, self.spec, self.journal)
        self._prepare()
        whole = walk_back(self.operation, self._sight.look, self.reopened)
        records, runs = self._records(), tuple(life_of(self.journal, self.spec.name))
        require_unchanged_since_finished(whole, self.spec, self.bundle, runs, records)
        plan = narrow(whole, self.request.first, self.request.last)
        for other in taken_over(self.operation, self.journal, self.spec.name):
            self.journal.supersede(self._writer, other.id)
        self.watch.planned(plan)
        for name in plan.names(Action.KEEP):
            self._record_kept(plan[name].step, records.get(name))
        return plan

    def _prepare(self) -> None:
        """Do what comes before every look, in the name of the first step."""
        if self.operation.prepare is None:
            return
        tools, ledger = self._tools(self.operation.steps[0])
        ledger.open = True
        with contextlib.suppress(TemporaryError):
            self.operation.prepare(tools)

    def _record_kept(self, step: Step, record: StepRecord | None) -> None:
        """Record what was seen to be so: by a new run, or after a crash before it was recorded."""
        fact = self._sight.seen(step.name)
        if fact is not None and (record is None or record.state not in SETTLED):
            self.journal.settle(self._writer, self._record(step, StepState.KEPT, fact), None, None)

    def _records(self) -> Mapping[str, StepRecord]:
        return self.journal.steps(self.run.id)

    def _check(self, step: Step, given: Given) -> Fact | None:
        tools, _ = self._tools(step)

        def check() -> Fact | None:
            self._require_ours()
            return step.phase.check(given, tools)

        return self._patiently(step, check, looks=True)

    def _require(self, key: Key[Fact]) -> Fact:
        try:
            return self._sight.find(key)
        except FactMissing as missing:
            giver = self.operation.giver(key).name
            raise missing.as_error(giver, self.run.id) from missing

    # -- attempting --------------------------------------------------------------------------

    def attempt(self, step: Step) -> Outcome:
        """Make one attempt at a step and journal it; raises what the phase raises."""
        number = self.journal.start_attempt(
            self._writer, step.name, str(self._runner), self._fingerprint(step)
        )
        attempt = self._attempt(step)
        try:
            outcome = attempt.settle()
        except LeaseLost:
            raise
        except BedplateError as error:
            self.journal.end_attempt(
                self._writer,
                step.name,
                number,
                seconds=attempt.seconds,
                waited_on=attempt.waited_on,
                error={name: KNOWN.redact(text) for name, text in error.as_dict().items()},
            )
            raise
        self._sight.remember(step, outcome.fact)
        state = StepState.KEPT if outcome.kept else StepState.COMPLETED
        record = self._record(step, state, outcome.fact)
        self.journal.settle(self._writer, record, number, outcome.seconds)
        if outcome.kept:
            self.watch.kept(step, step.phase.skip(self.spec) or "already so")
        else:
            self.watch.settled(step, outcome.seconds)
        return outcome

    def settle(self, step: Step) -> Outcome:
        """Attempt a step as often as its patience says; raises the last attempt's error."""
        return self._patiently(step, lambda: self.attempt(step))

    def undo(self, step: Step) -> None:
        """Take one step back, as patiently as it was made, and journal it."""
        self.watch.said(step, f"Taking back {step.name}")
        self._patiently(step, lambda: self._attempt(step).undo())
        self.journal.undone(self._writer, step.name)

    def _patiently(self, step: Step, call: Callable[[], Result], *, looks: bool = False) -> Result:
        patience = step.phase.patience
        patience = replace(patience, tries=patience.attempts) if looks else patience
        errors: list[TemporaryError] = []
        while True:
            try:
                return call()
            except TemporaryError as error:
                errors.append(error)
                if not may_try_again(patience, errors):
                    self.watch.failed(step, error)
                    raise
                self.back_off(step, error, len(errors) - 1)
            except BedplateError as error:
                self.watch.failed(step, error)
                raise

    def back_off(self, step: Step, error: TemporaryError, again: int) -> None:
        """Tell that a step is tried again, and wait first: longer each time, in site seconds."""
        seconds = step.phase.patience.backoff * 2**again
        self.watch.retrying(step, error, seconds)
        self._ports.clock.sleep(seconds)

    def end(self, state: RunState) -> None:
        """Record how the run ended."""
        self.journal.end_run(self._writer, state)

    def fail(self, error: BedplateError) -> None:
        """Record what a failure makes of the run.

        One that was stopped stays open; one that is another runner's is left alone; one whose plan
        was refused before anything was begun leaves nothing to resume.
        """
        if isinstance(error, LeaseLost) or error.code == STOPPED:
            return
        refused = isinstance(error, Refused | BadInput)
        nothing_begun = refused and not self.journal.steps(self.run.id)
        self.end(RunState.ABORTED if nothing_begun else RunState.FAILED)

    def _release(self) -> None:
        """Take back what must not outlive a run that ends early: a pause; failures are told."""
        name = self.operation.always
        record = self._records().get(name) if name is not None else None
        if name is None or record is None or record.state is StepState.UNDONE:
            return
        run = self.journal.run(self.run.id)
        if run is None or run.state not in UNFINISHED:
            return
        step = self.operation[name]
        still_ours = self._heartbeat.require_ours
        with contextlib.suppress(BedplateError):
            self._patiently(step, lambda: self._attempt(step, still_ours).undo())
            self.journal.undone(self._writer, name)

    def _attempt(self, step: Step, still_ours: Callable[[], None] | None = None) -> Attempt:
        tools, ledger = self._tools(step)
        return Attempt(
            step,
            Given(self._require),
            tools,
            ledger,
            self.watch,
            still_ours or self._require_ours,
            self.operation.keep,
            look_first=step.name not in self.reopened,
        )

    def _record(self, step: Step, state: StepState, fact: Fact) -> StepRecord:
        key = step.phase.gives
        return StepRecord(
            step=step.name,
            state=state,
            fingerprint=self._fingerprint(step),
            fact_key=key.name,
            fact_version=key.version,
            fact=json.dumps(fact.model_dump(mode="json"), sort_keys=True),
            at=time.time(),
        )

    def _tools(self, step: Step) -> tuple[Tools, Ledger]:
        ledger = Ledger(self.journal, self._writer, step.name)
        say = functools.partial(self.watch.said, step)
        ports, asked = guarded(self._ports, ledger), self.request
        tools = Tools(self.spec, self.bundle, ports, ledger, say, asked.skipped, asked.backup)
        return tools, ledger

    def _fingerprint(self, step: Step) -> str:
        return fingerprint(step, self.spec, self.bundle)


def run_to_end(session: Session, workers: int = WORKERS) -> RunState:
    """Plan and settle every step in threads of this process; returns how the run stands."""
    try:
        progress = drive(session.plan(), session.settle, workers)
    except BedplateError as error:
        session.fail(error)
        raise
    state = RunState.COMPLETED if progress.complete else RunState.OPEN
    if state is RunState.COMPLETED:
        session.end(state)
    return state


def abort(session: Session) -> None:
    """Take back every step that was done, the last first; raises Refused after the pivot.

    And where a step was begun whose work is final.

    From its first step on the run can only be taken back further, also after a crash. What comes
    before a recorded step was done too, though this run may never have looked at it: its journal
    was lost, or it began on a finished cluster.
    """
    operation, records = session.operation, session.journal.steps(session.run.id)
    require_not_finished(operation, tuple(life_of(session.journal, session.spec.name)))
    begun = {n for n in records if n in operation and not operation[n].phase.skip(session.spec)}
    begun = begun.union(*(operation.before(name) for name in begun))
    if operation.one_way is not None and operation.one_way in begun:
        session.undo(operation[operation.one_way])
    for step in operation.steps:
        if step.phase.final and step.name in records and records[step.name].did_work:
            session.undo(step)
    session.end(RunState.ABORTING)
    undone = {name for name, record in records.items() if record.state is StepState.UNDONE}
    for step in reversed(operation.steps):
        if step.name in begun - undone - {operation.one_way} and not step.phase.final:
            session.undo(step)
    session.end(RunState.ABORTED)
