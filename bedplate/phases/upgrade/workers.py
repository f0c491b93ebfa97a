"""Workers: every group at its own version, one machine more before one goes."""

from __future__ import annotations

from collections.abc import Sequence

from bedplate import facts
from bedplate.capi import kinds, names, objects
from bedplate.capi.cluster import ref_of
from bedplate.capi.differences import Difference
from bedplate.engine.phase import Patience, Waiting
from bedplate.fact import Given
from bedplate.facts import CONTROL_PLANE, WORKERS
from bedplate.phases.machines import (
    complaints,
    evidence,
    held_back,
    list_machines,
    ready_nodes,
    told_with_drains,
    with_node,
)
from bedplate.phases.rendering import Render
from bedplate.phases.upgrade.origins import outdated
from bedplate.phases.upgrade.replacing import Group, gone
from bedplate.phases.upgrade.rolling import Roll, unfinished
from bedplate.ports.kube import JSON, Kube, Manifest, Side
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec, WorkerNodeGroup

AUTOSCALER = "cluster.x-k8s.io/cluster-api-autoscaler-node-group"
BOUNDS = (f"{AUTOSCALER}-min-size", f"{AUTOSCALER}-max-size")


class RollWorkers(Roll[facts.Workers]):
    """Order every group anew, delete those that are no longer asked for, wait for their nodes."""

    title = "Upgrading worker nodes"
    gives = WORKERS
    needs = (CONTROL_PLANE,)
    patience = Patience(deadline=7200, attempts=2)

    def changes(self, tools: Tools, kube: Kube) -> tuple[Difference, ...]:
        """Besides what applying changes: groups that go, bounds that no longer hold."""
        leaving = tuple(
            Difference(ref_of(kinds.MACHINE_DEPLOYMENT, name))
            for name in (*dropped(kube, tools.spec), *_unbound(kube, tools.spec))
        )
        return (*super().changes(tools, kube), *leaving)

    def groups(self, tools: Tools, earlier: Sequence[Group]) -> tuple[Group, ...]:
        """Besides those that change, the groups that go."""
        kube = tools.kube(self._side)
        names_gone = set(dropped(kube, tools.spec))
        leaving = (d for d in deployments(kube, tools.spec) if objects.name(d) in names_gone)
        return (*super().groups(tools, earlier), *gone(kube, leaving, tools.spec))

    def prepare(self, tools: Tools, kube: Kube) -> None:
        """Delete the groups that go; take the autoscaler's bounds from those that lost them."""
        for name in dropped(kube, tools.spec):
            kube.delete(ref_of(kinds.MACHINE_DEPLOYMENT, name))
        for name in _unbound(kube, tools.spec):
            marks: dict[str, JSON] = dict.fromkeys(BOUNDS)
            ref = ref_of(kinds.MACHINE_DEPLOYMENT, name)
            kube.patch(ref, {"metadata": {"annotations": marks}})

    def render(self, spec: ClusterSpec) -> Render:
        """Return what renders the groups."""
        return provider_of(spec).workers

    def verify(self, given: Given, tools: Tools) -> facts.Workers | Waiting:
        """Look at each group in turn, then at the nodes."""
        kube = tools.kube(self._side)
        if left := dropped(kube, tools.spec):
            return Waiting(f"the machines of {', '.join(left)} to be deleted")
        found: list[facts.Machine] = []
        for group in tools.spec.workers:
            machines = _machines(kube, tools.spec, group)
            if isinstance(machines, Waiting):
                return machines
            found += machines
        ready = ready_nodes(tools.kube(Side.CLUSTER))
        unready = sorted(m.node for m in found if m.node not in ready)
        if unready:
            on = f"{len(found) - len(unready)} of {len(found)} worker nodes ready"
            return Waiting(on, {"not ready": ", ".join(unready)})
        return facts.Workers(machines=tuple(found))


def _machines(
    kube: Kube, spec: ClusterSpec, group: WorkerNodeGroup
) -> tuple[facts.Machine, ...] | Waiting:
    """Return a group's machines once all are up to date; how many there are, a scaler may say."""
    name = names.machine_deployment(spec.name, group.name)
    deployment = kube.get(ref_of(kinds.MACHINE_DEPLOYMENT, name))
    if deployment is None:
        return Waiting(f"MachineDeployment {name}")
    wanted = _wanted(deployment, group)
    labels = {kinds.CLUSTER_NAME_LABEL: spec.name, kinds.DEPLOYMENT_NAME_LABEL: name}
    every = tuple(kube.list(kinds.MACHINE, names.NAMESPACE, labels))
    if waiting := unfinished(deployment, wanted, f"machines of {group.name}"):
        troubled = {**waiting.evidence, **complaints(every), **held_back(kube, spec.name, every)}
        return told_with_drains(Waiting(waiting.on, troubled), every)
    if former := outdated(kube, deployment, every):
        on = f"{', '.join(former)} of {group.name} to be replaced"
        return told_with_drains(Waiting(on, evidence(every)), every)
    joined = with_node(list_machines(kube, labels))
    if len(joined) != wanted or len(every) != wanted:
        on = f"{len(joined)} of {wanted} machines of {group.name} have a node, {len(every)} there"
        troubled = {**evidence(every), **held_back(kube, spec.name, every)}
        return told_with_drains(Waiting(on, troubled), every)
    return joined


def _wanted(deployment: Manifest, group: WorkerNodeGroup) -> int:
    if group.autoscaling_configuration is None:
        return group.replicas
    return objects.number(deployment, "spec", "replicas") or 0


def deployments(kube: Kube, spec: ClusterSpec) -> tuple[Manifest, ...]:
    """Return the cluster's MachineDeployments as they are."""
    labels = {kinds.CLUSTER_NAME_LABEL: spec.name}
    return tuple(kube.list(kinds.MACHINE_DEPLOYMENT, names.NAMESPACE, labels))


def dropped(kube: Kube, spec: ClusterSpec) -> tuple[str, ...]:
    """Return the deployments that no worker group asks for any more."""
    wanted = {names.machine_deployment(spec.name, group.name) for group in spec.workers}
    return tuple(sorted({objects.name(one) for one in deployments(kube, spec)} - wanted))


def _unbound(kube: Kube, spec: ClusterSpec) -> tuple[str, ...]:
    """Return the deployments that the autoscaler must let go."""
    fixed = {
        names.machine_deployment(spec.name, group.name)
        for group in spec.workers
        if group.autoscaling_configuration is None
    }
    return tuple(
        objects.name(one)
        for one in deployments(kube, spec)
        if objects.name(one) in fixed and {*BOUNDS} & objects.annotations_of(one).keys()
    )
