"""What moves a cluster's objects from one API server to another: our pivot, and `clusterctl move`.

`python -m benchmarks.pivot_movers FOLDER` is our pivot in a process of its own, with its notes in
that folder, so that it can be killed and typed again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bedplate.adapters.kubernetes import LiveKube
from bedplate.capi import names
from bedplate.engine.phase import Waiting
from bedplate.fact import Fact, FactType, Given, Key
from bedplate.phases.pivot import Pivot
from bedplate.ports.kube import JSON, Side
from bedplate.ports.tools import Tools
from bedplate.simulation import SimulatedSite
from bedplate.spec import load_text
from benchmarks.pivot_sides import SPEC, Sides, acknowledge
from lab.apiserver import ApiServer, ApiServerError, programs

SECONDS = 1800.0
NAMES = SOURCE, TARGET = "source", "target"


@dataclass
class Memory:
    """A step's notes, kept as long as this program runs, or in a file."""

    notes: dict[str, JSON] = field(default_factory=dict)
    file: Path | None = None

    def find(self, name: str) -> JSON:
        return self.notes.get(name)

    def note(self, name: str, value: JSON) -> None:
        self.notes[name] = value
        if self.file is not None:
            self.file.write_text(json.dumps(self.notes))

    def choose(self, name: str, make: Callable[[], str]) -> str:
        if name not in self.notes:
            self.note(name, make())
        return str(self.notes[name])

    def earlier(self, step: str, name: str) -> Sequence[JSON]:
        del step, name
        return ()

    def others(self, key: Key[FactType]) -> Mapping[str, FactType]:
        del key
        return {}


@dataclass(frozen=True)
class Pivoting:
    """Our pivot, with the controllers' part of it where they are to be heard."""

    source: LiveKube
    target: LiveKube
    acknowledge: Callable[[], None]

    def run(self, folder: Path, memory: Memory) -> None:
        """Move the objects; the site that stands around the two servers is kept in a folder."""
        spec = load_text(SPEC.read_text())
        site = SimulatedSite(folder / "site")
        sides = {Side.BOOTSTRAP: self.source, Side.CLUSTER: self.target}
        ports = replace(site.open(spec), kube=sides)
        tools = Tools(spec, site.bundle(spec), ports, memory, _silent)
        phase, given = Pivot(Side.BOOTSTRAP, Side.CLUSTER), Given(_no_fact)
        while isinstance(phase.run(given, tools), Waiting):
            self.acknowledge()


def ours(both: Sides) -> float:
    """Return how many seconds our pivot takes."""
    source, target = both.kubes()
    pivoting = Pivoting(source, target, lambda: acknowledge(both, source, target))
    began = time.monotonic()
    pivoting.run(both.folder, Memory())
    seconds = time.monotonic() - began
    source.close()
    target.close()
    return seconds


def _silent(text: str) -> None:
    del text


def _no_fact(key: Key[Fact]) -> Fact:
    raise KeyError(key.name)


def clusterctl(both: Sides, program: Path) -> float:
    """Return how many seconds `clusterctl move` takes; raises ApiServerError."""
    for name, server in zip(NAMES, (both.source, both.target), strict=True):
        (both.folder / name).write_text(server.kubeconfig)
    began = time.monotonic()
    done = subprocess.run(
        clusterctl_words(both.folder, program),
        env=environment(both.folder),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise ApiServerError(f"clusterctl move: {done.stderr[-2000:]}")
    return time.monotonic() - began


def clusterctl_words(folder: Path, program: Path) -> list[str]:
    """Return the command; the kubeconfigs are in the folder."""
    words = ["move", "-n", names.NAMESPACE, "--to-kubeconfig", str(folder / TARGET)]
    return [str(program), *words, "--kubeconfig", str(folder / SOURCE)]


def pivot_words(folder: Path) -> list[str]:
    """Return the command of our pivot; the kubeconfigs are in the folder."""
    return [sys.executable, "-P", "-m", "benchmarks.pivot_movers", str(folder)]


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of either command."""
    return {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parent.parent),
        "BEDPLATE_LAB_CACHE": str(programs().parent),
        "CLUSTERCTL_DISABLE_VERSIONCHECK": "true",
    }


def main() -> None:
    """Move between the two servers whose kubeconfigs are in a folder."""
    folder = Path(sys.argv[1])
    source, target = (LiveKube((folder / name).read_text) for name in (SOURCE, TARGET))
    file = folder / "notes.json"
    notes = json.loads(file.read_text()) if file.exists() else {}
    # What the controllers write does not count as written by the pivot: it passes no door.
    first, second = (
        ApiServer((folder / f"{name}-itself").read_text(), programs()) for name in NAMES
    )
    both = Sides(first, second, folder)
    direct = both.kubes()
    Pivoting(source, target, lambda: acknowledge(both, *direct)).run(folder, Memory(notes, file))


if __name__ == "__main__":
    main()
