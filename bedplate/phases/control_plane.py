"""Control plane: the first machines, and external etcd where the specification asks for it."""

from __future__ import annotations

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.capi import kinds, names, objects, selectors
from bedplate.capi.cluster import ref_of
from bedplate.capi.restore import forget, restore_copy, was_moved
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.errors import Owner, PermanentError
from bedplate.fact import Given
from bedplate.facts import CONTROL_PLANE
from bedplate.phases.kubeconfig import keep_kubeconfig, read_kubeconfig
from bedplate.phases.machines import evidence, list_machines, with_node
from bedplate.phases.pivot_move import side_silent
from bedplate.phases.rendering import apply_rendered, draft
from bedplate.ports.kube import JSON, Kube, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.providers import provider_of
from bedplate.spec import ClusterSpec


class ControlPlane(Phase[facts.ControlPlane]):
    """Order etcd and control-plane machines; keep the kubeconfig; wait until each has its node."""

    title = "Creating new workload cluster"
    gives = CONTROL_PLANE
    needs = (facts.PROVIDER_SETUP,)
    patience = Patience(deadline=3600, attempts=2)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.ControlPlane | None:
        """All machines that the specification asks for have their nodes; or they were moved."""
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
        apply_rendered(tools, kube, provider_of(tools.spec).control_plane)
        kubeconfig = read_kubeconfig(kube, tools.spec.name)
        if not kubeconfig:
            return Waiting("the cluster's kubeconfig secret")
        keep_kubeconfig(tools, kubeconfig)
        return None

    def verify(self, given: Given, tools: Tools) -> facts.ControlPlane | Waiting:
        """Look at etcd, then at the first machine's API server, then at every machine's node."""
        kube = tools.kube(self._side)
        etcd = _etcd(kube, tools.spec)
        if isinstance(etcd, Waiting):
            return etcd
        machines = list_machines(kube, selectors.of_control_plane(tools.spec.name))
        joined = with_node(machines)
        wanted = tools.spec.control_plane.count
        if len(joined) != wanted or len(machines) != wanted:
            return Waiting(
                f"{len(joined)} of {wanted} control-plane machines have a node", evidence(machines)
            )
        if tools.kube(Side.CLUSTER).reach() is not Reach.ANSWERS:
            return Waiting("the new cluster's API server", {"endpoint": tools.spec.endpoint})
        return facts.ControlPlane(
            endpoint=tools.spec.endpoint,
            kubeconfig=names.vault_kubeconfig(tools.spec.name),
            machines=joined,
            etcd=etcd,
        )

    def _moved(self, tools: Tools) -> facts.ControlPlane:
        """The machines as the cluster itself has them: once moved, their order is history."""
        kube, cluster = tools.kube(Side.CLUSTER), tools.spec.name
        etcd = list_machines(kube, selectors.of_etcd(cluster))
        return facts.ControlPlane(
            endpoint=tools.spec.endpoint,
            kubeconfig=names.vault_kubeconfig(cluster),
            machines=with_node(list_machines(kube, selectors.of_control_plane(cluster))),
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
