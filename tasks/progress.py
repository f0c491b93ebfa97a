"""A progress bar for the steps that take long enough for somebody to watch one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import httpx
from prefect.artifacts import create_progress_artifact, update_progress_artifact

from bedplate.engine.operation import Step
from bedplate.engine.phase import Waiting
from bedplate.engine.plan import Plan
from bedplate.errors import BedplateError

LONG = 5 * 60.0
"""Real seconds from which a step is worth a bar; more bars than that hide the graph."""

MOST = 95.0
"""A step that takes longer than ever before is not done yet."""


@dataclass(frozen=True, slots=True)
class _Bar:
    artifact: UUID
    since: float
    seconds: float


class ProgressBars:
    """Draws a bar for each step that `expected` says is long; a watcher of the run.

    `expected` holds real seconds by step. A bar moves when what the step waits on changes.
    """

    def __init__(self, cluster: str, expected: Mapping[str, float], long: float = LONG) -> None:
        self._cluster = cluster.lower()
        self._expected = {name: seconds for name, seconds in expected.items() if seconds >= long}
        self._bars: dict[str, _Bar] = {}

    def planned(self, plan: Plan) -> None:
        """Nothing is drawn before a step begins."""

    def started(self, step: Step) -> None:
        """Draw an empty bar where the step is a long one."""
        if step.name not in self._expected or step.name in self._bars:
            return
        seconds = self._expected[step.name]
        with contextlib.suppress(httpx.HTTPError):
            key, text = f"{self._cluster}-{step.name}", step.phase.title
            made = create_progress_artifact(0.0, key=key, description=text)
            if isinstance(made, UUID):  # it is, outside of an event loop
                self._bars[step.name] = _Bar(made, time.monotonic(), seconds)

    def said(self, step: Step, text: str) -> None:
        """Words are for the log."""

    def waiting(self, step: Step, waiting: Waiting) -> None:
        """Move the bar to the share of the expected time that is over."""
        if bar := self._bars.get(step.name):
            share = (time.monotonic() - bar.since) / bar.seconds
            self._move(bar, min(MOST, 100 * share))

    def kept(self, step: Step, why: str) -> None:
        """A step that is kept has no bar."""

    def settled(self, step: Step, seconds: float) -> None:
        """Fill the bar."""
        if bar := self._bars.get(step.name):
            self._move(bar, 100.0)

    def retrying(self, step: Step, error: BedplateError, seconds: float) -> None:
        """The bar stays: the next attempt goes on from what there is."""

    def failed(self, step: Step, error: BedplateError) -> None:
        """The bar stays where it was."""

    def _move(self, bar: _Bar, progress: float) -> None:
        with contextlib.suppress(httpx.HTTPError):
            update_progress_artifact(bar.artifact, progress)
