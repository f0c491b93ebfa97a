"""Engine overhead per step under Prefect, beside an empty Prefect task in the same run."""

from __future__ import annotations

import statistics
import tempfile
import time

from benchmarks.empty import NoSite, empty_operation, load_spec
from benchmarks.table import print_table

STEPS = 40
ROUNDS = 7


def main() -> None:
    """Take turns with empty tasks and empty steps; print the median of each and their ratio."""
    from prefect import flow, task
    from prefect.cache_policies import NO_CACHE
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    from bedplate.adapters.journal import open_journal
    from bedplate.engine.watch import Watches
    from bedplate.request import Request
    from bedplate.service import Session
    from tasks.step import step_task

    @task(cache_policy=NO_CACHE, persist_result=False)
    def nothing(number: int) -> int:
        return number

    @flow
    def empty_tasks() -> float:
        begun = time.perf_counter()
        for number in range(STEPS):
            nothing(number)
        return (time.perf_counter() - begun) / STEPS

    @flow
    def empty_steps(folder: str) -> float:
        text, spec = load_spec()
        operation = empty_operation(STEPS)
        journal = open_journal(f"sqlite:///{folder}/journal.sqlite")
        with Session(Request(operation, text, spec), NoSite(), journal, Watches(())) as session:
            begun = time.perf_counter()
            for step in operation.steps:
                step_task(session, step)()
            return (time.perf_counter() - begun) / STEPS

    def one_turn() -> tuple[float, float]:
        with tempfile.TemporaryDirectory() as folder:
            return empty_tasks(), empty_steps(folder)

    quiet = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}
    with prefect_test_harness(server_startup_timeout=180), temporary_settings(quiet):
        one_turn()
        turns = [one_turn() for _ in range(ROUNDS)]
    tasks, steps = (statistics.median(values) for values in zip(*turns, strict=True))
    rows = [
        ("empty Prefect task", f"{tasks * 1000:.1f} ms", "1.00"),
        ("empty step", f"{steps * 1000:.1f} ms", f"{steps / tasks:.2f}"),
    ]
    title = f"Under Prefect, {ROUNDS} turns of {STEPS} each, medians (goal: ratio at most 1.5)"
    print_table(title, ("", "each", "ratio"), rows)


if __name__ == "__main__":
    main()
