"""EKS Anywhere's controller: says of its Cluster what Cluster API says of its own."""

from __future__ import annotations

from bedplate.simulation.controllers.context import CORE, Context
from bedplate.simulation.fields import (
    Obj,
    annotations_of,
    finalize,
    generation_of,
    is_deleting,
    look,
    name_of,
    place,
    unfinalize,
)

GROUP = "anywhere.eks.amazonaws.com"
DISTRO = "distro.eks.amazonaws.com"
PAUSED = "anywhere.eks.amazonaws.com/paused"
FINALIZER = "clusters.anywhere.eks.amazonaws.com/finalizer"
NAMESPACE = "eksa-system"
LOOK_SECONDS = 5.0


def anywhere_clusters(context: Context) -> None:
    """Reconcile every Cluster of EKS Anywhere."""
    if not context.runs(NAMESPACE, "eksa-controller-manager"):
        return
    for datacenter in context.objects.of(GROUP, "VSphereDatacenterConfig"):
        status = place(datacenter, "status")
        status |= {"specValid": True, "observedGeneration": generation_of(datacenter)}
        context.objects.save(datacenter)
    for cluster in context.objects.of(GROUP, "Cluster"):
        if PAUSED in annotations_of(cluster):
            continue
        if is_deleting(cluster):
            _delete(context, cluster)
        else:
            _reconcile(context, cluster)


def _delete(context: Context, cluster: Obj) -> None:
    """Delete Cluster API's Cluster, and let go once it is gone; one that manages itself stays."""
    manager = look(cluster, "spec", "managementCluster", "name") or name_of(cluster)
    if manager == name_of(cluster):
        return
    managed = context.objects.get(CORE, "Cluster", NAMESPACE, name_of(cluster))
    if managed is not None:
        context.objects.delete(managed)
        return
    unfinalize(cluster, FINALIZER)
    context.objects.save(cluster)


def _reconcile(context: Context, cluster: Obj) -> None:
    finalize(cluster, FINALIZER)
    generation = generation_of(cluster)
    if not context.after(context.timer_of(cluster, f"look/{generation}"), LOOK_SECONDS):
        return
    place(cluster, "status")["observedGeneration"] = generation
    unknown = _unknown_release(context, cluster)
    managed = context.objects.get(CORE, "Cluster", NAMESPACE, name_of(cluster))
    planes = managed is not None and context.is_true(managed, "ControlPlaneAvailable")
    workers = managed is not None and context.is_true(managed, "WorkersAvailable")
    remote = context.remote(name_of(cluster))
    plug_in = remote.get("apps", "DaemonSet", "kube-system", "cilium") if remote else None
    said = "" if managed is not None else f"there is no Cluster API Cluster {name_of(cluster)} here"
    is_ready = planes and workers and plug_in is not None and not unknown
    context.mark(cluster, "ControlPlaneReady", planes, "", said)
    context.mark(cluster, "DefaultCNIConfigured", plug_in is not None)
    context.mark(cluster, "WorkersReady", workers, "", said)
    context.mark(cluster, "Ready", is_ready, "", unknown or said)
    context.objects.save(cluster)


def _unknown_release(context: Context, cluster: Obj) -> str:
    """Return what is not known of the Cluster's Kubernetes; the real one looks these up first."""
    channel = str(look(cluster, "spec", "kubernetesVersion")).replace(".", "-")
    releases = context.objects.of(DISTRO, "Release")
    if not any(look(one, "spec", "channel") == channel for one in releases):
        return f"there is no EKS Distro release of {channel} here"
    return "" if context.objects.of(GROUP, "Bundles") else "there are no Bundles here"
