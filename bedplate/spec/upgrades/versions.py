"""Rules about versions in an upgrade: one minor version at a time, and never back."""

from __future__ import annotations

from bedplate.spec.cluster_spec import ClusterSpec
from bedplate.spec.findings import Finding, Findings, each
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.models.common import API_GROUP
from bedplate.spec.models.workers import WorkerNodeGroup
from bedplate.spec.rules import workers
from bedplate.spec.rules.text import semver, version

KUBERNETES = "Cluster.spec.kubernetesVersion"
EKSA = "Cluster.spec.eksaVersion"
GROUPS = "Cluster.spec.workerNodeGroupConfigurations"
SKIP_SKEW = f"{API_GROUP}/skip-eksa-version-skew-check"
DEVELOPMENT = (0, 0, 0)


def kubernetes_version(old: ClusterSpec, new: ClusterSpec) -> Findings:
    """The control plane's Kubernetes stays, or goes one minor version on."""
    yield from _step(old.kubernetes_version, new.kubernetes_version, KUBERNETES)


def _step(before: str, after: str, field: str) -> Findings:
    """Yield what is wrong with going from one Kubernetes version to another."""
    one, other = version(before), version(after)
    if one is None or other is None or one == other:
        return
    following = f"{one[0]}.{one[1] + 1}"
    if other < one:
        yield Finding(field, f"{after} is older than now, {before}", f"{before} or {following}")
    elif other[0] != one[0] or other[1] > one[1] + 1:
        said = f"{after} is more than one minor version after {before}"
        yield Finding(field, said, f"{following} first, then on from there")


def worker_versions(old: ClusterSpec, new: ClusterSpec) -> Findings:
    """Every group's Kubernetes stays, or goes one minor version on."""
    before = {group.name: group for group in old.workers}
    for index, group in enumerate(new.workers):
        known = before.get(group.name)
        if known is not None:
            yield from _group(old, new, known, group, f"{GROUPS}[{index}].kubernetesVersion")


def _group(
    old: ClusterSpec, new: ClusterSpec, before: WorkerNodeGroup, after: WorkerNodeGroup, field: str
) -> Findings:
    if after.kubernetes_version is not None:
        yield from _step(old.worker_version(before), after.kubernetes_version, field)
        return
    if before.kubernetes_version is None:
        return  # the group follows the control plane, which has a rule of its own
    one, other = version(old.kubernetes_version), version(new.kubernetes_version)
    if one is not None and other is not None and one < other:
        said = "is left out in the same upgrade that changes the control plane's version"
        yield Finding(field, said, f"'{before.kubernetes_version}' for now, left out afterwards")
    else:
        yield from _step(before.kubernetes_version, new.kubernetes_version, field)


def worker_skew(_old: ClusterSpec, new: ClusterSpec) -> Findings:
    """No group is newer than the control plane, or more than two minor versions older."""
    yield from each((workers.versions,), new.cluster, Cluster.KIND)


def eksa_version(old: ClusterSpec, new: ClusterSpec) -> Findings:
    """EKS Anywhere stays in its minor version, or goes one on; an annotation allows more."""
    before, after = old.cluster.spec.eksa_version, new.cluster.spec.eksa_version
    one, other = semver(before or ""), semver(after or "")
    if one is None or other is None or other == DEVELOPMENT:
        return
    if new.cluster.metadata.annotations.get(SKIP_SKEW) == "true":
        return
    if other[0] != one[0] or other[1] > one[1] + 1:
        said = f"{after} is more than one minor version after {before}"
        yield Finding(EKSA, said, f"a v{one[0]}.{one[1] + 1} first, then on from there")
    elif other[1] < one[1]:
        said = f"{after} is older than now, {before}"
        yield Finding(EKSA, said, f"{before} or later")
