"""External etcd as its controllers have it: who is a member, who was one, and their marks. Pure.

A machine that is replaced is let go of, not deleted: it keeps its labels and serves on, since the
control plane was told its address. It goes once the control plane was replaced too.
"""

from __future__ import annotations

from collections.abc import Iterable

from bedplate.capi import objects
from bedplate.ports.kube import Manifest

SKIP_PAUSE = "cluster.x-k8s.io/skip-pause-cp-managed-etcd"
"""On a control plane: Cluster API neither pauses it while etcd is not ready nor ends a pause."""

UPGRADING = "etcdcluster.cluster.x-k8s.io/upgrading"
"""On an EtcdadmCluster: the control plane leaves its endpoints alone; its controller ends it."""

PLANE_DONE = "controlplane.cluster.x-k8s.io/upgrade-complete"
"""On an EtcdadmCluster: the control plane uses no former member, so these may go."""

ENDPOINTS = ("spec", "kubeadmConfigSpec", "clusterConfiguration", "etcd", "external", "endpoints")


def members(etcd: Manifest, machines: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Return the machines that an EtcdadmCluster owns."""
    return tuple(one for one in machines if _owns(etcd, one))


def former_members(etcd: Manifest | None, machines: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """Return the machines that it has let go of; all, where there is no EtcdadmCluster any more."""
    return tuple(one for one in machines if etcd is None or not _owns(etcd, one))


def serves(etcd: Manifest) -> bool:
    """Say whether as many members serve as are asked for.

    `ready` alone is not enough: it stays true while a cluster grows. The Ready condition is too
    much: it waits for former members to be gone.
    """
    ready = objects.is_observed(etcd) and objects.flag(etcd, "status", "ready")
    return ready and len(endpoints(etcd)) == (objects.number(etcd, "spec", "replicas") or 0)


def endpoints(etcd: Manifest) -> frozenset[str]:
    """Return where an EtcdadmCluster says that its members are reached."""
    found = objects.text(etcd, "status", "endpoints")
    return frozenset(one for one in found.split(",") if one)


def used_endpoints(plane: Manifest) -> frozenset[str]:
    """Return the members that a control plane's machines are told of."""
    return frozenset(objects.texts(plane, *ENDPOINTS))


def _owns(etcd: Manifest, machine: Manifest) -> bool:
    owners = objects.owner_references(machine)
    return any(owner.controller and owner.uid == objects.uid(etcd) for owner in owners)
