"""Runs crash cases, each in forked children of a process that has everything imported.

`python -m tests.laws.zygote FOLDER SPEC [POINT ...]`: for each point one child runs the operation
and is killed there, a second one resumes. One JSON line per case on standard output. Without
points: one line with the labels of every point of an undisturbed run.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from bedplate.adapters.journal import open_journal
from bedplate.engine.watch import Watches
from bedplate.operations import CREATE
from bedplate.service import Request, Session, run_to_end
from bedplate.simulation import SimulatedSite
from bedplate.spec import load_file
from tests.laws.crashing import Counter, CrashingSite, crashing_journal
from tests.laws.outcome import end_state


def run_create(folder: Path, spec_file: Path, counter: Counter) -> str:
    """Run the create once, in one thread so that the points are the same every time."""
    spec = load_file(spec_file)
    journal = crashing_journal(open_journal(f"sqlite:///{folder}/journal.sqlite"), counter)
    site = CrashingSite(SimulatedSite(folder / "site"), counter)
    request = Request(CREATE, spec_file.read_text(), spec)
    with Session(request, site, journal, Watches(())) as session:
        return run_to_end(session, workers=1).value


def in_child(work: Callable[[], str]) -> tuple[int, str]:
    """Run `work` in a forked child; returns the signal that ended it (0: none) and what it said."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            said = work()
        except BaseException:  # noqa: BLE001 - the child must not fall into the parent's loop
            said = traceback.format_exc()
        os.write(write, said.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return (os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0), said


def case(folder: Path, spec_file: Path, point: int, state_of: Callable[[Path], object]) -> None:
    """Crash at a point, resume, print how it ended and what the world looks like."""
    here = folder / f"point-{point}"
    here.mkdir(parents=True)
    killed, _ = in_child(lambda: run_create(here, spec_file, Counter(point)))
    _, ended = in_child(lambda: run_create(here, spec_file, Counter(None)))
    line = {
        "point": point,
        "killed": killed == signal.SIGKILL,
        "ended": ended,
        "state": state_of(here),
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    shutil.rmtree(here)


def main(arguments: list[str]) -> None:
    """Run the cases, or list the points."""
    folder, spec_file = Path(arguments[0]), Path(arguments[1])
    if len(arguments) > 2:
        for point in arguments[2:]:
            case(folder, spec_file, int(point), end_state)
        return
    counter = Counter(None)
    ended = run_create(folder, spec_file, counter)
    line = {"labels": counter.labels, "ended": ended, "state": end_state(folder)}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
