"""What a run tells those who watch: the command line, Prefect, the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import structlog

from bedplate.engine.operation import Step
from bedplate.engine.phase import Waiting
from bedplate.engine.plan import Plan
from bedplate.errors import BedplateError

log = structlog.stdlib.get_logger("bedplate")


class Watch(Protocol):
    """Someone who watches a run. Methods return at once and never raise."""

    def planned(self, plan: Plan) -> None:
        """The run's plan is made."""
        ...

    def started(self, step: Step) -> None:
        """A step begins, or begins again."""
        ...

    def said(self, step: Step, text: str) -> None:
        """A phase has something for people to read."""
        ...

    def waiting(self, step: Step, waiting: Waiting) -> None:
        """A step waits on something else than before."""
        ...

    def kept(self, step: Step, why: str) -> None:
        """A step needed no work."""
        ...

    def settled(self, step: Step, seconds: float) -> None:
        """A step's work is done; `seconds` is site time."""
        ...

    def retrying(self, step: Step, error: BedplateError, seconds: float) -> None:
        """An attempt failed and another follows after `seconds` of site time."""
        ...

    def failed(self, step: Step, error: BedplateError) -> None:
        """A step failed for good."""
        ...


class LogWatch:
    """Writes one structured log line per event."""

    def planned(self, plan: Plan) -> None:
        log.info("planned", steps={d.step.name: d.action.value for d in plan.decisions})

    def started(self, step: Step) -> None:
        log.info("step started", step=step.name, title=step.phase.title)

    def said(self, step: Step, text: str) -> None:
        log.info("said", step=step.name, text=text)

    def waiting(self, step: Step, waiting: Waiting) -> None:
        log.info("waiting", step=step.name, on=waiting.on)

    def kept(self, step: Step, why: str) -> None:
        log.info("step kept", step=step.name, why=why)

    def settled(self, step: Step, seconds: float) -> None:
        log.info("step settled", step=step.name, seconds=round(seconds, 1))

    def retrying(self, step: Step, error: BedplateError, seconds: float) -> None:
        log.warning(
            "step will be retried", step=step.name, code=error.code, seen=error.seen, after=seconds
        )

    def failed(self, step: Step, error: BedplateError) -> None:
        log.error("step failed", step=step.name, **error.as_dict())


class Watches:
    """Tells several watchers the same."""

    def __init__(self, watchers: Sequence[Watch]) -> None:
        self._watchers = tuple(watchers)

    def planned(self, plan: Plan) -> None:
        for watcher in self._watchers:
            watcher.planned(plan)

    def started(self, step: Step) -> None:
        for watcher in self._watchers:
            watcher.started(step)

    def said(self, step: Step, text: str) -> None:
        for watcher in self._watchers:
            watcher.said(step, text)

    def waiting(self, step: Step, waiting: Waiting) -> None:
        for watcher in self._watchers:
            watcher.waiting(step, waiting)

    def kept(self, step: Step, why: str) -> None:
        for watcher in self._watchers:
            watcher.kept(step, why)

    def settled(self, step: Step, seconds: float) -> None:
        for watcher in self._watchers:
            watcher.settled(step, seconds)

    def retrying(self, step: Step, error: BedplateError, seconds: float) -> None:
        for watcher in self._watchers:
            watcher.retrying(step, error, seconds)

    def failed(self, step: Step, error: BedplateError) -> None:
        for watcher in self._watchers:
            watcher.failed(step, error)
