"""Storage: the vSphere CSI driver and a StorageClass, where the specification names a policy.

EKS Anywhere dropped its own storage class in v0.17; ours is made where a machine configuration
names a `storagePolicyName` and the bundle brings the driver, and never changed afterwards: a
StorageClass's fields are immutable. The policy is the machines', too, whatever is made here.
"""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds
from bedplate.capi.cluster import build, ref_of
from bedplate.checks.components import storage_policy
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import STORAGE
from bedplate.phases.installing import apply_release, brought, missing, remove_release
from bedplate.ports.components import Component, Release
from bedplate.ports.kube import JSON, Manifest, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

NAME = "standard"


class Storage(Phase[facts.Storage]):
    """Install the CSI driver and create the StorageClass."""

    title = "Installing storage class on workload cluster"
    gives = STORAGE
    patience = Patience(deadline=600)

    def __init__(self, side: Side) -> None:
        self._side = side

    def skip(self, spec: ClusterSpec) -> str | None:
        """No policy, no class."""
        return (
            None
            if storage_policy(spec)
            else "no storagePolicyName specified, storage class skipped"
        )

    def check(self, given: Given, tools: Tools) -> facts.Storage | None:
        """Nothing is asked for, or to be had, or driver and class are there."""
        if not storage_policy(tools.spec) or _driver(tools) is None:
            return facts.Storage(storage_class=None)
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Apply the driver; create the class."""
        kube, driver = tools.kube(self._side), _driver(tools)
        if driver is None:
            return None
        if waiting := apply_release(kube, driver):
            return waiting
        kube.create(
            ref_of(kinds.STORAGE_CLASS, NAME, ""), storage_class(storage_policy(tools.spec))
        )
        return None

    def verify(self, given: Given, tools: Tools) -> facts.Storage | Waiting:
        """Return the class's name once the driver runs."""
        kube, driver = tools.kube(self._side), _driver(tools)
        if driver is None:
            return facts.Storage(storage_class=None)
        if waiting := missing(kube, driver):
            return waiting
        if kube.get(ref_of(kinds.STORAGE_CLASS, NAME, "")) is None:
            return Waiting(f"StorageClass {NAME}")
        return facts.Storage(storage_class=NAME)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete class and driver."""
        kube, driver = tools.kube(self._side), _driver(tools)
        if driver is None:
            return None
        if kube.reach() is Reach.ANSWERS:
            kube.delete(ref_of(kinds.STORAGE_CLASS, NAME, ""))
        remove_release(kube, driver)
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The policy."""
        return storage_policy(spec)


def _driver(tools: Tools) -> Release | None:
    return brought(tools.ports.components, Component.VSPHERE_CSI)


def storage_class(policy_name: str) -> Manifest:
    """Return the default StorageClass of a policy."""
    body: dict[str, JSON] = {
        "provisioner": "csi.vsphere.vmware.com",
        "parameters": {"storagepolicyname": policy_name},
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    made = build(kinds.STORAGE_CLASS, NAME, body, namespace="")
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"}
    return {**made, "metadata": {"name": NAME, "annotations": annotations}}
