"""Post-checks: what the cluster itself says it has become."""

from __future__ import annotations

from datetime import UTC, datetime

from bedplate import facts
from bedplate.bundles import ChosenBundle
from bedplate.bundles.semver import parse
from bedplate.capi import kinds, names, objects, selectors
from bedplate.capi.cluster import ref_of
from bedplate.engine.phase import Patience, Phase, Waiting
from bedplate.fact import Given
from bedplate.facts import CONTROL_PLANE, EXTERNAL_ETCD, POST_CHECKS, WORKERS
from bedplate.phases.machines import ready_nodes
from bedplate.phases.readiness import is_available
from bedplate.phases.rendering import draft
from bedplate.phases.upgrade.etcd_members import let_former_go, still_there
from bedplate.ports.kube import JSON, Kube, Manifest, Reach, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec

EXPIRES = "certificatesExpiryDate"
SYSTEM = ("kube-system", "vmware-system-csi")
SOON_DAYS = 30  # EKS Anywhere's own report warns from here on


class CheckAfterwards(Phase[facts.PostChecks]):
    """Compare nodes with machines, versions with what was asked for, etcd with its machines."""

    title = "Validating the changed cluster"
    gives = POST_CHECKS
    needs = (EXTERNAL_ETCD, CONTROL_PLANE, WORKERS)
    patience = Patience(deadline=1800)

    def __init__(self, side: Side) -> None:
        self._side = side

    def check(self, given: Given, tools: Tools) -> facts.PostChecks | None:
        """Everything is so already."""
        for key in self.needs:
            given[key]
        if tools.kube(self._side).reach() is not Reach.ANSWERS:
            return None
        found = self.verify(given, tools)
        return None if isinstance(found, Waiting) else found

    def run(self, given: Given, tools: Tools) -> Waiting | None:
        """Let etcd's former members go, and say which certificates end soon."""
        let_former_go(tools.kube(self._side), tools.spec)
        now = datetime.fromtimestamp(tools.ports.clock.now(), UTC)
        for machine, end in _certificates(tools.kube(self._side), tools.spec).items():
            left = (_moment(end) - now).days
            if left < SOON_DAYS:
                tools.say(f"⚠ the certificates of {machine} end in {left} days ({end})")
        return None

    def verify(self, given: Given, tools: Tools) -> facts.PostChecks | Waiting:
        """Return what was found, or the first thing that is not as it should be."""
        kube, own = tools.kube(self._side), tools.kube(Side.CLUSTER)
        machines = _versions(kube, tools)
        nodes = {objects.name(node): _kubelet(node) for node in own.list(kinds.NODE)}
        if strangers := sorted(nodes.keys() ^ machines.keys()):
            return Waiting(f"nodes and machines to be the same: {', '.join(strangers)}")
        if unready := sorted(nodes.keys() - ready_nodes(own)):
            return Waiting(f"{', '.join(unready)} to be ready")
        for node, version in sorted(nodes.items()):
            if not _same(version, machines[node]):
                return Waiting(f"node {node} to run {machines[node]}, not {version or 'unknown'}")
        if late := _late_daemons(own):
            return Waiting(f"{', '.join(late)} to run on every node")
        if waiting := still_there(kube, tools.spec):
            return waiting
        members = _etcd_members(kube, tools.spec, given)
        if isinstance(members, Waiting):
            return members
        ends = _certificates(kube, tools.spec)
        return facts.PostChecks(nodes=nodes, etcd_members=members, certificates=ends)

    def undo(self, given: Given, tools: Tools) -> Waiting | None:
        """Nothing was made."""
        return None

    def reads(self, spec: ClusterSpec, bundle: ChosenBundle) -> JSON:
        """What there is to compare with."""
        return [spec.name, spec.kubernetes_version, bundle.digest]


def _versions(kube: Kube, tools: Tools) -> dict[str, str]:
    """Return the version that the specification has for each machine with a kubelet, by its node.

    What a machine says itself is not enough: one that nobody replaced says it too.
    """
    spec, asked = tools.spec, draft(tools.spec, tools.bundle)
    versions = {
        names.machine_deployment(spec.name, group.name): asked.worker_versions(group)
        for group in spec.workers
    }
    labels = {kinds.CLUSTER_NAME_LABEL: spec.name}
    return {
        objects.text(machine, "status", "nodeRef", "name"): versions.get(
            objects.labels(machine).get(kinds.DEPLOYMENT_NAME_LABEL, ""), asked.versions
        ).distro.kubernetes.tag
        for machine in kube.list(kinds.MACHINE, names.NAMESPACE, labels)
        if kinds.ETCD_LABEL not in objects.labels(machine)
    }


def _kubelet(node: Manifest) -> str:
    return objects.text(node, "status", "nodeInfo", "kubeletVersion")


def _late_daemons(kube: Kube) -> tuple[str, ...]:
    """Return what the system runs on every node and does not yet on new ones."""
    return tuple(
        objects.ref(one).identity
        for namespace in SYSTEM
        for one in kube.list(kinds.DAEMON_SET, namespace)
        if not is_available(one)
    )


def _same(kubelet: str, wanted: str) -> bool:
    """A kubelet says its build after the version; the version is what has to be the same."""
    one, other = parse(kubelet), parse(wanted)
    return one is not None and other is not None and one.core == other.core


def _etcd_members(kube: Kube, spec: ClusterSpec, given: Given) -> int | Waiting:
    """Return how many members etcd has: external ones, or one for each control-plane machine."""
    if spec.etcd is not None:
        etcd = kube.get(ref_of(kinds.ETCDADM_CLUSTER, names.etcd_cluster(spec.name)))
        served = objects.text(etcd, "status", "endpoints").split(",") if etcd is not None else []
        if len(served) != len(given[EXTERNAL_ETCD].members):
            return Waiting(f"{len(served)} of {spec.etcd.count} etcd members serve")
        return len(served)
    plane = kube.get(ref_of(kinds.KUBEADM_CONTROL_PLANE, spec.name))
    healthy = objects.condition(plane, "EtcdClusterHealthy") if plane is not None else None
    if healthy is not None and not healthy.true:
        return Waiting(
            "etcd to have one healthy member for each control plane", {"says": healthy.message}
        )
    return len(given[CONTROL_PLANE].machines)


def _certificates(kube: Kube, spec: ClusterSpec) -> dict[str, str]:
    """Return when each control-plane machine's certificates end, where Cluster API knows it."""
    labels = selectors.of_control_plane(spec.name)
    found = {
        objects.name(machine): objects.text(machine, "status", EXPIRES)
        for machine in kube.list(kinds.MACHINE, names.NAMESPACE, labels)
    }
    return {name: end for name, end in found.items() if end}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
