"""The lab's proof: a cluster is created on real parts, looked into, and deleted without a trace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from bedplate.adapters.clock import SystemClock
from bedplate.errors import Owner, PermanentError
from lab import specification
from lab.places import Places
from lab.up import SITE, Lab

Found: TypeAlias = dict[str, Any]

CREATE_SECONDS = 1500.0
DELETE_SECONDS = 900.0
LOOK_SECONDS = 60.0
MACHINE_CALLS = ("CloneVM_Task", "PowerOffVM_Task", "Destroy_Task")


@dataclass(frozen=True, slots=True)
class Check:
    """One create and one delete in a lab that is up."""

    lab: Lab
    say: Callable[[str], None]

    @property
    def _places(self) -> Places:
        return self.lab.places

    def run(self) -> None:
        """Raise PermanentError LAB_CHECK_FAILED where anything is not as it should be."""
        self.create()
        self.look()
        self.delete()
        self.require_nothing_left()

    def create(self) -> None:
        """Create the cluster of the lab's specification."""
        clock, file = SystemClock(), self._places.state / "w01.yaml"
        began = clock.now()
        self._bedplate("create", "cluster", "-f", str(file), "--site", SITE, timeout=CREATE_SECONDS)
        self.say(f"created in {clock.now() - began:.0f} s")

    def delete(self) -> None:
        """Delete it."""
        clock, name = SystemClock(), specification.NAME
        began = clock.now()
        words = ("delete", "cluster", name, "--site", SITE, "--confirm", name)
        self._bedplate(*words, timeout=DELETE_SECONDS)
        self.say(f"deleted in {clock.now() - began:.0f} s")

    def look(self) -> None:
        """Look into the cluster: its nodes, who manages its machines, what runs in it."""
        nodes = self._get("nodes")
        require(
            all(_is_ready(node) and node["spec"].get("providerID") for node in nodes)
            and len(nodes) == 2,
            f"two nodes that are Ready and have a provider id, not {[_short(n) for n in nodes]}",
        )
        machines = self._get("machines.cluster.x-k8s.io", "-n", "eksa-system")
        owned = [one["status"].get("nodeRef", {}).get("name") for one in machines]
        require(
            sorted(owned) == sorted(node["metadata"]["name"] for node in nodes),
            f"a machine in the cluster for each of its nodes, not {owned}",
        )
        for kind, namespace, name in (
            ("daemonsets", "kube-system", "cilium"),
            ("deployments", "kube-system", "coredns"),
            ("deployments", "capi-system", "capi-controller-manager"),
            ("deployments", "capv-system", "capv-controller-manager"),
            ("deployments", "eksa-system", "eksa-controller-manager"),
        ):
            (found,) = self._get(kind, "-n", namespace, name)
            status = found["status"]
            ready = status.get("readyReplicas", status.get("numberReady", 0))
            require(ready > 0, f"{namespace}/{name} to be ready, not {status}")
        (cluster,) = self._get("clusters.anywhere.eks.amazonaws.com", specification.NAME)
        require(_is_ready(cluster), f"the EKS-A Cluster to be Ready, not {cluster['status']}")
        self.say(f"looked into it: {', '.join(_short(node) for node in nodes)}")

    def require_nothing_left(self) -> None:
        """Look for what a delete must not leave: containers, machines."""
        containers = self.lab.engine.docker("ps", "--all", "--format", "{{.Names}}").split()
        require(not containers, f"no container, not {containers}")
        kubeconfig = self._kubeconfig()
        require(not os.path.exists(kubeconfig), f"no kubeconfig at {kubeconfig}")  # noqa: PTH110
        self.say("nothing is left: no container, no machine, no kubeconfig")

    def machine_calls(self) -> dict[str, int]:
        """Return how often the vCenter was asked to make, stop or remove a machine so far."""
        calls = self.lab.vcenter.connection().calls()
        return {name: calls.get(name, 0) for name in MACHINE_CALLS}

    def _kubeconfig(self) -> str:
        name = specification.NAME
        folder = self.lab.home / "sites" / SITE / "clusters" / name
        return str(folder / f"{name}-eks-a-cluster.kubeconfig")

    def _get(self, *words: str) -> list[Found]:
        kubectl = str(self.lab.programs["kubectl"])
        command = (kubectl, "--kubeconfig", self._kubeconfig(), "get", *words, "-o", "json")
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=LOOK_SECONDS, check=False
        )
        require(done.returncode == 0, f"an answer to get {' '.join(words)}: {done.stderr}")
        answer = json.loads(done.stdout)
        found: list[Found] = answer.get("items", [answer])
        return found

    def _bedplate(self, *words: str, timeout: float) -> None:
        command = (sys.executable, "-P", "-m", "deployments.cli.main", *words)
        environment = {**os.environ, **self.lab.environment()}
        done = subprocess.run(command, env=environment, timeout=timeout, check=False)
        require(done.returncode == 0, f"`bedplate {' '.join(words)}` to end with 0")


def _is_ready(found: Found) -> bool:
    conditions = found.get("status", {}).get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _short(found: Found) -> str:
    return str(found["metadata"]["name"])


def require(is_so: bool, wanted: str) -> None:
    """Raise PermanentError LAB_CHECK_FAILED where something is not so."""
    if not is_so:
        raise PermanentError(
            "LAB_CHECK_FAILED",
            f"wanted {wanted}",
            why="the lab is the proof that real parts do what the simulation does",
            remedy="look at what is there; `./run lab down` clears it away",
            owner=Owner.PLATFORM,
        )
