"""External etcd's machines on an API server, for the phases that replace them or what uses them."""

from __future__ import annotations

from bedplate.capi import external_etcd, kinds, names, objects, selectors
from bedplate.capi.cluster import ref_of
from bedplate.capi.pause import is_paused_by_us, unacknowledged
from bedplate.engine.phase import Waiting
from bedplate.phases.machines import evidence
from bedplate.ports.kube import Kube, Manifest
from bedplate.spec import ClusterSpec


def etcd_cluster(kube: Kube, spec: ClusterSpec) -> Manifest | None:
    """Return the EtcdadmCluster, or None."""
    return kube.get(ref_of(kinds.ETCDADM_CLUSTER, names.etcd_cluster(spec.name)))


def etcd_machines(kube: Kube, spec: ClusterSpec) -> tuple[Manifest, ...]:
    """Return every machine of external etcd, also former members and one that goes."""
    return tuple(kube.list(kinds.MACHINE, names.NAMESPACE, selectors.of_etcd(spec.name)))


def former_members(kube: Kube, spec: ClusterSpec) -> tuple[Manifest, ...]:
    """Return the machines that are members no more and wait to go."""
    return external_etcd.former_members(etcd_cluster(kube, spec), etcd_machines(kube, spec))


def let_former_go(kube: Kube, spec: ClusterSpec) -> None:
    """Say that the control plane uses no former member, where there are some and it is so.

    The control plane's controller says it too when its rollout ends, but for some releases of it,
    which leave the machines running (aws/eks-anywhere issue 10476).
    """
    etcd = etcd_cluster(kube, spec) if spec.etcd is not None else None
    if etcd is None or not external_etcd.former_members(etcd, etcd_machines(kube, spec)):
        return
    plane = kube.get(ref_of(kinds.KUBEADM_CONTROL_PLANE, spec.name))
    if plane is None:
        return
    is_said = external_etcd.PLANE_DONE in objects.annotations_of(etcd)
    if not is_said and external_etcd.used_endpoints(plane) == external_etcd.endpoints(etcd):
        marks = {external_etcd.PLANE_DONE: "true"}
        kube.patch(objects.ref(etcd), {"metadata": {"annotations": marks}})


def not_told(kube: Kube, spec: ClusterSpec, plane: Manifest) -> Waiting | None:
    """Return what the control plane is still to learn of the end of its pause, or of etcd.

    Neither shows in its generation: the end of a pause is an annotation, and new endpoints its
    controller writes itself, once it looks again. Until then all its machines count as up to date.
    """
    name = objects.ref(plane).identity
    if is_paused_by_us(plane) or unacknowledged([plane], paused=False):
        return Waiting(f"{name} to be no longer paused")
    etcd = etcd_cluster(kube, spec) if spec.etcd is not None else None
    if etcd is not None and external_etcd.used_endpoints(plane) != external_etcd.endpoints(etcd):
        said = {"etcd has": ", ".join(sorted(external_etcd.endpoints(etcd)))}
        return Waiting(f"{name} to be told of etcd's new members", said)
    return None


def still_there(kube: Kube, spec: ClusterSpec) -> Waiting | None:
    """Return which former members are still to go, None once there are none."""
    if spec.etcd is None or not (former := former_members(kube, spec)):
        return None
    left = ", ".join(objects.name(one) for one in former)
    return Waiting(f"{left} to be deleted, no members of etcd any more", evidence(former))
