"""Control plane: the machines are ordered, and the first one's API server answers."""

from __future__ import annotations

from functools import partial

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, names, objects, selectors
from bedplate.capi.blueprint import Blueprint
from bedplate.capi.cluster import ref_of
from bedplate.capi.health_checks import without_checks
from bedplate.capi.restore import forget, restore_copy, was_moved
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, PermanentError
from bedplate.fact import Given
from bedplate.facts import CONTROL_PLANE
from bedplate.phases.kubeconfig import keep_kubeconfig, read_kubeconfig
from bedplate.phases.machines import evidence, list_machines, seen
from bedplate.phases.pivot_move import side_silent
from bedplate.phases.rendering import apply_rendered, draft
from bedplate.ports.kube import JSON, Kube, Manifest, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.providers import Provider, provider_of
from bedplate.spec import ClusterSpec


class ControlPlane(Phase[facts.ControlPlane]):
    """Order all machines; keep the kubeconfig; wait until the first API server has a node.

    More cannot be waited for here: what tells Cluster API a machine's node (the cloud provider)
    starts late where there is no networking yet, so networking comes at once. The workers' step
    waits for every machine, these too. Workers are ordered here, as EKS Anywhere does: Cluster API
    makes them as soon as the first control-plane machine runs.
    """

    title = "Creating new workload cluster"
    gives = CONTROL_PLANE
    needs = (facts.PROVIDER_SETUP,)
    patience = Patience(deadline=3600, attempts=2, poll=2)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.ControlPlane | None:
        """The API server answers and has a node; or the machines were moved."""
        if self._side is Side.BOOTSTRAP and was_moved(tools):
            return self._moved(tools)
        kube = tools.kube(self._side)
        if kube.reach() is not Reach.ANSWERS or not _has_cluster(kube, tools.spec):
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Restore the saved copy if the bootstrap cluster is new; apply; take the kubeconfig."""
        kube = tools.kube(self._side)
        if self._side is Side.BOOTSTRAP:
            restore_copy(tools)  # does nothing where there is nothing to restore
        apply_rendered(tools, kube, partial(_machines, provider_of(tools.spec)))
        kubeconfig = read_kubeconfig(kube, tools.spec.name)
        if not kubeconfig:
            return Waiting("the cluster's kubeconfig secret")
        keep_kubeconfig(tools, kubeconfig)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.ControlPlane | Waiting:
        """Look at etcd, then at the API server, then for the first node."""
        kube = tools.kube(self._side)
        etcd = _etcd(kube, tools.spec)
        if isinstance(etcd, Waiting):
            return etcd
        machines = list_machines(kube, selectors.of_control_plane(tools.spec.name))
        own = tools.kube(Side.CLUSTER)
        if own.reach() is not Reach.ANSWERS:
            endpoint = {"endpoint": tools.spec.endpoint}
            return Waiting("the new cluster's API server", {**endpoint, **evidence(machines)})
        if not own.list(kinds.NODE):
            return Waiting("the first machine to become a node", evidence(machines))
        return facts.ControlPlane(
            endpoint=tools.spec.endpoint,
            kubeconfig=names.vault_kubeconfig(tools.spec.name),
            machines=seen(machines),
            etcd=etcd,
        )

    def _moved(self, tools: Tools) -> facts.ControlPlane:
        """The machines as the cluster itself has them: once moved, their order is history."""
        kube, cluster = tools.kube(Side.CLUSTER), tools.spec.name
        etcd = list_machines(kube, selectors.of_etcd(cluster))
        return facts.ControlPlane(
            endpoint=tools.spec.endpoint,
            kubeconfig=names.vault_kubeconfig(cluster),
            machines=seen(list_machines(kube, selectors.of_control_plane(cluster))),
            etcd=tuple(objects.name(machine) for machine in etcd),
        )

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Delete the Cluster, wait until its machines are gone, forget kubeconfig and copy."""
        kube = tools.kube(self._side)
        reach = kube.reach()
        if reach is Reach.SILENT or (reach is Reach.ABSENT and self._side is Side.MANAGEMENT):
            raise side_silent(tools.spec, self._side)
        if reach is Reach.ANSWERS and _has_cluster(kube, tools.spec):
            kube.delete(ref_of(kinds.CLUSTER, tools.spec.name))
            return Waiting("the cluster's machines to be deleted")
        left = provider_of(tools.spec).virtual_machines(tools)
        if left:
            raise _orphans([machine.name for machine in left])
        tools.ports.vault.delete(names.vault_kubeconfig(tools.spec.name))
        forget(tools)
        tools.ports.files.remove(names.kubeconfig_file(tools.spec.name))
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """The objects as rendered, without the key that may be generated later."""
        return list(provider_of(spec).control_plane(draft(spec, bundle)))


def _machines(provider: Provider, blueprint: Blueprint) -> tuple[Manifest, ...]:
    """Return what orders all machines; who watches them comes once they can be ready."""
    return (*provider.control_plane(blueprint), *without_checks(provider.workers(blueprint)))


def _has_cluster(kube: Kube, spec: ClusterSpec) -> bool:
    return kube.get(ref_of(kinds.CLUSTER, spec.name)) is not None


def _etcd(kube: Kube, spec: ClusterSpec) -> tuple[str, ...] | Waiting:
    if spec.etcd is None:
        return ()
    machines = list_machines(kube, selectors.of_etcd(spec.name))
    cluster = kube.get(ref_of(kinds.ETCDADM_CLUSTER, names.etcd_cluster(spec.name)))
    ready = cluster is not None and objects.flag(cluster, "status", "ready")
    running = [m for m in machines if objects.text(m, "spec", "providerID")]
    if ready and len(running) == spec.etcd.count:
        return tuple(objects.name(machine) for machine in machines)
    return Waiting(f"{len(running)} of {spec.etcd.count} etcd machines run", evidence(machines))


def _orphans(left: list[str]) -> PermanentError:
    return PermanentError(
        "ORPHANS_FOUND",
        f"machines without a record are left: {', '.join(left)}",
        why="no controller knows them any more",
        remedy="delete these virtual machines, then run the same command again",
        owner=Owner.VSPHERE,
    )
