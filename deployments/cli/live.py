"""The live part of a terminal: a few lines below what was said, drawn again and again."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from bedplate.engine.operation import Step
from bedplate.engine.phase import Waiting
from bedplate.engine.plan import Action, Plan
from bedplate.errors import BedplateError

TICKS = 10  # drawings a second


@dataclass
class _Running:
    since: float
    spinner: Spinner
    on: str = ""


class LiveSteps:
    """Shows every running step with its seconds and what it waits on, and how far the run is.

    A watcher of the run: its methods come from the steps' threads.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._running: dict[int, tuple[Step, _Running]] = {}
        self._settled = self._all = 0
        self._began = time.monotonic()
        self._live = Live(
            console=console,
            get_renderable=self._draw,
            refresh_per_second=TICKS,
            transient=True,
        )

    def __enter__(self) -> LiveSteps:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def say(self, line: str) -> None:
        """Put a line above the live part."""
        style = "dim" if line.startswith(" ") else ""
        self._console.print(Text(line, style=style), soft_wrap=True)

    def planned(self, plan: Plan) -> None:
        """Count the steps."""
        with self._lock:
            self._all = len(plan.decisions)
            self._settled = len(plan.names(Action.KEEP))

    def started(self, step: Step) -> None:
        """Show a step."""
        with self._lock:
            running = _Running(time.monotonic(), Spinner("dots"))
            self._running.setdefault(step.number, (step, running))

    def said(self, step: Step, text: str) -> None:
        """Its line stands above already."""

    def waiting(self, step: Step, waiting: Waiting) -> None:
        """Show what a step waits on."""
        self._tell(step, waiting.on)

    def retrying(self, step: Step, error: BedplateError, seconds: float) -> None:
        """Show that a step begins again soon."""
        self._tell(step, f"trying again after {error.code}")

    def kept(self, step: Step, why: str) -> None:
        """Count a step that needed no work."""
        self._end(step, settled=True)

    def settled(self, step: Step, seconds: float) -> None:
        """Count a step and take it away."""
        self._end(step, settled=True)

    def failed(self, step: Step, error: BedplateError) -> None:
        """Take a step away."""
        self._end(step, settled=False)

    def _tell(self, step: Step, on: str) -> None:
        with self._lock:
            if step.number in self._running:
                self._running[step.number][1].on = on

    def _end(self, step: Step, *, settled: bool) -> None:
        with self._lock:
            self._running.pop(step.number, None)
            self._settled += settled

    def _draw(self) -> RenderableType:
        now = time.monotonic()
        table = Table.grid(padding=(0, 1))
        with self._lock:
            for _, (step, running) in sorted(self._running.items(), key=lambda item: item[0]):
                seconds = Text(f"{now - running.since:.0f} s", style="dim", justify="right")
                on = Text(running.on, style="dim", overflow="ellipsis", no_wrap=True)
                table.add_row(running.spinner, Text(step.name, style="bold"), seconds, on)
            done = f"  {self._standing()}, {now - self._began:.0f} s"
        return Group(table, Text(done, style="dim"))

    def _standing(self) -> str:
        """Before there is a plan nobody knows how many steps are settled."""
        if not self._all:
            return "looking at what is there already"
        return f"{self._settled} of {self._all} steps settled"
