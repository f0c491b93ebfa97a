"""An upgrade in place on real parts, of three control planes, while it is made difficult.

A cluster that manages itself goes from one Kubernetes minor version to the next. A webhook that
nobody serves refuses what the control plane has to write, a control-plane machine is lost with its
etcd member, a budget keeps a pod from leaving its node. A probe asks the API server all the while.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace

from bedplate.capi import kinds
from bedplate.engine.journal import StepState
from lab import versions
from lab.beside import SETTLED, STEP_SECONDS, Beside
from lab.check import Check
from lab.cluster import Found, LabCluster, require, short
from lab.images import Images, KubernetesPart
from lab.places import REGISTRY
from lab.probe import Probe
from lab.specification import IMPATIENT, Wanted
from lab.steps import Steps
from lab.up import Lab

NEWER, OLDER = versions.KUBERNETES[:2]
CLUSTER = Wanted(control_planes=3, release=OLDER, health_check=IMPATIENT)
REFUSED_SECONDS = 60.0
HELD = "held"
STANDS_STILL = "Cluster API stands still"
PODS = ("-n", "default")
WEBHOOK: Found = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "ValidatingWebhookConfiguration",
    "metadata": {"name": HELD},
    "webhooks": [
        {
            "name": "held.example.com",
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "failurePolicy": "Fail",
            "clientConfig": {"service": {"namespace": "default", "name": "nobody"}},
            "rules": [
                {
                    "apiGroups": [""],
                    "apiVersions": ["v1"],
                    "operations": ["*"],
                    "resources": ["configmaps"],
                }
            ],
        }
    ],
}
BUDGET: Found = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": HELD, "namespace": "default"},
    "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": HELD}}},
}


@dataclass(frozen=True, slots=True)
class Rolling:
    """A create, an upgrade with troubles, and a delete, in a lab that is up."""

    lab: Lab
    say: Callable[[str], None]

    @property
    def cluster(self) -> LabCluster:
        """Return the cluster that is upgraded."""
        return LabCluster(self.lab, self.say)

    def run(self) -> None:
        """Raise PermanentError LAB_CHECK_FAILED where anything is not as it should be."""
        cluster, check = self.cluster, Check(self.lab, self.say, CLUSTER.control_planes)
        self.lab.describe(CLUSTER)
        cluster.create()
        before = {short(node) for node in cluster.nodes()}
        for thing in (_pod_that_stays(), WEBHOOK):
            cluster.apply(thing)
        self.lab.describe(replace(CLUSTER, release=NEWER))
        with Probe(cluster.kubeconfig).looking() as probe:
            self._upgrade(cluster)
        self.say(f"{cluster.name}: {Steps.of(self.lab, cluster.name)}")
        self.say(f"{cluster.name} while it was upgraded: {probe}")
        self._require_replaced(cluster, before)
        check.look()
        cluster.delete()
        check.require_nothing_left()

    def _upgrade(self, cluster: LabCluster) -> None:
        beside = Beside(self.lab, cluster.name)
        began = beside.clock.now()
        with beside.running("upgrade", "cluster", "-f", str(cluster.file)) as upgrade:
            beside.until(upgrade, "control-plane", StepState.RUNNING)
            self._require_named(beside)
            beside.until_said(upgrade, "WEBHOOK_SILENT")
            beside.clock.sleep(REFUSED_SECONDS)
            cluster.kubectl("delete", "validatingwebhookconfiguration", HELD)
            self.say(f"a dead webhook was named, and refused for {REFUSED_SECONDS:.0f} s more")
            beside.until_so(upgrade, self._one_has_joined, f"a machine of {NEWER.patch} to join")
            lost = self._lose_machine()
            beside.until_so(
                upgrade,
                lambda: beside.stands("control-plane", *SETTLED) or beside.has_said(STANDS_STILL),
                "the control plane to be complete, or what it stands still for",
            )
            if beside.has_said(STANDS_STILL):
                cluster.kubectl("delete", "machine", "-n", "eksa-system", lost, "--wait=false")
                self.say(f"Cluster API stood still, and goes on without {lost}")
            beside.until(upgrade, "control-plane", *SETTLED)
            self.say("the control plane is complete again, and new")
            beside.until(upgrade, "workers", StepState.RUNNING)
            cluster.apply(BUDGET)
            beside.until_said(upgrade, f"disruption budget {HELD}")
            cluster.kubectl(*PODS, "delete", "poddisruptionbudget", HELD)
            self.say("a budget that held up a drain was named, and is gone")
            self._require_ends_well(upgrade, beside)
        self.say(f"{cluster.name}: upgraded in {beside.clock.now() - began:.0f} s")

    def _require_named(self, beside: Beside) -> None:
        said = beside.log.read_text()
        require("held.example.com" in said, f"preflight to name the webhook; see {beside.log}")

    @staticmethod
    def _require_ends_well(upgrade: subprocess.Popen[bytes], beside: Beside) -> None:
        status = upgrade.wait(STEP_SECONDS)
        require(status == 0, f"the upgrade to end well, not {status}; see {beside.log}")

    def _machines(self, release: versions.Kubernetes) -> list[Found]:
        """Return the control plane's machines of a version, the newest last; none if it is silent.

        One that is on its way out is none of them.
        """
        label = f"{kinds.CONTROL_PLANE_LABEL}"
        words = ("get", "machines.cluster.x-k8s.io", "-n", "eksa-system", "-l", label, "-o", "json")
        found = self.cluster.try_kubectl(*words)
        items: list[Found] = json.loads(found)["items"] if found else []
        return sorted(
            (
                one
                for one in items
                if one["spec"]["version"] == release.tag
                and "deletionTimestamp" not in one["metadata"]
            ),
            key=lambda one: str(one["metadata"]["creationTimestamp"]),
        )

    def _one_has_joined(self) -> bool:
        return any(one.get("status", {}).get("nodeRef") for one in self._machines(NEWER))

    def _lose_machine(self) -> str:
        """Remove an old machine that is not the next to go anyway: those go from the oldest on."""
        lost = short(self._machines(OLDER)[-1])
        names = self.lab.engine.docker("ps", "--format", "{{.Names}}").split()
        (container,) = [name for name in names if name.startswith(f"vcsim-{lost}-")]
        self.lab.engine.docker("rm", "--force", "--volumes", container)
        self.say(f"{lost} is lost, and its etcd member with it")
        return lost

    def _require_replaced(self, cluster: LabCluster, before: set[str]) -> None:
        nodes = cluster.nodes()
        found = [node["status"]["nodeInfo"]["kubeletVersion"] for node in nodes]
        count = CLUSTER.control_planes + CLUSTER.workers
        require(found == [NEWER.tag] * count, f"{count} nodes of {NEWER.tag}, not {found}")
        kept = before & {short(node) for node in nodes}
        require(not kept, f"every machine to be replaced, not {sorted(kept)} to stay")


def _pod_that_stays() -> Found:
    """Return a Deployment of one pod; its image is in machines of either version."""
    image = Images(REGISTRY).of_kubernetes(KubernetesPart.COREDNS, OLDER)
    container = {"name": HELD, "image": image, "args": ["-dns.port=1053"]}
    labels = {"app": HELD}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": HELD, "namespace": "default"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
