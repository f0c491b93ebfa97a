"""Whether a cluster is well enough to be changed: what Cluster API and the nodes say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bedplate.capi import kinds, names, objects
from bedplate.capi.managing import managing_side
from bedplate.checks.check import Check, Finding
from bedplate.checks.finding import Findings, block, check, warn
from bedplate.checks.managed import DEFINITIONS
from bedplate.checks.scene import Scene
from bedplate.errors import Owner
from bedplate.ports.kube import Kube, Manifest, Ref, Side
from bedplate.spec import ClusterSpec

PAUSED = "anywhere.eks.amazonaws.com/paused"
CONTROLLER = "eksa-controller-manager"
PRESSURES = ("DiskPressure", "MemoryPressure", "PIDPressure", "NetworkUnavailable")

OnKube = Callable[[Scene, Kube], Findings]


def health_checks(old: ClusterSpec) -> tuple[Check, ...]:
    """Return the checks of a living cluster, as its specification was, in EKS Anywhere's order."""
    manager = managing_side(old)
    etcd = (("etcd-ready", "External etcd ready", _etcd, manager),)
    rows: tuple[tuple[str, str, OnKube, Side], ...] = (
        ("control-plane-ready", "Control plane ready", _control_plane, manager),
        *(etcd if old.etcd is not None else ()),
        ("workers-ready", "Worker nodes ready", _workers(old), manager),
        ("machines-settled", "No machine is being replaced", _machines, manager),
        ("nodes-ready", "Nodes ready", _nodes, Side.CLUSTER),
        ("crds-ready", "Cluster CRDs ready", _definitions, manager),
        ("cluster-object", "Cluster object present", _cluster_object, manager),
        ("not-paused", "Cluster and its controllers are not paused", _paused, manager),
    )
    return tuple(check(name, line, on_side(look, side)) for name, line, look, side in rows)


def on_side(look: OnKube, side: Side) -> Callable[[Scene], Findings]:
    """Return a look at one side's API server; that there is none is a finding."""

    def probe(scene: Scene) -> Findings:
        kube = scene.kube.get(side)
        if kube is not None:
            yield from look(scene, kube)
            return
        name = scene.spec.name if side is Side.CLUSTER else scene.spec.management_cluster
        yield block(
            name,
            f"no API server of {name} is known to this site",
            f"keep its kubeconfig in the vault as {names.vault_kubeconfig(name)}",
            Owner.PLATFORM,
        )

    return probe


def _get(kube: Kube, scene: Scene, what: str) -> Manifest | None:
    kind = {"control plane": kinds.KUBEADM_CONTROL_PLANE, "cluster": kinds.CLUSTER}[what]
    return kube.get(Ref(kind, names.NAMESPACE, scene.spec.name))


def _control_plane(scene: Scene, kube: Kube) -> Findings:
    plane = _get(kube, scene, "control plane")
    if plane is None:
        yield _absent(f"KubeadmControlPlane {scene.spec.name}")
        return
    yield from _unready(plane)
    available = objects.condition(plane, "Available")
    if available is None or not available.true:
        said = f": {available.message}" if available and available.message else ""
        yield block(
            objects.ref(plane).identity,
            f"the control plane is not available{said}",
            f"kubectl describe kubeadmcontrolplane -n {names.NAMESPACE} {scene.spec.name}",
            Owner.PLATFORM,
        )


def _etcd(scene: Scene, kube: Kube) -> Findings:
    name = names.etcd_cluster(scene.spec.name)
    etcd = kube.get(Ref(kinds.ETCDADM_CLUSTER, names.NAMESPACE, name))
    if etcd is None:
        yield _absent(f"EtcdadmCluster {name}")
    elif not objects.flag(etcd, "status", "ready"):
        yield block(
            objects.ref(etcd).identity,
            f"{objects.number(etcd, 'status', 'readyReplicas') or 0} of"
            f" {objects.number(etcd, 'spec', 'replicas')} etcd machines are ready",
            f"kubectl describe etcdadmcluster -n {names.NAMESPACE} {name}",
            Owner.PLATFORM,
        )


def _workers(old: ClusterSpec) -> OnKube:
    """Look at the groups that there are; those that the new specification adds come later."""

    def look(_scene: Scene, kube: Kube) -> Findings:
        for group in old.workers:
            name = names.machine_deployment(old.name, group.name)
            found = kube.get(Ref(kinds.MACHINE_DEPLOYMENT, names.NAMESPACE, name))
            if found is None:
                yield _absent(f"MachineDeployment {name}")
            else:
                yield from _unready(found)

    return look


def _unready(found: Manifest) -> Findings:
    """Yield what a controller of machines has still to do."""
    target = objects.ref(found).identity
    remedy = (
        f"wait, or see why: kubectl describe {objects.kind(found).resource}"
        f" -n {objects.namespace(found)} {objects.name(found)}"
    )
    if not objects.is_observed(found):
        yield block(target, "its controller has not seen its newest state", remedy, Owner.PLATFORM)
    wanted = objects.number(found, "spec", "replicas") or 0
    for field, word in (("readyReplicas", "ready"), ("upToDateReplicas", "up to date")):
        count = objects.number(found, "status", field) or 0
        if count < wanted:
            yield block(target, f"{count} of {wanted} machines are {word}", remedy, Owner.PLATFORM)
    there = objects.number(found, "status", "replicas") or 0
    if there > wanted:
        seen = f"it has {there} machines and wants {wanted}: a rollout is under way"
        yield block(target, seen, remedy, Owner.PLATFORM)


