"""Rules about upgrades on bare metal, where there may be no machine to spare."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.spec.cluster_spec import ClusterSpec
from bedplate.spec.findings import Finding, Findings
from bedplate.spec.fixed import is_paused
from bedplate.spec.models.tinkerbell_datacenter import TinkerbellDatacenterConfig
from bedplate.spec.models.workers import WorkerNodeGroup

CONTROL_PLANE = "Cluster.spec.controlPlaneConfiguration"
GROUPS = "Cluster.spec.workerNodeGroupConfigurations"

Pair = tuple[str, WorkerNodeGroup, WorkerNodeGroup]


def labels_and_taints(old: ClusterSpec, new: ClusterSpec) -> Findings:
    """Labels and taints of nodes stay."""
    if not _on_bare_metal(new) or is_paused(old.cluster):
        return
    said, right = "cannot change after create on bare metal", "as before"
    if old.control_plane.labels != new.control_plane.labels:
        yield Finding(f"{CONTROL_PLANE}.labels", said, right)
    if old.control_plane.taints != new.control_plane.taints:
        yield Finding(f"{CONTROL_PLANE}.taints", said, right)
    for field, before, after in _pairs(old, new):
        if before.labels != after.labels:
            yield Finding(f"{field}.labels", said, right)
        if before.taints != after.taints:
            yield Finding(f"{field}.taints", said, right)


def no_scaling_with_an_upgrade(old: ClusterSpec, new: ClusterSpec) -> Findings:
    """The number of machines and the Kubernetes version change one after the other."""
    if not _on_bare_metal(new) or old.kubernetes_version == new.kubernetes_version:
        return
    said = "changes together with the Kubernetes version"
    count = old.control_plane.count
    if count != new.control_plane.count:
        yield Finding(f"{CONTROL_PLANE}.count", said, f"{count} for now, and another afterwards")
    for field, before, after in _pairs(old, new):
        if before.replicas != after.replicas:
            hint = f"{before.replicas} for now, and another afterwards"
            yield Finding(f"{field}.count", said, hint)
    known = {group.name for group in old.workers}
    for index, group in enumerate(new.workers):
        if group.name not in known:
            added = f"the group {group.name!r} is added together with a new Kubernetes version"
            yield Finding(f"{GROUPS}[{index}]", added, "one after the other")
    for name in sorted(known - {group.name for group in new.workers}):
        gone = f"the group {name!r} is removed together with a new Kubernetes version"
        yield Finding(GROUPS, gone, "one after the other")


def _on_bare_metal(spec: ClusterSpec) -> bool:
    return isinstance(spec.datacenter, TinkerbellDatacenterConfig)


def _pairs(old: ClusterSpec, new: ClusterSpec) -> Iterator[Pair]:
    """Yield the groups that both have, with the path of the new one."""
    before = {group.name: group for group in old.workers}
    for index, group in enumerate(new.workers):
        if group.name in before:
            yield f"{GROUPS}[{index}]", before[group.name], group
