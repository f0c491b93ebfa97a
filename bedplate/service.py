"""A session: one runner at work on one run, under the cluster's lease.

Every door (command line, Prefect, gateway) opens a session, asks it for the plan, has its steps
attempted in whatever way the door runs work, and closes it.
"""

from __future__ import annotations

import functools
import json
import threading
import time
import uuid
from dataclasses import dataclass

from bedplate.adapters.runner import this_runner
from bedplate.engine.change import (
    SETTLED,
    fingerprint,
    reopened_steps,
    require_safe_change,
)
from bedplate.engine.driver import WORKERS, drive
from bedplate.engine.effects import Ledger, guard
from bedplate.engine.journal import (
    Journal,
    Lease,
    Run,
    RunState,
    StepRecord,
    StepState,
    Writer,
)
from bedplate.engine.operation import Operation, Step
from bedplate.engine.plan import Action, Plan, narrow, walk_back
from bedplate.engine.settle import Attempt, Outcome
from bedplate.engine.watch import Watch
from bedplate.errors import (
    BedplateError,
    LeaseLost,
    Owner,
    PermanentError,
    Refused,
    TemporaryError,
)
from bedplate.facts import Fact, Given, Key
from bedplate.ports.bootstrap import BootstrapClusters
from bedplate.ports.git import Git
from bedplate.ports.kube import Kube
from bedplate.ports.tools import Ports, Tools
from bedplate.ports.vault import Files, Vault
from bedplate.ports.vcenter import VCenter
from bedplate.sites import Site
from bedplate.spec import ClusterSpec, load_text

