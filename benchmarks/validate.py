"""How long `bedplate validate` takes with its interpreter's start, and what of it is reading."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.help import RUNS, median_seconds
from benchmarks.table import print_table

SPEC = Path(__file__).parent.parent / "examples" / "vsphere-standalone.yaml"
GROUPS = 200
LOADS = 5


def large_spec() -> str:
    """Return the example with many more worker groups, each with machines of its own."""
    head, datacenter, *machines = SPEC.read_text().split("---\n")
    worker = machines[-1]
    group = head[head.index("    - name: md-0") : head.index("  datacenterRef:")]
    groups = "".join(
        group.replace("md-0", f"md-{n}").replace("name: w01\n", f"name: w01-{n}\n")
        for n in range(1, GROUPS)
    )
    more = [worker.replace("name: w01\n", f"name: w01-{n}\n") for n in range(1, GROUPS)]
    head = head.replace("  datacenterRef:", f"{groups}  datacenterRef:", 1)
    return "---\n".join([head, datacenter, *machines, *more])


def load_seconds(text: str) -> float:
    """Return the median time of reading and checking a text in this process."""
    from bedplate.spec.verdict import problems_of

    taken = []
    for _ in range(LOADS + 1):
        begun = time.perf_counter()
        if problems_of(text):
            raise SystemExit("the example is not valid")
        taken.append(time.perf_counter() - begun)
    return sorted(taken[1:])[LOADS // 2]


def main() -> None:
    """Print the medians."""
    text, large = SPEC.read_text(), large_spec()
    whole = median_seconds("-m", "deployments.cli.main", "validate", "-f", str(SPEC))
    many = len(large.splitlines())
    rows = [
        ("bedplate validate -f FILE", str(RUNS), f"{whole * 1000:.0f} ms"),
        (
            f"reading {len(text.splitlines())} lines",
            str(LOADS),
            f"{load_seconds(text) * 1000:.0f} ms",
        ),
        (f"reading {many} lines", str(LOADS), f"{load_seconds(large) * 1000:.0f} ms"),
    ]
    head = ("what", "runs", "median")
    print_table("Validation (goal: the command within 500 ms)", head, rows)


if __name__ == "__main__":
    main()
