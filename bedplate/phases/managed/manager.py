"""The management cluster of a managed cluster: reached, and told of where it is not."""

from __future__ import annotations

from bedplate.capi import kinds, objects
from bedplate.capi.cluster import ref_of
from bedplate.capi.managing import manager_silent
from bedplate.errors import Owner, Refused
from bedplate.phases.pivot_move import is_paused
from bedplate.ports.kube import Kube, Manifest, Reach, Ref, Side
from bedplate.ports.tools import Tools
from bedplate.spec import ClusterSpec


def require_manager(tools: Tools) -> Kube:
    """Return the management cluster's API server; raises TemporaryError MANAGER_SILENT."""
    kube = tools.kube(Side.MANAGEMENT)
    if kube.reach() is not Reach.ANSWERS:
        raise manager_silent(tools.spec)
    return kube


def require_steady(kube: Kube, spec: ClusterSpec) -> None:
    """Raise Refused where the management cluster is being deleted, moved or upgraded."""
    manager = spec.management_cluster
    own = kube.get(ref_of(kinds.CLUSTER, manager))
    if own is not None and (objects.is_deleting(own) or is_paused(own)):
        state = "is being deleted" if objects.is_deleting(own) else "is paused"
        raise Refused(
            "MANAGER_UNSTEADY",
            f"{manager}, which manages {spec.name}, {state}",
            why="its controllers are being moved, upgraded or taken away",
            remedy=f"see what is done to it (bedplate runs); let that end, then resume {spec.name}",
            owner=Owner.PLATFORM,
        )


def anywhere_ref(spec: ClusterSpec) -> Ref:
    """Return the address of EKS Anywhere's own Cluster object."""
    return Ref(kinds.ANYWHERE_CLUSTER, spec.namespace, spec.name)


def managed_cluster(kube: Kube, spec: ClusterSpec) -> Manifest | None:
    """Return what the management cluster has of the cluster: Cluster API's object, or its own."""
    return kube.get(ref_of(kinds.CLUSTER, spec.name)) or kube.get(anywhere_ref(spec))