HEARTBEAT_SECONDS = 2.0
STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for: an operation on the cluster that a specification describes.

    `first` and `last` limit the steps. `requested_by` is recorded as told.
    """

    operation: Operation
    spec_text: str
    spec: ClusterSpec
    requested_by: str = ""
    first: str | None = None
    last: str | None = None


class Session:
    """One runner at work on one run. Open it with `with`; it gives the lease back at the end."""

    def __init__(self, request: Request, site: Site, journal: Journal, watch: Watch) -> None:
        self.request = request
        self.operation = request.operation
        self.spec = request.spec
        self.journal = journal
        self.watch = watch
        self._site = site
        self._facts: dict[str, Fact] = {}
        self._facts_lock = threading.Lock()
        self._stop = threading.Event()
        self._closed = threading.Event()
        self._lost: BedplateError | None = None
        self.reopened: frozenset[str] = frozenset()
        self.changed = False

    def __enter__(self) -> Session:
        self._ports = self._site.open(self.spec)
        self.run, self._lease = self._take_run()
        try:
            self._require_same_site()
            self._accept_change()
        except BedplateError:
            self.journal.release(self._lease)
            raise
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._heart.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._heart.join(timeout=HEARTBEAT_SECONDS * 2)
        self.journal.release(self._lease)

    # -- the run and its lease ---------------------------------------------------------------

    def _take_run(self) -> tuple[Run, Lease]:
        """Take the lease first, then look for the open run again: two runners make one run."""
        runner = this_runner()
        cluster, operation = self.spec.name, self.operation.name
        found = self.journal.open_run(cluster, operation)
        run = found or self._new_run()
        lease = self.journal.acquire(cluster, run.id, operation, runner)
        newest = self.journal.open_run(cluster, operation)
        if newest is None:
            self.journal.start_run(run)
        elif newest.id != run.id:
            run = newest
            lease = self.journal.acquire(cluster, run.id, operation, runner)
        return run, lease

    def _new_run(self) -> Run:
        return Run(
            id=uuid.uuid4().hex[:12],
            operation=self.operation.name,
            cluster=self.spec.name,
            site=self._site.name,
            spec_text=self.request.spec_text,
            fingerprint=self.spec.fingerprint(),
            state=RunState.OPEN,
            started_at=time.time(),
            ended_at=None,
            requested_by=self.request.requested_by,
        )

    def _require_same_site(self) -> None:
        if self.run.site != self._site.name:
            raise Refused(
                "SITE_CHANGED",
                f"run {self.run.id} of {self.run.cluster} began at site {self.run.site!r},"
                f" not {self._site.name!r}",
                why="its machines are at the other site",
                remedy=f"bedplate resume {self.run.id}, or abort it first",
                owner=Owner.PLATFORM,
            )

    def _accept_change(self) -> None:
        records = self.journal.steps(self.run.id)
        self.changed = self.run.fingerprint != self.spec.fingerprint()
        if self.changed:
            old = load_text(self.run.spec_text, f"run {self.run.id}")
            require_safe_change(self.operation, old, self.spec, records)
            self.journal.respecify(self._writer, self.request.spec_text, self.spec.fingerprint())
        self.reopened = reopened_steps(self.operation, self.spec, records)
        if self.run.state is not RunState.OPEN:
            self.journal.end_run(self._writer, RunState.OPEN)

    @property
    def _writer(self) -> Writer:
        return Writer(self.spec.name, self.run.id, self._lease.token)

    def _beat(self) -> None:
        while not self._closed.wait(HEARTBEAT_SECONDS):
            try:
                self._lease = self.journal.heartbeat(self._lease)
            except LeaseLost as error:
                self._lost = error
                return
            except BedplateError:
                continue  # a journal that is busy now may answer at the next beat

    def stop(self) -> None:
        """Ask every attempt to end at its next look; the run stays open and can be resumed."""
        self._stop.set()

    def _require_ours(self) -> None:
        if self._lost is not None:
            raise self._lost
        if self._stop.is_set():
            raise PermanentError(
                STOPPED,
                f"{self.operation.name} of {self.spec.name} was asked to stop",
                why="the process was interrupted",
                remedy=f"bedplate resume {self.run.id}",
                owner=Owner.PLATFORM,
            )

    # -- looking and planning ----------------------------------------------------------------

    def plan(self) -> Plan:
        """Look at the world from the last step backwards and decide what is to be done."""
        whole = walk_back(self.operation, self._look, self.reopened)
        plan = narrow(whole, self.request.first, self.request.last)
        self.watch.planned(plan)
        for decision in plan.decisions:
            if decision.action is Action.KEEP:
                self._record_kept(decision.step)
        return plan

    def _record_kept(self, step: Step) -> None:
        """Keep what was looked at and never recorded (a new run on a finished cluster)."""
        fact = self._facts.get(step.name)
        if fact is not None and step.name not in self.journal.steps(self.run.id):
            self.journal.settle(self._writer, self._record(step, StepState.KEPT, fact), None, None)

    def _look(self, step: Step) -> Fact | None:
        tools, _ = self._tools(step)
        patience = step.phase.patience
        for again in range(patience.attempts):
            self._require_ours()
            try:
                fact = step.phase.check(self._given(), tools)
            except KeyError:
                return None  # a fact it needs does not exist: nothing can be settled yet
            except TemporaryError as error:
                if again + 1 == patience.attempts:
                    self.watch.failed(step, error)
                    raise
                self._ports.clock.sleep(patience.backoff * 2**again)
            else:
                return self._remember(step, fact)
        return None

    def _remember(self, step: Step, fact: Fact | None) -> Fact | None:
        if fact is not None:
            with self._facts_lock:
                self._facts[step.name] = fact
        return fact

    def _given(self) -> Given:
        return Given(self._find)

    def _find(self, key: Key[Fact]) -> Fact:
        """A fact seen in this session, else recorded in this run, else from a look at its step."""
        step = self.operation.giver(key)
        fact = self._facts.get(step.name) or self._recorded(step, key) or self._look(step)
        if fact is None:
            raise KeyError(key.name)
        return fact

    def _recorded(self, step: Step, key: Key[Fact]) -> Fact | None:
        record = self.journal.steps(self.run.id).get(step.name)
        if record is None or record.fact is None or record.state not in SETTLED:
            return None
        if (record.fact_key, record.fact_version) != (key.name, key.version):
            return None
        return self._remember(step, key.parse(record.fact))

    # -- attempting --------------------------------------------------------------------------

    def attempt(self, step: Step) -> Outcome:
        """Make one attempt at a step and journal it; raises what the phase raises."""
        number = self.journal.start_attempt(
            self._writer, step.name, str(this_runner()), fingerprint(step, self.spec)
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
                error=error.as_dict(),
            )
            raise
        self._remember(step, outcome.fact)
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
        patience = step.phase.patience
        for again in range(patience.attempts):
            try:
                return self.attempt(step)
            except TemporaryError as error:
                if again + 1 == patience.attempts:
                    self.watch.failed(step, error)
                    raise
                seconds = patience.backoff * 2**again
                self.watch.retrying(step, error, seconds)
                self._ports.clock.sleep(seconds)
            except BedplateError as error:
                self.watch.failed(step, error)
                raise
        raise AssertionError("a phase has at least one attempt")

    def undo(self, step: Step) -> None:
        """Take one step back and journal it."""
        self._attempt(step).undo()
        self.journal.undone(self._writer, step.name)

    def end(self, state: RunState) -> None:
        """Record how the run ended."""
        self.journal.end_run(self._writer, state)

    def _attempt(self, step: Step) -> Attempt:
        tools, ledger = self._tools(step)
        return Attempt(
            step,
            self._given(),
            tools,
            ledger,
            self.watch,
            self._require_ours,
            self.operation.keep,
            look_first=step.name not in self.reopened,
        )

    def _record(self, step: Step, state: StepState, fact: Fact) -> StepRecord:
        key = step.phase.gives
        return StepRecord(
            step=step.name,
            state=state,
            fingerprint=fingerprint(step, self.spec),
            fact_key=key.name,
            fact_version=key.version,
            fact=json.dumps(fact.model_dump(mode="json"), sort_keys=True),
            at=time.time(),
        )

    def _tools(self, step: Step) -> tuple[Tools, Ledger]:
        ledger = Ledger(self.journal, self._writer, step.name)
        say = functools.partial(self.watch.said, step)
        return Tools(self.spec, guarded(self._ports, ledger), ledger, say), ledger


def guarded(ports: Ports, ledger: Ledger) -> Ports:
    """Return the ports with every side effect journalled and fenced."""
    kube = {side: guard(port, Kube, f"kube.{side}", ledger) for side, port in ports.kube.items()}
    return Ports(
        clock=ports.clock,
        kube=kube,
        bootstrap=guard(ports.bootstrap, BootstrapClusters, "kind", ledger),
        vcenter=guard(ports.vcenter, VCenter, "vcenter", ledger),
        network=ports.network,
        git=guard(ports.git, Git, "git", ledger),
        vault=guard(ports.vault, Vault, "vault", ledger),
        files=guard(ports.files, Files, "files", ledger),
        components=ports.components,
    )


def run_to_end(session: Session, workers: int = WORKERS) -> RunState:
    """Plan and settle every step in threads of this process; returns how the run stands."""
    try:
        progress = drive(session.plan(), session.settle, workers)
    except LeaseLost:
        raise
    except BedplateError as error:
        if error.code != STOPPED:
            session.end(RunState.FAILED)
        raise
    state = RunState.COMPLETED if progress.complete else RunState.OPEN
    if state is RunState.COMPLETED:
        session.end(state)
    return state


def abort(session: Session) -> None:
    """Take back every begun step, the last first; raises Refused after the point of no return."""
    operation, begun = session.operation, session.journal.steps(session.run.id)
    if operation.one_way is not None and operation.one_way in begun:
        session.undo(operation[operation.one_way])
    for step in reversed(operation.steps):
        if step.name in begun and begun[step.name].state is not StepState.UNDONE:
            session.undo(step)
    session.end(RunState.ABORTED)
