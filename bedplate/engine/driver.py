"""Runs a plan's steps in threads of this process, side by side where the table allows it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from bedplate.engine.operation import Step
from bedplate.engine.plan import Plan
from bedplate.engine.progress import Progress
from bedplate.errors import BedplateError

WORKERS = 8


def drive(plan: Plan, settle: Callable[[Step], object], workers: int = WORKERS) -> Progress:
    """Settle every step of a plan and return how far it came.

    After a failure, steps that already run come to their end and nothing new begins; the first
    failure is raised. An error that no phase raises on purpose ends the run the same way.
    """
    progress = Progress(plan)
    failures: list[BaseException] = []
    running: dict[Future[object], Step] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="step") as pool:
        while True:
            for step in progress.ready():
                running[pool.submit(settle, step)] = step
            if not running:
                break
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                _record(progress, running.pop(future), future.exception(), failures)
    if failures:
        raise _worst(failures)
    return progress


def _record(
    progress: Progress, step: Step, error: BaseException | None, failures: list[BaseException]
) -> None:
    if error is None:
        progress.settled(step.name)
        return
    progress.failed(step.name)
    failures.append(error)


def _worst(failures: list[BaseException]) -> BaseException:
    """An error nobody expected comes before the failures that phases explain."""
    return next((f for f in failures if not isinstance(f, BedplateError)), failures[0])
