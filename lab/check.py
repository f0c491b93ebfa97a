"""The lab's proof: a cluster is created on real parts, looked into, and deleted without a trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lab import specification
from lab.cluster import LabCluster, is_ready, require, short
from lab.up import Lab

MACHINE_CALLS = ("CloneVM_Task", "PowerOffVM_Task", "Destroy_Task")
RUNNING = (
    ("daemonsets", "kube-system", "cilium"),
    ("deployments", "kube-system", "coredns"),
    ("deployments", "capi-system", "capi-controller-manager"),
    ("deployments", "capv-system", "capv-controller-manager"),
    ("deployments", "eksa-system", "eksa-controller-manager"),
)
PUBLISHED = (
    "bundles.anywhere.eks.amazonaws.com",
    "eksareleases.anywhere.eks.amazonaws.com",
    "releases.distro.eks.amazonaws.com",
)


@dataclass(frozen=True, slots=True)
class Check:
    """One create and one delete in a lab that is up."""

    lab: Lab
    say: Callable[[str], None]
    control_planes: int = 1
    workers: int = 1

    @property
    def cluster(self) -> LabCluster:
        """Return the cluster that is made."""
        return LabCluster(self.lab, self.say)

    def run(self) -> None:
        """Raise PermanentError LAB_CHECK_FAILED where anything is not as it should be."""
        self._describe()
        self.cluster.create()
        self.look()
        self.cluster.delete()
        self.require_nothing_left()

    def look(self) -> None:
        """Look into the cluster: its nodes, who manages its machines, what runs in it."""
        nodes = self.cluster.nodes()
        wanted = self.control_planes + self.workers
        require(len(nodes) == wanted, f"{wanted} nodes, not {[short(n) for n in nodes]}")
        machines = self.cluster.get("machines.cluster.x-k8s.io", "-n", "eksa-system")
        owned = [one.get("status", {}).get("nodeRef", {}).get("name") for one in machines]
        require(
            sorted(owned) == sorted(map(short, nodes)),
            f"a machine in the cluster for each of its nodes, not {owned}",
        )
        for kind, namespace, name in RUNNING:
            (found,) = self.cluster.get(kind, "-n", namespace, name)
            status = found["status"]
            ready = status.get("readyReplicas", status.get("numberReady", 0))
            require(ready > 0, f"{namespace}/{name} to be ready, not {status}")
        for kind in PUBLISHED:
            require(bool(self.cluster.get(kind, "-n", "eksa-system")), f"{kind} of the bundle")
        (own,) = self.cluster.get("clusters.anywhere.eks.amazonaws.com", specification.NAME)
        require(is_ready(own), f"the EKS-A Cluster to be Ready, not {own['status']}")
        self.say(f"looked into it: {', '.join(map(short, nodes))}")

    def require_nothing_left(self) -> None:
        """Look for what a delete must not leave: containers, machines."""
        containers = self.lab.engine.docker("ps", "--all", "--format", "{{.Names}}").split()
        require(not containers, f"no container, not {containers}")
        kubeconfig = self.cluster.kubeconfig
        require(not kubeconfig.exists(), f"no kubeconfig at {kubeconfig}")
        self.say("nothing is left: no container, no machine, no kubeconfig")

    def machine_calls(self) -> dict[str, int]:
        """Return how often the vCenter was asked to make, stop or remove a machine so far."""
        calls = self.lab.vcenter.connection().calls()
        return {name: calls.get(name, 0) for name in MACHINE_CALLS}

    def _describe(self) -> None:
        self.lab.describe(
            specification.Wanted(control_planes=self.control_planes, workers=self.workers)
        )
