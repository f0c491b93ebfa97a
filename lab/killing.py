"""The command line, killed by itself (SIGKILL) at a point in its journal that is new.

`python -m lab.killing HITS COMMAND…` appends the point to the file HITS, and then dies as if the
machine had lost its power: no handler runs, no transaction ends. Every run dies at another point,
so a driver repeats the command until it ends by itself. Points are right after a line (`label`: in
a pivot every line with its object, elsewhere each step's first of a kind), which is right before or
after a side effect, and before each step's result is recorded.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from bedplate.adapters.journal import SqlJournal
from bedplate.engine.journal import LineKind, StepRecord, Writer
from bedplate.ports.kube import JSON

_Write: TypeAlias = Callable[[SqlJournal, Writer, str, LineKind, str, JSON], None]
_Settle: TypeAlias = Callable[[SqlJournal, Writer, StepRecord, "int | None", "float | None"], None]

PIVOT = "pivot"


def label(step: str, kind: LineKind, what: str, value: JSON) -> str:
    """Return the name of the point after a journal line."""
    if step != PIVOT:
        return f"{step}: {kind.value}"
    return f"{step}: {kind.value} {what} {json.dumps(value, sort_keys=True)[:120]}"


def hits(file: Path) -> tuple[str, ...]:
    """Return the points at which processes died so far, in their order."""
    return tuple(file.read_text().splitlines()) if file.exists() else ()


def _die(file: Path, point: str) -> None:
    with file.open("a") as out:
        out.write(point + "\n")
        out.flush()
        os.fsync(out.fileno())
    os.kill(os.getpid(), signal.SIGKILL)


def _deadly(write: _Write, file: Path) -> _Write:
    known = set(hits(file))

    def write_and_die(
        journal: SqlJournal, writer: Writer, step: str, kind: LineKind, what: str, value: JSON
    ) -> None:
        write(journal, writer, step, kind, what, value)
        if (point := label(step, kind, what, value)) not in known:
            _die(file, point)

    return write_and_die


def _deadly_settle(settle: _Settle, file: Path) -> _Settle:
    known = set(hits(file))

    def die_or_settle(
        journal: SqlJournal,
        writer: Writer,
        record: StepRecord,
        number: int | None,
        seconds: float | None,
    ) -> None:
        if number is not None and (point := f"{record.step}: before it settles") not in known:
            _die(file, point)
        settle(journal, writer, record, number, seconds)

    return die_or_settle


def main() -> int:
    """Run the command line until a line that is new."""
    from deployments.cli.main import main as command_line

    file, sys.argv[1:] = Path(sys.argv[1]), sys.argv[2:]
    # setattr: to replace a method is what a type checker rightly dislikes, and what this is for.
    setattr(SqlJournal, "write", _deadly(SqlJournal.write, file))  # noqa: B010
    setattr(SqlJournal, "settle", _deadly_settle(SqlJournal.settle, file))  # noqa: B010
    return command_line()


if __name__ == "__main__":
    sys.exit(main())
