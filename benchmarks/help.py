"""How long `bedplate --help` takes, beside a Python that does nothing."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.table import print_table

RUNS = 11


def median_seconds(*command: str) -> float:
    """Return the median wall time of a command over several runs, after one to warm up."""
    taken = []
    for _ in range(RUNS + 1):
        begun = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True, timeout=60)
        taken.append(time.perf_counter() - begun)
    return sorted(taken[1:])[RUNS // 2]


def main() -> None:
    """Print both medians."""
    nothing = median_seconds("-c", "pass")
    shown = median_seconds("-m", "deployments.cli.main", "--help")
    rows = [
        ("python -c pass", f"{nothing * 1000:.0f} ms"),
        ("bedplate --help", f"{shown * 1000:.0f} ms"),
    ]
    print_table("Start (goal: --help within 300 ms)", ("command", f"median of {RUNS}"), rows)


if __name__ == "__main__":
    main()
