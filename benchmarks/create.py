"""A cluster of one control plane and one worker in the lab, beside the same made by a plain script.

Needs the lab (lab/README.md), and brings it up. First Bedplate creates the cluster and deletes it,
then `plain-create.sh` makes it from the same parts: node image, manifests, chart, cluster objects.
Prints seconds per step, and Bedplate's own overhead: the time in which no step worked or waited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bedplate.adapters.clock import SystemClock
from bedplate.adapters.vsphere.pool import close_all
from benchmarks.plain import make_folders, plain, write_parts
from benchmarks.table import print_table
from lab import specification, versions
from lab.check import Check
from lab.places import places
from lab.steps import Steps
from lab.up import Lab

SCRIPT = Path(__file__).parent / "plain-create.sh"


def measure(lab: Lab) -> tuple[Steps, float, float]:
    """Return our steps, our seconds with the program's start, and the plain script's."""
    check, clock = Check(lab, print), SystemClock()
    folder = lab.places.state / "plain"
    folder.mkdir()
    began = clock.now()
    check.cluster.create()
    ours = clock.now() - began
    write_parts(lab, folder, specification.NAME)
    steps = Steps.of(lab, specification.NAME)
    check.cluster.delete()
    make_folders(lab, specification.NAME)
    return steps, ours, plain(lab, SCRIPT, folder, specification.NAME)


def report(what: str, steps: Steps, ours: float, theirs: float) -> None:
    """Print seconds per step, and both beside each other."""
    print_table("steps", ("step", "seconds"), [(n, f"{s:.1f}") for n, s in steps.rows()])
    idle, total = steps.idle, steps.total
    rows = [
        (what, f"{ours:.0f} s", f"{theirs:.0f} s", f"{ours / theirs:.2f}"),
        ("no step at work", f"{idle:.2f} s", f"{total:.0f} s", f"{idle / total:.4f}"),
    ]
    print_table("a cluster on real parts", ("what", "Bedplate", "beside", "ratio"), rows)


def in_fresh_lab(what: str, measured: Callable[[Lab], tuple[Steps, float, float]]) -> None:
    """Bring a lab up, measure in it, end it, and print."""
    with fresh_lab() as lab:
        steps, ours, theirs = measured(lab)
    report(what, steps, ours, theirs)


@contextmanager
def fresh_lab(releases: tuple[versions.Kubernetes, ...] = versions.USUAL) -> Iterator[Lab]:
    """Bring a lab up that has nothing of an earlier one, and end it afterwards."""
    lab = Lab(places(), print, releases)
    lab.reset()
    lab.up()
    try:
        yield lab
    finally:
        close_all()  # logs out while there is a vCenter
        lab.reset()


def main() -> None:
    """Measure in a fresh lab and print."""
    in_fresh_lab("create 1 + 1", measure)
