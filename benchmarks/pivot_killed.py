"""A move that is killed before each of its writes in turn, and then typed again.

Our pivot beside `clusterctl move`, the same objects between the same two real API servers. Every
write passes a door (`door.py`) that kills the mover (SIGKILL) before one of them. Then the same
command is run again, undisturbed, and what came of it is looked at.
"""

from __future__ import annotations

import enum
import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bedplate.adapters.clock import SystemClock
from bedplate.adapters.kubernetes import LiveKube
from bedplate.capi import kinds, names, objects
from bedplate.ports.kube import Kind
from bedplate.spec import load_text
from benchmarks.door import Writes, door
from benchmarks.pivot_movers import (
    NAMES,
    SOURCE,
    TARGET,
    clusterctl_words,
    environment,
    pivot_words,
)
from benchmarks.pivot_sides import INFRASTRUCTURE, SPEC, TEMPLATE, Sides, clear, fill, sides
from benchmarks.table import print_table
from lab.apiserver import ApiServerError, programs
from lab.eksa import components
from lab.images import Images
from lab.manifests import manifests
from lab.places import REGISTRY, places
from lab.programs import Programs

OBJECTS = int(os.environ.get("OBJECTS", "8"))
SECONDS = 300.0
MOVED: Sequence[Kind] = (kinds.CLUSTER, INFRASTRUCTURE, TEMPLATE, kinds.SECRET)


class Ending(enum.StrEnum):
    """What came of a move in the end, the worst last."""

    MOVED = "moved, and managed there"
    FAILED = "the second command fails"
    PAUSED = "success is told, but nobody manages it"
    LOST = "success is told, but objects are missing"
    TWICE = "both sides manage it"


@dataclass(frozen=True)
class Found:
    """What one side has: how many objects, and whether its controllers manage them."""

    objects: int
    managed: bool


@dataclass(frozen=True)
class Killed:
    """One move that was killed before a write, and its ending."""

    write: str
    left: tuple[Found, Found]
    ending: Ending


@dataclass(frozen=True)
class Trial:
    """One mover between two servers that hold the same objects each time."""

    both: Sides
    words: Callable[[Path], list[str]]

    def writes(self) -> list[str]:
        """Return the writes of a move that nobody disturbs."""
        with self._fresh() as folder:
            writes = Writes()
            status = self._run(folder, writes)
            if status != 0 or self._ending(status) is not Ending.MOVED:
                log = (folder / "log").read_text()[-2000:]
                raise ApiServerError(f"an undisturbed move ended with {status}: {log}")
            return writes.seen

    def killed(self, number: int) -> Killed:
        """Kill a move before its n-th write (from 1), and type it again."""
        with self._fresh() as folder:
            writes = Writes(number)
            self._run(folder, writes)
            left = self._look()
            status = self._run(folder, Writes())
            return Killed(writes.seen[-1], left, self._ending(status))

    @contextmanager
    def _fresh(self) -> Iterator[Path]:
        source, target = self.both.kubes()
        for kube in (source, target):
            clear(kube, MOVED)
        fill(self.both.source, source, load_text(SPEC.read_text()).name, OBJECTS)
        for kube in (source, target):
            kube.close()
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)

    def _run(self, folder: Path, writes: Writes) -> int:
        servers = (self.both.source, self.both.target)
        with ExitStack() as stack:
            for name, server in zip(NAMES, servers, strict=True):
                through = stack.enter_context(door(name, server.kubeconfig, writes))
                (folder / name).write_text(through)
                (folder / f"{name}-itself").write_text(server.kubeconfig)
            log = stack.enter_context((folder / "log").open("a"))
            process = subprocess.Popen(
                self.words(folder), env=environment(folder), stdout=log, stderr=log
            )
            writes.shut = process.kill
            return process.wait(SECONDS)

    def _look(self) -> tuple[Found, Found]:
        source, target = self.both.kubes()
        found = (_found(source), _found(target))
        source.close()
        target.close()
        return found

    def _ending(self, status: int) -> Ending:
        source, target = self._look()
        if source.managed and target.managed:
            return Ending.TWICE
        if status != 0:
            return Ending.FAILED
        if target.objects < OBJECTS:
            return Ending.LOST
        return Ending.MOVED if target.managed else Ending.PAUSED


def _found(kube: LiveKube) -> Found:
    counted = sum(len(kube.list(kind, names.NAMESPACE)) for kind in MOVED)
    clusters = kube.list(kinds.CLUSTER, names.NAMESPACE)
    return Found(counted, any(not objects.flag(one, "spec", "paused") for one in clusters))


def trials(both: Sides, program: Path) -> Iterator[tuple[str, list[Killed]]]:
    """Yield each mover's name, and what came of it at every point."""
    movers: dict[str, Callable[[Path], list[str]]] = {
        "clusterctl move": lambda folder: clusterctl_words(folder, program),
        "our pivot": pivot_words,
    }
    for name, words in movers.items():
        trial = Trial(both, words)
        count = len(trial.writes())
        yield name, [trial.killed(number) for number in range(1, count + 1)]


def report(found: Sequence[tuple[str, list[Killed]]]) -> None:
    """Print how often each ending came, and where it was not the wanted one."""
    counted = {name: Counter(one.ending for one in killed) for name, killed in found}
    rows = [(one.value, *(str(counted[name][one]) for name, _ in found)) for one in Ending]
    total = ("killed", *(str(len(killed)) for _, killed in found))
    twice = (
        "both sides managed it after the kill",
        *(
            str(sum(all(side.managed for side in one.left) for one in killed))
            for _, killed in found
        ),
    )
    head = ("ending", *(name for name, _ in found))
    print_table(f"{OBJECTS} objects, killed before every write", head, [total, twice, *rows])
    bad = [
        (name, one.write[:100], *(f"{side.objects}" for side in one.left), one.ending.value)
        for name, killed in found
        for one in killed
        if one.ending is not Ending.MOVED
    ]
    if bad:
        print_table("not well", ("who", "killed before", SOURCE, TARGET, "ending"), bad)


def main() -> None:
    """Measure and print."""
    built, images = Programs(places().cache), Images(REGISTRY)
    clock = SystemClock()
    began = clock.now()
    try:
        programs()
        made = manifests(built, images, components(images))
        with sides(made, load_text(SPEC.read_text()).name, OBJECTS) as both:
            report(list(trials(both, built["clusterctl"])))
    except ApiServerError as error:
        print(f"killed moves are not tried: {error}")
        return
    print(f"\n{clock.now() - began:.0f} s")


if __name__ == "__main__":
    main()
