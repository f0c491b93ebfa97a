"""A hundred simulated creates at once, in two processes that share one site and one journal."""

from __future__ import annotations

import multiprocessing
import os
import resource
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bedplate.engine.journal import Journal
from benchmarks.empty import SPEC
from benchmarks.table import print_table

CLUSTERS = int(os.environ.get("CLUSTERS", "100"))
PROCESSES = 2


def spec_text(number: int) -> str:
    """Return the example as another cluster, with a key so that none has to be generated."""
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBkJq0Yl1yH2n1b0qv1c0s8q6m2mC4h0nYy3c8m8m8m8"
    text = SPEC.read_text().replace('- ""', f'- "{key}"').replace("w01", f"f{number:03d}")
    return text.replace("198.18.0.10", f"198.18.200.{number}")


def create(folder: Path, number: int, journal: Journal) -> str:
    """Create one cluster; returns how its run ended."""
    from bedplate.engine.watch import Watches
    from bedplate.errors import BedplateError
    from bedplate.operations import CREATE
    from bedplate.request import Request
    from bedplate.service import Session, run_to_end
    from bedplate.simulation import SimulatedSite
    from bedplate.spec import load_text

    text = spec_text(number)
    request = Request(CREATE, text, load_text(text))
    try:
        with Session(request, SimulatedSite(folder / "site"), journal, Watches(())) as session:
            return run_to_end(session, workers=2).value
    except BedplateError as error:
        return str(error)


def share(folder: str, numbers: list[int]) -> tuple[list[str], int]:
    """Create several clusters at once; returns how they ended and this process's peak KiB."""
    from bedplate.adapters.journal import open_journal

    journal = open_journal(f"sqlite:///{folder}/journal.sqlite")
    with ThreadPoolExecutor(len(numbers)) as pool:
        states = list(pool.map(lambda number: create(Path(folder), number, journal), numbers))
    journal.close()
    return states, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Print total time, time per cluster and peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        work = [
            (folder, list(range(first, CLUSTERS + 1, PROCESSES)))
            for first in range(1, PROCESSES + 1)
        ]
        begun = time.monotonic()
        with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
            found = pool.starmap(share, work)
        taken = time.monotonic() - begun
    states = [state for ended, _ in found for state in ended]
    others = sorted({state for state in states if state != "completed"})
    rows = [
        ("completed", f"{states.count('completed')} of {CLUSTERS}"),
        *(("not completed", other[:160]) for other in others[:3]),
        ("total", f"{taken:.1f} s"),
        ("per cluster", f"{taken / CLUSTERS:.2f} s"),
        ("peak memory, both processes", f"{sum(peak for _, peak in found) / 1024:.0f} MiB"),
    ]
    print_table(f"{CLUSTERS} simulated creates at once", ("", ""), rows)


if __name__ == "__main__":
    main()
