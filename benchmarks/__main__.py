"""Runs every benchmark, or those named, such as `python -m benchmarks engine help`."""

from __future__ import annotations

import importlib
import logging
import sys

import structlog

NAMES = (
    *("engine", "help", "validate", "prefect", "render", "preflight", "resume", "fleet", "kube"),
    *("pivot", "gateway", "campaign"),
)


# Too long, or too much of a machine, to be run unasked.
ASKED_FOR = ("create", "workload", "upgrade", "pivot_killed", "campaign-prefect")


def main(arguments: list[str]) -> int:
    """Run them in order; returns 2 for a name that is none."""
    wanted = arguments or list(NAMES)
    unknown = [name for name in wanted if name not in (*NAMES, *ASKED_FOR)]
    if unknown:
        print(
            f"no such benchmark: {', '.join(unknown)}; there are {', '.join((*NAMES, *ASKED_FOR))}"
        )
        return 2
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    for name in wanted:
        importlib.import_module(f"benchmarks.{name.replace('-', '_')}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
