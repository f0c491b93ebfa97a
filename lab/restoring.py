"""A restore on real parts: a cluster loses etcd's data, and has it again as its backup has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bedplate.adapters.clock import SystemClock
from bedplate.errors import PermanentError
from lab.check import Check
from lab.cluster import LabCluster, require
from lab.specification import Wanted
from lab.up import Lab
from lab.vcenter_service import MACHINES

SILENT_SECONDS = 180.0
LOOK_EVERY = 2.0
SYSTEM = "kube-system"
WRITTEN = ("-n", "default", "configmap")
BEFORE, AFTER = "before-the-backup", "after-the-backup"
ESSENTIAL = (
    ("deployment", "coredns"),
    ("daemonset", "kube-proxy"),
    ("daemonset", "cilium"),
    ("serviceaccount", "coredns"),
    ("configmap", "kubeadm-config"),
)
# etcd would begin anew in an empty folder, and an API server with nothing in it would answer. With
# a file in the folder's place it cannot, as on a disk that is damaged.
DESTROY = "rm -rf /var/lib/etcd/member && touch /var/lib/etcd/member && pkill -KILL -x etcd"


@dataclass(frozen=True, slots=True)
class Restoring:
    """A create, a backup, a disaster, a restore and a delete in a lab that is up."""

    lab: Lab
    say: Callable[[str], None]
    clock: SystemClock = field(default_factory=SystemClock)

    @property
    def cluster(self) -> LabCluster:
        """Return the cluster that is made."""
        return LabCluster(self.lab, self.say)

    def run(self) -> None:
        """Raise PermanentError LAB_CHECK_FAILED where anything is not as it should be."""
        self.lab.describe(Wanted())
        cluster, check = self.cluster, Check(self.lab, self.say)
        cluster.create()
        cluster.kubectl("create", *WRITTEN, BEFORE)
        backup = cluster.back_up()
        cluster.kubectl("delete", *WRITTEN, BEFORE)
        cluster.kubectl("create", *WRITTEN, AFTER)
        self._destroy(cluster)
        cluster.restore(backup)
        self._require_written(cluster)
        check.look()
        cluster.delete()
        check.require_nothing_left()

    def _destroy(self, cluster: LabCluster) -> None:
        """Remove what the cluster needs, then what it is: etcd's data."""
        for kind, name in ESSENTIAL:
            cluster.kubectl("delete", "-n", SYSTEM, kind, name, "--wait=false")
        for machine in self._control_plane():
            self.lab.engine.docker("exec", machine, "sh", "-c", DESTROY)
        deadline = self.clock.now() + SILENT_SECONDS
        while _answers(cluster):
            require(self.clock.now() < deadline, "the API server to fall silent")
            self.clock.sleep(LOOK_EVERY)
        self.say("etcd's data is destroyed, and the API server answers nobody")

    def _require_written(self, cluster: LabCluster) -> None:
        there = cluster.kubectl("get", *WRITTEN, "-o", "name")
        require(f"configmap/{BEFORE}" in there, f"{BEFORE} to be there again, not {there}")
        require(f"configmap/{AFTER}" not in there, f"{AFTER} to be gone, not {there}")
        for kind, name in ESSENTIAL:
            cluster.kubectl("get", "-n", SYSTEM, kind, name)
        self.say("what was written before the backup is there again, and nothing of afterwards")

    def _control_plane(self) -> list[str]:
        told = self.lab.engine.docker(
            "ps", "--filter", f"label={MACHINES}", "--format", "{{.Names}}"
        )
        found = [name for name in told.split() if "-md-0-" not in name]
        require(bool(found), "a control-plane machine")
        return found


def _answers(cluster: LabCluster) -> bool:
    try:
        cluster.kubectl("get", "nodes", "--request-timeout=5s")
    except PermanentError:
        return False
    return True