def _machines(scene: Scene, kube: Kube) -> Findings:
    labels = {kinds.CLUSTER_NAME_LABEL: scene.spec.name}
    for machine in kube.list(kinds.MACHINE, names.NAMESPACE, labels):
        phase = objects.text(machine, "status", "phase")
        if objects.is_deleting(machine) or phase in ("Failed", "Deleting"):
            name = objects.name(machine)
            yield block(
                objects.ref(machine).identity,
                "it is being deleted" if objects.is_deleting(machine) else f"it is {phase}",
                f"wait until it is gone; kubectl describe machine -n {names.NAMESPACE} {name}"
                " says what holds it",
                Owner.PLATFORM,
            )


def _nodes(scene: Scene, kube: Kube) -> Findings:
    nodes = kube.list(kinds.NODE)
    if not nodes:
        yield _absent(f"Node of {scene.spec.name}")
    for node in nodes:
        target, name = objects.ref(node).identity, objects.name(node)
        ready = objects.condition(node, "Ready")
        if ready is None or not ready.true:
            said = f" ({ready.reason}: {ready.message})" if ready else ""
            seen = f"the node is not ready{said}"
            yield block(target, seen, f"kubectl describe node {name}", Owner.PLATFORM)
        for pressure in _pressures(node):
            remedy = f"free what is short there: kubectl describe node {name}"
            yield block(target, f"the node reports {pressure}", remedy, Owner.PLATFORM)
        if objects.flag(node, "spec", "unschedulable"):
            remedy = f"kubectl uncordon {name}, unless somebody works on it"
            yield warn(target, "the node takes no new pods (cordoned)", remedy, Owner.PLATFORM)


def _pressures(node: Manifest) -> Iterator[str]:
    for pressure in PRESSURES:
        found = objects.condition(node, pressure)
        if found is not None and found.true:
            yield pressure


def _definitions(_scene: Scene, kube: Kube) -> Findings:
    for name in DEFINITIONS:
        found = kube.get(Ref(kinds.CRD, "", name))
        established = objects.condition(found, "Established") if found is not None else None
        if found is None or objects.is_deleting(found):
            yield _absent(f"CustomResourceDefinition {name}")
        elif established is not None and not established.true:
            yield block(
                objects.ref(found).identity,
                f"it is not established: {established.message or established.reason}",
                f"kubectl describe crd {name}",
                Owner.PLATFORM,
            )


def _cluster_object(scene: Scene, kube: Kube) -> Findings:
    if _get(kube, scene, "cluster") is None:
        yield _absent(f"Cluster API's Cluster {scene.spec.name} in {names.NAMESPACE}")
    if _eksa(scene, kube) is None:
        yield _absent(f"EKS Anywhere's Cluster {scene.spec.name} in {scene.spec.namespace}")


def _eksa(scene: Scene, kube: Kube) -> Manifest | None:
    return kube.get(Ref(kinds.ANYWHERE_CLUSTER, scene.spec.namespace, scene.spec.name))


def _paused(scene: Scene, kube: Kube) -> Findings:
    name, place = scene.spec.name, names.NAMESPACE
    eksa = _eksa(scene, kube)
    if eksa is not None and objects.annotations_of(eksa).get(PAUSED) == "true":
        yield block(
            objects.ref(eksa).identity,
            f"somebody paused it (annotation {PAUSED})",
            f"find out who; then: kubectl annotate -n {scene.spec.namespace}"
            f" {DEFINITIONS[1]}/{name} {PAUSED}-",
            Owner.PLATFORM,
        )
    for found in (_get(kube, scene, "cluster"), _get(kube, scene, "control plane")):
        if found is not None and objects.is_paused(found):
            kind = objects.kind(found)
            yield block(
                objects.ref(found).identity,
                "somebody paused it, or a move of it never ended",
                f"find out who; then remove spec.paused and the annotation"
                f" {objects.PAUSED_ANNOTATION}: kubectl edit {kind.resource} -n {place} {name}",
                Owner.PLATFORM,
            )
    yield from _controller(kube)


def _controller(kube: Kube) -> Findings:
    found = kube.get(Ref(kinds.DEPLOYMENT, names.NAMESPACE, CONTROLLER))
    if found is None:
        yield _absent(f"Deployment {CONTROLLER} in {names.NAMESPACE}")
        return
    wanted = objects.number(found, "spec", "replicas")
    ready = objects.number(found, "status", "readyReplicas") or 0
    if wanted == 0 or ready < (wanted if wanted is not None else 1):
        yield block(
            objects.ref(found).identity,
            "it is scaled to 0, so nobody acts on the cluster's objects"
            if wanted == 0
            else f"{ready} of {wanted or 1} of its pods are ready",
            f"kubectl scale deployment -n {names.NAMESPACE} {CONTROLLER} --replicas=1"
            if wanted == 0
            else f"kubectl describe deployment -n {names.NAMESPACE} {CONTROLLER}",
            Owner.PLATFORM,
        )


def _absent(what: str) -> Finding:
    return block(
        what,
        "there is none, so this is not the cluster, or not the one that manages it",
        "see whether the vault's kubeconfig is of the right cluster, and whether it was made or"
        " deleted halfway",
        Owner.PLATFORM,
    )
