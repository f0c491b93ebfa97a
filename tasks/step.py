"""A step as a Prefect task: the one place that knows both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.states import Completed

from bedplate.engine.operation import Step
from bedplate.engine.plan import Decision
from bedplate.engine.settle import may_try_again
from bedplate.errors import BedplateError, TemporaryError
from bedplate.service import Session
from tasks.failures import HidingSecrets, StepFailed
from tasks.times import spoken

KEPT = "Kept"

StepTask = Task[[], State[None]]


def step_task(session: Session, step: Step) -> StepTask:
    """Return the task that brings one step about: each of its tries is one attempt of the engine.

    Its result is not persisted and nothing is cached: what is settled, the journal and a look at
    the world decide. The wait between attempts is the site's, as everywhere.
    """
    tried: list[TemporaryError] = []
    patience = step.phase.patience

    def attempt() -> State[None]:
        with HidingSecrets():
            if tried:
                session.back_off(step, tried[-1], len(tried) - 1)
            try:
                outcome = session.attempt(step)
            except BedplateError as error:
                if isinstance(error, TemporaryError):
                    tried.append(error)
                again = isinstance(error, TemporaryError) and may_try_again(patience, tried)
                if not again:
                    session.watch.failed(step, error)
                raise StepFailed(step, error, again=again) from None
        if outcome.kept:
            return _kept(step.phase.skip(session.spec) or "already so")
        return Completed(message=f"settled in {spoken(outcome.seconds)}")

    return _as_task(step, attempt, retries=patience.tries - 1)


def kept_task(session: Session, decision: Decision) -> StepTask:
    """Return the task that shows a step which the plan keeps."""
    why = decision.step.phase.skip(session.spec) or decision.why

    def keep() -> State[None]:
        return _kept(why)

    return _as_task(decision.step, keep, retries=0)


def _kept(why: str) -> State[None]:
    return Completed(name=KEPT, message=why)


def _as_task(step: Step, call: Callable[[], State[None]], *, retries: int) -> StepTask:
    return Task(
        call,
        name=step.name,
        description=step.phase.title,
        task_run_name=step.label,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=retries,
        retry_condition_fn=_may_succeed_later,
    )


def _may_succeed_later(_task: object, _run: TaskRun, state: State[Any]) -> bool:
    failed = state.data
    return isinstance(failed, StepFailed) and failed.again
