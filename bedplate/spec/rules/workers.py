"""Rules about worker node groups."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.spec.findings import Finding, Findings
from bedplate.spec.models.cluster import Cluster
from bedplate.spec.models.common import RolloutType, TaintEffect
from bedplate.spec.models.workers import WorkerNodeGroup
from bedplate.spec.rules.kubelet import kubelet_findings
from bedplate.spec.rules.names import version_findings
from bedplate.spec.rules.shared import health_check_findings, taint_findings
from bedplate.spec.rules.text import label_findings, version

FIELD = "spec.workerNodeGroupConfigurations"
WITHOUT_WORKERS = "TinkerbellDatacenterConfig"
MAX_SKEW = 2
"""How many minor versions workers may lag behind the control plane."""

_REPELLING = frozenset({TaintEffect.NO_SCHEDULE, TaintEffect.NO_EXECUTE})


def _groups(cluster: Cluster) -> Iterator[tuple[str, WorkerNodeGroup]]:
    for index, group in enumerate(cluster.spec.worker_node_group_configurations):
        yield f"{FIELD}[{index}]", group


def worker_node_groups(cluster: Cluster) -> Findings:
    """There are workers, every group has a name of its own, and something can run on one."""
    groups = cluster.spec.worker_node_group_configurations
    if not groups:
        yield from _no_workers(cluster)
        return
    seen: set[str] = set()
    for field, group in _groups(cluster):
        if not group.name:
            yield Finding(f"{field}.name", "is empty", "a name of its own")
        elif group.name in seen:
            said = f"a group above is already named {group.name!r}"
            yield Finding(f"{field}.name", said, "a name of its own")
        seen.add(group.name)
    if cluster.self_managed and all(map(_repels, groups)):
        said = "every group repels pods, and the cluster's own controllers need a place"
        yield Finding(FIELD, said, "a group without NoSchedule and NoExecute taints")


def _no_workers(cluster: Cluster) -> Findings:
    kind = cluster.spec.datacenter_ref.kind
    if kind != WITHOUT_WORKERS:
        yield Finding(FIELD, f"{kind or 'a cluster'} needs workers", "at least one group")
    elif cluster.spec.control_plane_configuration.node_taints:
        field = "spec.controlPlaneConfiguration.taints"
        yield Finding(field, "without workers, pods run on the control plane", "taints: []")


def _repels(group: WorkerNodeGroup) -> bool:
    return any(taint.effect in _REPELLING for taint in group.taints)


def counts(cluster: Cluster) -> Findings:
    """A group's number of machines is not negative and within its autoscaling bounds."""
    for field, group in _groups(cluster):
        yield from _scaling(group, field)
        if group.autoscaling_configuration is None and group.replicas < 0:
            yield Finding(f"{field}.count", f"{group.replicas} is negative", "0 or more")


def _scaling(group: WorkerNodeGroup, field: str) -> Findings:
    scaling = group.autoscaling_configuration
    if scaling is None:
        return
    least, most = scaling.min_count, scaling.max_count
    where = f"{field}.autoscalingConfiguration"
    if least < 0:
        yield Finding(f"{where}.minCount", f"{least} is negative", "0 or more")
    if most <= 0:
        yield Finding(f"{where}.maxCount", f"{most} leaves no machine", "1 or more")
    if least > most:
        yield Finding(f"{where}.minCount", f"{least} is more than maxCount, {most}", "less")
    elif not least <= group.replicas <= most:
        said = f"{group.replicas} is outside of the autoscaling bounds"
        yield Finding(f"{field}.count", said, f"{least} to {most}")


def rollouts(cluster: Cluster) -> Findings:
    """An upgrade may add or remove a machine, or it could not go on."""
    for field, group in _groups(cluster):
        given = group.upgrade_rollout_strategy
        rolling = given.rolling_update if given else None
        if given is None or rolling is None:
            continue
        where = f"{field}.upgradeRolloutStrategy.rollingUpdate"
        if given.type is RolloutType.IN_PLACE:
            yield Finding(where, "has no meaning with InPlace", "type alone")
        elif min(rolling.max_surge, rolling.max_unavailable) < 0:
            yield Finding(where, "a number is negative", "0 or more")
        elif rolling.max_surge == rolling.max_unavailable == 0:
            said = "maxSurge and maxUnavailable are both 0, so no machine can be replaced"
            yield Finding(where, said, "one of them at least 1")


def versions(cluster: Cluster) -> Findings:
    """Workers are not newer than the control plane, and not much older."""
    newest = version(cluster.spec.kubernetes_version)
    for field, group in _groups(cluster):
        if group.kubernetes_version is None:
            continue
        where = f"{field}.kubernetesVersion"
        yield from version_findings(group.kubernetes_version, where)
        own = version(group.kubernetes_version)
        if newest and own and not 0 <= newest[1] - own[1] <= MAX_SKEW:
            said = f"{group.kubernetes_version} does not fit {cluster.spec.kubernetes_version}"
            allowed = f"the control plane's version or up to {MAX_SKEW} minor versions less"
            yield Finding(where, said, allowed)


def labels_taints_and_health(cluster: Cluster) -> Findings:
    """Labels, taints and health checks are ones that Kubernetes takes."""
    for field, group in _groups(cluster):
        yield from label_findings(group.labels, f"{field}.labels")
        yield from taint_findings(group.taints, f"{field}.taints")
        check = group.machine_health_check
        yield from health_check_findings(check, f"{field}.machineHealthCheck")


def kubelets(cluster: Cluster) -> Findings:
    """The kubelet's settings are ones that it knows."""
    for field, group in _groups(cluster):
        yield from kubelet_findings(group.kubelet_configuration, f"{field}.kubeletConfiguration")
