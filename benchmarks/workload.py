"""A workload cluster of one control plane and one worker, beside the same made by a plain script.

Needs the lab (lab/README.md), and brings it up. One management cluster makes both: first by
Bedplate, which deletes it again, then by `plain-workload.sh` from the same parts.
"""

from __future__ import annotations

from pathlib import Path

from bedplate.adapters.clock import SystemClock
from benchmarks.create import in_fresh_lab
from benchmarks.plain import make_folders, plain, write_parts
from lab.check import Check
from lab.cluster import LabCluster
from lab.specification import NAME, Wanted
from lab.steps import Steps
from lab.up import Lab

SCRIPT = Path(__file__).parent / "plain-workload.sh"
WORKLOAD = Wanted("w02", manager=NAME, endpoint="198.18.200.20")


def measure(lab: Lab) -> tuple[Steps, float, float]:
    """Return our steps, our seconds with the program's start, and the plain script's."""
    clock, manager = SystemClock(), Check(lab, print).cluster
    folder = lab.places.state / "plain"
    folder.mkdir()
    manager.create()
    lab.describe(WORKLOAD)
    workload = LabCluster(lab, print, WORKLOAD.name)
    began = clock.now()
    workload.create()
    ours = clock.now() - began
    write_parts(lab, folder, WORKLOAD.name)
    (folder / "management.kubeconfig").write_text(manager.kubeconfig.read_text())
    steps = Steps.of(lab, WORKLOAD.name)
    workload.delete()
    make_folders(lab, WORKLOAD.name)
    return steps, ours, plain(lab, SCRIPT, folder, WORKLOAD.name)


def main() -> None:
    """Measure in a fresh lab and print."""
    in_fresh_lab("workload cluster 1 + 1", measure)
