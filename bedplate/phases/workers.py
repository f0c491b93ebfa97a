"""Workers: every machine of the cluster has its node, and is watched from then on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, names, objects, selectors
from bedplate.capi.cluster import ref_of
from bedplate.capi.health_checks import health_checks, without_checks
from bedplate.capi.restore import was_moved
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import WORKERS
from bedplate.phases.installing import absent, apply_all, missing
from bedplate.phases.machines import evidence, held_back, list_machines, ready_nodes, with_node
from bedplate.phases.pivot_move import side_silent
from bedplate.phases.rendering import blueprint_of, draft, fitting
from bedplate.ports.components import Component
from bedplate.ports.kube import JSON, Kube, Manifest, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec


class Workers(Phase[facts.Workers]):
    """Order workers and health checks, and wait until each machine's node is ready.

    Once the cluster manages itself the order is history: what became of its machines since then
    is not this step's to judge, and nothing may be asked of the bootstrap cluster again.
    """

    title = "Creating worker nodes of workload cluster"
    gives = WORKERS
    needs = (facts.CONTROL_PLANE, facts.NETWORKING)
    patience = Patience(deadline=3600, attempts=2, poll=2)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.Workers | None:
        """There are all machines, each with a ready node; or they have been moved."""
        if self._side is Side.BOOTSTRAP and was_moved(tools):
            labels = {kinds.CLUSTER_NAME_LABEL: tools.spec.name}
            found = list_machines(tools.kube(Side.CLUSTER), labels)
            workers = tuple(m for m in found if kinds.DEPLOYMENT_NAME_LABEL in objects.labels(m))
            return facts.Workers(machines=with_node(workers))
        kube = tools.kube(self._side)
        if kube.reach() is not Reach.ANSWERS:
            return None
        if tools.kube(Side.CLUSTER).reach() is not Reach.ANSWERS:
            return None
        seen = self.verify(given, tools)
        return None if isinstance(seen, Waiting) else seen

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Apply what differs, delete dropped groups, and order health checks with a ready node.

        A health check that is there before nodes can be ready has their machines replaced; one that
        waits for every node leaves a machine that is lost meanwhile to nobody.
        """
        kube = tools.kube(self._side)
        for deployment in self._dropped(tools):
            kube.delete(ref_of(kinds.MACHINE_DEPLOYMENT, deployment))
        rendered = fitting(tools.spec, blueprint_of(tools), kube, provider_of(tools.spec).workers)
        can_be_checked = _has_ready_node(tools.kube(Side.CLUSTER))
        wanted = rendered if can_be_checked else without_checks(rendered)
        apply_all(kube, (one for one in wanted if _differs(kube, one)))
        seen = self.verify(given, tools)
        return seen if isinstance(seen, Waiting) else None

    def verify(self, given: Given, tools: Tools) -> facts.Workers | Waiting:
        """Look at all machines, then for the health checks: they tell that this step ran."""
        machines = self._machines(tools)
        if isinstance(machines, Waiting):
            return machines
        waiting = absent(tools.kube(self._side), health_checks(tools.spec))
        return waiting or facts.Workers(machines=machines)

    def _machines(self, tools: Tools) -> tuple[facts.Machine, ...] | Waiting:
        """Return the workers once every machine of the cluster has its ready node."""
        if dropped := self._dropped(tools):
            return Waiting(f"the machines of {', '.join(dropped)} to be deleted")
        planes = self._joined(
            tools,
            selectors.of_control_plane(tools.spec.name),
            tools.spec.control_plane.count,
            "control-plane machines",
        )
        if isinstance(planes, Waiting):
            return planes
        workers: list[facts.Machine] = []
        for group in tools.spec.workers:
            deployment = names.machine_deployment(tools.spec.name, group.name)
            labels = {
                kinds.CLUSTER_NAME_LABEL: tools.spec.name,
                kinds.DEPLOYMENT_NAME_LABEL: deployment,
            }
            joined = self._joined(tools, labels, group.replicas, f"machines of {group.name}")
            if isinstance(joined, Waiting):
                return joined
            workers += joined
        return _unready(tools, (*planes, *workers)) or tuple(workers)

    def _joined(
        self, tools: Tools, labels: Mapping[str, str], wanted: int, what: str
    ) -> tuple[facts.Machine, ...] | Waiting:
        """Return the machines of a group once there are as many as wanted, each with its node."""
        kube = tools.kube(self._side)
        machines = list_machines(kube, labels)
        joined = with_node(machines)
        if len(joined) == len(machines) == wanted:
            return joined
        held = held_back(kube, tools.spec.name, machines)
        on = f"{len(joined)} of {wanted} {what} have a node"
        return Waiting(on, {**evidence(machines), **held})

    def _dropped(self, tools: Tools) -> tuple[str, ...]:
        """Return the deployments of this cluster that no worker group asks for any more."""
        wanted = {names.machine_deployment(tools.spec.name, g.name) for g in tools.spec.workers}
        labels = {kinds.CLUSTER_NAME_LABEL: tools.spec.name}
        live = tools.kube(self._side).list(kinds.MACHINE_DEPLOYMENT, names.NAMESPACE, labels)
        return tuple(sorted({objects.name(one) for one in live} - wanted))

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete the groups' objects and wait until no machine of theirs is left."""
        kube = tools.kube(self._side)
        reach = kube.reach()
        if reach is Reach.SILENT or (reach is Reach.ABSENT and self._side is Side.MANAGEMENT):
            raise side_silent(tools.spec, self._side)
        if reach is Reach.ABSENT:
            return None
        for group in tools.spec.workers:
            name = names.machine_deployment(tools.spec.name, group.name)
            kube.delete(ref_of(kinds.MACHINE_DEPLOYMENT, name))
            if left := kube.list(
                kinds.MACHINE, names.NAMESPACE, {kinds.DEPLOYMENT_NAME_LABEL: name}
            ):
                return Waiting(f"{len(left)} machines of {group.name} to be deleted")
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The objects as rendered, without the key that may be generated later."""
        return list(provider_of(spec).workers(draft(spec, bundle)))


def _has_ready_node(cluster: Kube) -> bool:
    return cluster.reach() is Reach.ANSWERS and bool(ready_nodes(cluster))


def _unready(tools: Tools, machines: Sequence[facts.Machine]) -> Waiting | None:
    ready = ready_nodes(tools.kube(Side.CLUSTER))
    unready = sorted(machine.node for machine in machines if machine.node not in ready)
    if not unready:
        return None
    on = f"{len(machines) - len(unready)} of {len(machines)} nodes ready"
    network = missing(tools.kube(Side.CLUSTER), tools.ports.components.release(Component.CILIUM))
    why = {"networking waits for": network.on} if network is not None else {}
    return Waiting(on, {"not ready": ", ".join(unready), **why})


def _differs(kube: Kube, wanted: Manifest) -> bool:
    """Say whether an object has to be applied: what is as wanted is left alone at each look."""
    live = kube.get(objects.ref(wanted))
    return live is None or not objects.contains(live, wanted)
