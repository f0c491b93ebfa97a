"""The lab's crash matrix: a create and a delete on real parts, killed at every point of a set.

One cluster is created by a command that dies again and again (`lab.killing`), each time resumed by
the very same command; then it is deleted in the same way. What must hold in the end is what holds
for runs that nobody disturbed, and the machines must have been made exactly once.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bedplate.adapters.clock import SystemClock
from lab import specification
from lab.check import Check
from lab.cluster import environment, require
from lab.killing import hits
from lab.up import SITE, Lab

SECONDS = 1800.0
MOST_ROUNDS = 300
FEWEST_POINTS = 20
MACHINES = 2


@dataclass(frozen=True, slots=True)
class Matrix:
    """A create and a delete in a lab that is up."""

    lab: Lab
    say: Callable[[str], None]

    def run(self) -> None:
        """Raise PermanentError LAB_CHECK_FAILED where anything is not as it should be."""
        check, name = Check(self.lab, self.say), specification.NAME
        before = check.machine_calls()
        file = str(self.lab.places.state / f"{name}.yaml")
        created = self._killed("create", "cluster", "-f", file, "--site", SITE)
        check.look()
        calls = {one: count - before[one] for one, count in check.machine_calls().items()}
        require(
            calls == {"CloneVM_Task": MACHINES, "PowerOffVM_Task": 0, "Destroy_Task": 0},
            f"{MACHINES} machines made, each once, and none touched after that, not {calls}",
        )
        deleted = self._killed("delete", "cluster", name, "--site", SITE, "--confirm", name)
        check.require_nothing_left()
        points = len(created) + len(deleted)
        require(points >= FEWEST_POINTS, f"{FEWEST_POINTS} points or more, not {points}")
        self.say(f"killed and resumed {len(created)} times in a create, {len(deleted)} in a delete")

    def _killed(self, *words: str) -> tuple[str, ...]:
        """Repeat a command that kills itself until it ends well; returns where it was killed."""
        file = self.lab.places.state / f"killed-{words[0]}"
        file.unlink(missing_ok=True)
        for _ in range(MOST_ROUNDS):
            if self._once(file, words):
                return hits(file)
        require(False, f"`bedplate {words[0]}` to end within {MOST_ROUNDS} rounds")
        return ()

    def _once(self, file: Path, words: tuple[str, ...]) -> bool:
        clock = SystemClock()
        began, known = clock.now(), len(hits(file))
        command = (sys.executable, "-P", "-m", "lab.killing", str(file), *words)
        with self.lab.places.state.joinpath(f"{file.name}.log").open("ab") as log:
            done = subprocess.run(
                command,
                env=environment(self.lab),
                timeout=SECONDS,
                check=False,
                stdout=log,
                stderr=log,
            )
        if done.returncode == 0:
            self.say(f"{words[0]} ended after {clock.now() - began:.0f} s")
            return True
        require(
            done.returncode == -signal.SIGKILL and len(hits(file)) == known + 1,
            f"`bedplate {words[0]}` to be killed or to end with 0, not {done.returncode};"
            f" it says why in {log.name}",
        )
        self.say(f"killed after {clock.now() - began:3.0f} s, {hits(file)[-1]}")
        return False
