"""Carries an operation out as a flow: a task run per step, side by side where the table allows.

Every flow of this package is this function with another table. A failed run is resumed by Prefect's
Retry, by a new run with the same parameters, or by `bedplate resume`: all of them read the journal.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from prefect import get_run_logger
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed

from bedplate.chain import legs_of
from bedplate.engine.estimate import quantile
from bedplate.engine.journal import Journal, RunState
from bedplate.engine.plan import Action, Plan
from bedplate.engine.progress import Progress
from bedplate.engine.watch import LogWatch, Watch, Watches
from bedplate.errors import BedplateError
from bedplate.request import Request
from bedplate.service import Session
from bedplate.sites import SiteConfig, SiteKind
from flows.order import Order, load_site
from flows.rows import name_run, sweep_earlier_attempts
from tasks.failures import HidingSecrets, StepFailed, failure_line
from tasks.logs import attach_logs
from tasks.progress import ProgressBars
from tasks.report import Report, Standing
from tasks.step import kept_task, step_task

Future = PrefectFuture[Any]


def carry_out(order: Order) -> State[None]:
    """Carry an order out and return the flow run's last state; its message says what to do."""
    attach_logs()
    sweep_earlier_attempts()
    try:
        with HidingSecrets():
            return _operate(order)
    except StepFailed as failed:
        return Failed(message=str(failed))
    except BedplateError as error:
        return Failed(message=failure_line(error))


def _operate(order: Order) -> State[None]:
    order.require_in_time(time.time())
    site = load_site(order.site)
    request = order.request(site)
    name_run(request.operation.verb, request.spec.name)
    journal = site.open_journal()
    order.inject(site, request, journal)
    opened = site.open_site()
    ended: State[None] = Completed()
    for leg in legs_of(request, opened, journal):
        watch = _watch(leg, site.config(), journal)
        with Session(leg, opened, journal, watch) as session:
            get_run_logger().info("Run %s of the journal", session.run.id)
            ended = _run(session)
        if journal.open_run(leg.spec.name, leg.operation.name) is not None:
            return ended
    return ended


def _watch(request: Request, config: SiteConfig, journal: Journal) -> Watch:
    # A simulated second takes as long as the site's pace says, a second elsewhere is a second.
    real = {SiteKind.SIMULATED: config.pace}.get(config.kind, 1.0)
    durations = journal.durations(request.operation.name, config.name)
    expected = {name: quantile(values, 0.5) * real for name, values in durations.items()}
    return Watches([LogWatch(), ProgressBars(request.spec.name, expected)])


def _run(session: Session) -> State[None]:
    """Plan, settle every step, report before and after; what ends the run is recorded and raised.

    The report is ended too where nobody planned for it: a cancel, or an error that is a defect.
    """
    try:
        plan = session.plan()
    except BedplateError as error:
        session.fail(error)
        raise
    with Report(session, plan) as report:
        try:
            progress = _Rows(session, plan).settle_all()
        except StepFailed as failed:
            session.fail(failed.error)
            raise
        return _finish(session, plan, progress, report)


def _finish(session: Session, plan: Plan, progress: Progress, report: Report) -> State[None]:
    if not progress.complete:
        report.publish(Standing.PARTLY)
        text = f"Done as far as asked; the run is open: bedplate resume {session.run.id}"
        return Completed(name="Partly", message=text)
    session.end(RunState.COMPLETED)
    report.publish(Standing.COMPLETED)
    cluster = session.spec.name
    if not plan.names(Action.DO, Action.LOOK):
        settled = session.operation.settled.format(cluster=cluster)
        return Completed(message=f"Nothing to do: {settled}")
    return Completed(message=f"🎉 {session.operation.verb} {cluster}: all steps are settled")


class _Rows:
    """The task runs of one attempt."""

    def __init__(self, session: Session, plan: Plan) -> None:
        self._session = session
        self._plan = plan
        self._progress = Progress(plan)
        self._futures: dict[str, Future] = {}
        self._endings: SimpleQueue[str] = SimpleQueue()

    def settle_all(self) -> Progress:
        """Settle every step of the plan; raises the first failure once all that ran has ended."""
        failures: list[BaseException] = []
        with contextlib.ExitStack() as on_interrupt:
            on_interrupt.callback(self._end_all)
            self._show_kept()
            while self._begin_ready() or not self._progress.finished:
                name = self._endings.get()
                error = self._futures[name].result(raise_on_failure=False)
                if isinstance(error, BaseException):
                    self._progress.failed(name)
                    failures.append(error)
                else:
                    self._progress.settled(name)
            on_interrupt.pop_all()
        if failures:
            raise _worst(failures)
        return self._progress

    def _show_kept(self) -> None:
        for name in self._plan.names(Action.KEEP):
            task = kept_task(self._session, self._plan[name])
            self._futures[name] = task.submit(wait_for=self._before(name), return_state=False)

    def _begin_ready(self) -> bool:
        ready = self._progress.ready()
        for step in ready:
            task = step_task(self._session, step)
            future = task.submit(wait_for=self._before(step.name), return_state=False)
            self._futures[step.name] = future
            future.add_done_callback(self._ended(step.name))
        return bool(ready)

    def _ended(self, name: str) -> Callable[[Future], None]:
        return lambda _: self._endings.put(name)

    def _before(self, name: str) -> list[Future]:
        """Return the task runs of the steps before one: Prefect draws the arrows from these."""
        before = sorted(self._plan.operation[name].after)
        return [self._futures[one] for one in before if one in self._futures]

    def _end_all(self) -> None:
        """The flow was cancelled: ask every attempt to end and wait for it, lease still in hand."""
        self._session.stop()
        for future in self._futures.values():
            future.wait()


def _worst(failures: list[BaseException]) -> BaseException:
    """An error nobody expected comes before the failures that phases explain."""
    return next((one for one in failures if not isinstance(one, StepFailed)), failures[0])
