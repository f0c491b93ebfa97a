"""An upgrade in place of three control planes in the lab, beside what Cluster API gives alone.

Needs the lab (lab/README.md), and brings it up; it builds an older Kubernetes version, too. The
cluster is made and upgraded by Bedplate, then deleted, made again and upgraded by
`plain-upgrade.sh`, from the same objects. A probe asks either API server twice a second meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bedplate.adapters.clock import SystemClock
from benchmarks.create import fresh_lab
from benchmarks.plain import plain, write_upgrade
from benchmarks.table import print_table
from lab import versions
from lab.check import Check
from lab.cluster import LabCluster
from lab.probe import Probe
from lab.specification import Wanted
from lab.steps import Steps
from lab.up import Lab

SCRIPT = Path(__file__).parent / "plain-upgrade.sh"
NEWER, OLDER = versions.KUBERNETES[:2]
CLUSTER = Wanted(control_planes=3, release=OLDER)


@dataclass(frozen=True)
class Upgraded:
    """One upgrade: its seconds, and what its API server did meanwhile."""

    seconds: float
    probe: Probe

    def told(self) -> tuple[str, str, str]:
        """Return its seconds, the looks that failed, and the longest silence."""
        looks = f"{self.probe.failed} of {self.probe.looks}"
        return f"{self.seconds:.0f} s", looks, f"{self.probe.longest:.1f} s"


def main() -> None:
    """Measure in a fresh lab and print."""
    with fresh_lab((NEWER, OLDER)) as lab:
        ours, steps = _ours(lab)
        theirs = _theirs(lab)
    _report(ours, theirs, steps)


def _ours(lab: Lab) -> tuple[Upgraded, Steps]:
    cluster = _created(lab)
    found = _timed(cluster, lambda: cluster.change("upgrade"))
    steps = Steps.of(lab, cluster.name)
    cluster.delete()
    return found, steps


def _theirs(lab: Lab) -> Upgraded:
    cluster = _created(lab)
    folder = lab.places.state / "plain"
    folder.mkdir()
    write_upgrade(lab, folder, cluster.name)
    (folder / "own.kubeconfig").write_text(cluster.kubeconfig.read_text())
    return _timed(cluster, lambda: plain(lab, SCRIPT, folder, cluster.name))


def _created(lab: Lab) -> LabCluster:
    """Return a cluster of the older version, whose specification asks for the newer one now."""
    lab.describe(CLUSTER)
    cluster = Check(lab, print, CLUSTER.control_planes).cluster
    cluster.create()
    lab.describe(replace(CLUSTER, release=NEWER))
    return cluster


def _timed(cluster: LabCluster, upgrade: Callable[[], object]) -> Upgraded:
    clock = SystemClock()
    began = clock.now()
    with Probe(cluster.kubeconfig).looking() as probe:
        upgrade()
    return Upgraded(clock.now() - began, probe)


def _report(ours: Upgraded, theirs: Upgraded, steps: Steps) -> None:
    print_table("steps", ("step", "seconds"), [(n, f"{s:.1f}") for n, s in steps.rows()])
    what = ("upgrade 3 + 1", "looks that failed", "longest silence")
    idle = f"{steps.idle:.2f} s ({steps.idle / steps.total:.2%})"
    rows = [*zip(what, ours.told(), theirs.told(), strict=True), ("no step at work", idle, "")]
    print_table("an upgrade in place on real parts", ("what", "Bedplate", "Cluster API"), rows)
