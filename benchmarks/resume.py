"""From SIGKILL to the first useful action of the resumed run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time

from bedplate.adapters.journal import open_journal
from bedplate.engine.journal import Journal, LineKind
from benchmarks.empty import SPEC
from benchmarks.table import print_table

RUNS = 3
PATIENCE = 60.0


def start(home: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start the command line."""
    return subprocess.Popen(
        [sys.executable, "-m", "deployments.cli.main", *arguments],
        env={**os.environ, "BEDPLATE_HOME": home},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def effects(journal: Journal, run: str) -> int:
    """Return how many side effects a run has done."""
    return sum(1 for line in journal.lines(run) if line.kind is LineKind.DONE)


def wait_for_effects(journal: Journal, more_than: int) -> int:
    """Wait until the newest run has done more side effects than that; returns how many."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        runs = journal.runs(limit=1)
        if runs and (count := effects(journal, runs[0].id)) > more_than:
            return count
        time.sleep(0.01)  # noqa: TID251 - a stopwatch has to look again and again
    raise TimeoutError("the run did nothing")


def one() -> float:
    """Kill a create in its middle, resume it; returns the seconds to the next side effect."""
    with tempfile.TemporaryDirectory() as home:
        first = start(home, "create", "cluster", "-f", str(SPEC), "--pace", "0.02")
        journal = open_journal(f"sqlite:///{home}/journal.sqlite")
        wait_for_effects(journal, 60)
        first.send_signal(signal.SIGKILL)
        first.wait()
        done = effects(journal, journal.runs(limit=1)[0].id)
        begun = time.monotonic()
        second = start(home, "resume")
        wait_for_effects(journal, done)
        taken = time.monotonic() - begun
        second.terminate()
        second.wait()
        journal.close()
    return taken


def main() -> None:
    """Print each run and the worst."""
    taken = [one() for _ in range(RUNS)]
    rows = [(f"run {number}", f"{seconds:.2f} s") for number, seconds in enumerate(taken, 1)]
    title = "SIGKILL to the next side effect, process start included (goal: at most 5 s)"
    print_table(title, ("", "seconds"), [*rows, ("worst", f"{max(taken):.2f} s")])


if __name__ == "__main__":
    main()
