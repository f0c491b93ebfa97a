"""Engine overhead per step: the session and the journal on SQLite, without Prefect."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bedplate.adapters.journal import open_journal
from bedplate.engine.watch import Watches
from bedplate.request import Request
from bedplate.service import Session, run_to_end
from benchmarks.empty import NoSite, empty_operation, load_spec
from benchmarks.table import print_table

STEPS = 100


def seconds_per_step(folder: Path, steps: int = STEPS) -> float:
    """Run an operation of empty steps, one after the other; returns the seconds each took."""
    text, spec = load_spec()
    journal = open_journal(f"sqlite:///{folder}/journal.sqlite")
    request = Request(empty_operation(steps), text, spec)
    with Session(request, NoSite(), journal, Watches(())) as session:
        begun = time.perf_counter()
        run_to_end(session)
        taken = time.perf_counter() - begun
    journal.close()
    return taken / steps


def main() -> None:
    """Print the best and the median of five runs."""
    taken = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as folder:
            taken.append(seconds_per_step(Path(folder)))
    taken.sort()
    rows = [
        ("best of 5", f"{taken[0] * 1000:.2f} ms"),
        ("median of 5", f"{taken[2] * 1000:.2f} ms"),
    ]
    print_table(
        f"Engine, {STEPS} empty steps, SQLite (goal: at most 5 ms a step)", ("", "per step"), rows
    )


if __name__ == "__main__":
    main()
