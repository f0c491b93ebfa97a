"""A command that runs while something else happens to it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bedplate.adapters.clock import SystemClock
from bedplate.adapters.journal import open_journal
from bedplate.engine.journal import StepState
from lab.cluster import command, environment, require
from lab.up import SITE, Lab

STEP_SECONDS = 1500.0
LOOK_EVERY = 0.5
SETTLED = (StepState.COMPLETED, StepState.KEPT)


@dataclass
class Beside:
    """Commands about one cluster; what they say goes to a file below the lab's state."""

    lab: Lab
    cluster: str
    clock: SystemClock = field(default_factory=SystemClock)

    @property
    def log(self) -> Path:
        """Return where the commands' words are."""
        return self.lab.places.state / f"{self.cluster}-beside.log"

    @contextlib.contextmanager
    def running(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a command beside the block; it never outlives it."""
        with (
            self.log.open("ab") as out,
            subprocess.Popen(
                command(*words, "--site", SITE),
                env=environment(self.lab),
                stdout=out,
                stderr=out,
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    def until(self, process: subprocess.Popen[bytes], step: str, *states: StepState) -> None:
        """Wait until a step of the newest run stands so; raises LAB_CHECK_FAILED."""
        self.until_so(process, lambda: self.stands(step, *states), f"{step} to be {states[0]}")

    def stands(self, step: str, *states: StepState) -> bool:
        """Say whether a step of the newest run stands so."""
        url = f"sqlite:///{self.lab.home / 'journal.sqlite'}"
        with contextlib.closing(open_journal(url)) as journal:
            runs = journal.runs(self.cluster, 1)
            records = journal.steps(runs[0].id) if runs else {}
        return step in records and records[step].state in states

    def has_said(self, text: str) -> bool:
        """Say whether the commands have said something."""
        return text in self.log.read_text()

    def until_said(self, process: subprocess.Popen[bytes], text: str) -> None:
        """Wait until the commands have said something; raises LAB_CHECK_FAILED."""
        self.until_so(process, lambda: self.has_said(text), f"the words {text!r}")

    def until_so(
        self, process: subprocess.Popen[bytes], is_so: Callable[[], bool], wanted: str
    ) -> None:
        """Wait until something is so while a command runs; raises LAB_CHECK_FAILED."""
        deadline = self.clock.now() + STEP_SECONDS
        while not is_so():
            require(process.poll() is None, f"the command to go on until {wanted}; see {self.log}")
            require(self.clock.now() < deadline, wanted)
            self.clock.sleep(LOOK_EVERY)
