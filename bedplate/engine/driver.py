"""Runs a plan's steps in threads of this process, side by side where the table allows it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue

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
    ready: deque[Step] = deque()
    # Endings are taken in the order they happened: with one worker, every run goes the same way.
    endings: SimpleQueue[tuple[Step, BaseException | None]] = SimpleQueue()
    running = 0
    with ThreadPoolExecutor(workers, thread_name_prefix="step") as pool:
        while True:
            ready.extend(progress.ready())
            # No more than there are threads: what waits in the pool would begin after a failure.
            while ready and running < workers:
                _begin(pool, ready.popleft(), settle, endings)
                running += 1
            if not running:
                break
            step, error = endings.get()
            running -= 1
            if error is None:
                progress.settled(step.name)
                continue
            progress.failed(step.name)
            failures.append(error)
            ready.clear()
    if failures:
        raise _worst(failures)
    return progress


def _begin(
    pool: ThreadPoolExecutor,
    step: Step,
    settle: Callable[[Step], object],
    endings: SimpleQueue[tuple[Step, BaseException | None]],
) -> None:
    def ended(future: Future[object]) -> None:
        endings.put((step, future.exception()))

    pool.submit(settle, step).add_done_callback(ended)


def _worst(failures: list[BaseException]) -> BaseException:
    """An error nobody expected comes before the failures that phases explain."""
    return next((f for f in failures if not isinstance(f, BedplateError)), failures[0])
