"""Day two on real parts: workload clusters made at once, one scaled, one upgraded, all deleted.

A management cluster makes two others, side by side. One gets a second worker and loses it again;
the other goes from one Kubernetes minor version to the next while a probe asks its API server.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from bedplate.errors import ExitStatus
from lab import versions
from lab.check import Check
from lab.cluster import LabCluster, require, short
from lab.probe import Probe
from lab.specification import NAME, Wanted
from lab.steps import Steps
from lab.up import Lab

NEWER, OLDER = versions.KUBERNETES[:2]
SCALED = Wanted("w02", manager=NAME, endpoint="198.18.200.20")
UPGRADED = Wanted("w03", manager=NAME, endpoint="198.18.200.30", release=OLDER)


@dataclass(frozen=True, slots=True)
class DayTwo:
    """One management cluster and its two workload clusters, in a lab that is up."""

    lab: Lab
    say: Callable[[str], None]

    def run(self) -> None:
        """Raise PermanentError LAB_CHECK_FAILED where anything is not as it should be."""
        manager = self._cluster(Wanted())
        manager.create()
        scaled, upgraded = self._cluster(SCALED), self._cluster(UPGRADED)
        self._at_once(scaled.create, upgraded.create)
        self._require_versions(upgraded, OLDER, 2)
        self._scale(scaled)
        self._upgrade(upgraded)
        for cluster in (manager, scaled, upgraded):
            self._require_no_drift(cluster)
        self._require_guarded(manager)
        self._at_once(scaled.delete, upgraded.delete)
        manager.delete()
        Check(self.lab, self.say).require_nothing_left()

    def _cluster(self, wanted: Wanted) -> LabCluster:
        self.lab.describe(wanted)
        return LabCluster(self.lab, self.say, wanted.name)

    @staticmethod
    def _at_once(*jobs: Callable[[], None]) -> None:
        with ThreadPoolExecutor(len(jobs)) as pool:
            for future in [pool.submit(job) for job in jobs]:
                future.result()

    def _scale(self, cluster: LabCluster) -> None:
        for workers in (2, 1):
            self.lab.describe(replace(SCALED, workers=workers))
            cluster.change("scale")
            self._require_versions(cluster, NEWER, 1 + workers)

    def _upgrade(self, cluster: LabCluster) -> None:
        before = {short(node) for node in cluster.nodes()}
        self.lab.describe(replace(UPGRADED, release=NEWER))
        self.say(cluster.bedplate("plan", "upgrade", "-f", str(cluster.file)).stdout)
        with Probe(cluster.kubeconfig).looking() as probe:
            cluster.change("upgrade")
        self.say(f"{cluster.name}: {Steps.of(self.lab, cluster.name)}")
        self.say(f"{cluster.name} while it was upgraded: {probe}")
        self._require_versions(cluster, NEWER, 2)
        kept = before & {short(node) for node in cluster.nodes()}
        require(not kept, f"every machine to be replaced, not {sorted(kept)} to stay")

    def _require_versions(
        self, cluster: LabCluster, release: versions.Kubernetes, count: int
    ) -> None:
        found = [node["status"]["nodeInfo"]["kubeletVersion"] for node in cluster.nodes()]
        require(found == [release.tag] * count, f"{count} nodes of {release.tag}, not {found}")

    def _require_no_drift(self, cluster: LabCluster) -> None:
        done = cluster.bedplate("drift", cluster.name)
        require(done.returncode == 0, f"no drift of {cluster.name}: {done.stdout}{done.stderr}")

    def _require_guarded(self, manager: LabCluster) -> None:
        done = manager.bedplate("delete", "cluster", manager.name, "--confirm", manager.name)
        guarded = done.returncode == ExitStatus.REFUSED and "CLUSTER_MANAGES_OTHERS" in done.stderr
        require(guarded, f"no delete while it manages others, not {done.returncode}: {done.stderr}")
        self.say("the management cluster is not deleted while it manages others")
