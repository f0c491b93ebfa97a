"""Runs every benchmark, or those named, such as `python -m benchmarks engine help`."""

from __future__ import annotations

import importlib
import sys

NAMES = (
    *("engine", "help", "validate", "prefect", "render", "preflight", "resume", "fleet", "kube"),
    *("pivot", "gateway"),
)


# Too long, or too much of a machine, to be run unasked.
ASKED_FOR = ("create",)


def main(arguments: list[str]) -> int:
    """Run them in order; returns 2 for a name that is none."""
    wanted = arguments or list(NAMES)
    unknown = [name for name in wanted if name not in (*NAMES, *ASKED_FOR)]
    if unknown:
        print(
            f"no such benchmark: {', '.join(unknown)}; there are {', '.join((*NAMES, *ASKED_FOR))}"
        )
        return 2
    for name in wanted:
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
