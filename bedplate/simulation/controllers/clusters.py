"""The Cluster controller of Cluster API: ties a cluster's parts together, and takes them apart."""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.simulation.controllers.context import CORE, Context
from bedplate.simulation.controllers.pausing import active
from bedplate.simulation.fields import (
    CLUSTER_NAME,
    CONTROL_PLANE,
    ETCD_CLUSTER,
    PAUSED,
    SKIP_PAUSE,
    Obj,
    annotate,
    annotations_of,
    finalize,
    generation_of,
    is_deleting,
    label,
    labels_of,
    look,
    name_of,
    namespace_of,
    own,
    place,
    unfinalize,
)

FINALIZER = "cluster.cluster.x-k8s.io"
REFERENCES = ("infrastructureRef", "controlPlaneRef", "managedExternalEtcdRef")


def runs_core(context: Context) -> bool:
    """Say whether Cluster API's core controllers run here."""
    return context.runs("capi-system", "capi-controller-manager")


def clusters(context: Context) -> None:
    """Reconcile every Cluster."""
    if not runs_core(context):
        return
    for cluster in active(context, CORE, "Cluster"):
        if is_deleting(cluster):
            _delete(context, cluster)
        else:
            _reconcile(context, cluster)


def _reconcile(context: Context, cluster: Obj) -> None:
    finalize(cluster, FINALIZER)
    parts = {name: context.referred(cluster, cluster["spec"].get(name)) for name in REFERENCES}
    for part in parts.values():
        if part is not None and not is_deleting(part):
            label(part, {CLUSTER_NAME: name_of(cluster)})
            own(part, cluster, controller=True)
            context.objects.save(part)
    infrastructure = parts["infrastructureRef"] or {}
    control_plane, etcd = parts["controlPlaneRef"], parts["managedExternalEtcdRef"]
    status = place(cluster, "status")
    done = place(status, "initialization")
    if look(infrastructure, "status", "ready"):
        done["infrastructureProvisioned"] = True
        endpoint = look(infrastructure, "spec", "controlPlaneEndpoint")
        if endpoint and cluster["spec"].get("controlPlaneEndpoint") != endpoint:
            cluster["spec"]["controlPlaneEndpoint"] = dict(endpoint)
    if look(control_plane or {}, "status", "initialization", "controlPlaneInitialized"):
        done["controlPlaneInitialized"] = True
    if etcd is not None:
        status["managedExternalEtcdInitialized"] = bool(look(etcd, "status", "initialized"))
        status["managedExternalEtcdReady"] = bool(look(etcd, "status", "ready"))
        _pause_for_etcd(context, control_plane, ready=status["managedExternalEtcdReady"])
    _conclude(context, cluster, control_plane)


def _pause_for_etcd(context: Context, control_plane: Obj | None, *, ready: bool) -> None:
    """Have the control plane wait for etcd, and end any pause then, unless told to keep out."""
    if control_plane is None or SKIP_PAUSE in annotations_of(control_plane):
        return
    if ready == (PAUSED in annotations_of(control_plane)):
        annotate(control_plane, PAUSED, None if ready else "true")
        context.objects.save(control_plane)


def _conclude(context: Context, cluster: Obj, control_plane: Obj | None) -> None:
    status = place(cluster, "status")
    done = status["initialization"]
    provisioned = bool(done.get("infrastructureProvisioned"))
    initialized = bool(done.get("controlPlaneInitialized"))
    status["observedGeneration"] = generation_of(cluster)
    status["phase"] = "Provisioned" if provisioned else "Provisioning"
    context.mark(cluster, "InfrastructureReady", provisioned)
    context.mark(cluster, "ControlPlaneInitialized", initialized)
    available = control_plane is not None and context.is_true(control_plane, "Available")
    context.mark(cluster, "ControlPlaneAvailable", available)
    deployments = [
        one
        for one in context.objects.of(CORE, "MachineDeployment")
        if look(one, "spec", "clusterName") == name_of(cluster)
    ]
    workers = all(context.is_true(one, "Available") for one in deployments)
    context.mark(cluster, "WorkersAvailable", workers)
    context.mark(cluster, "Available", provisioned and initialized and available and workers)
    context.mark(cluster, "Deleting", False, "NotDeleting")
    context.objects.save(cluster)


def _delete(context: Context, cluster: Obj) -> None:
    """Delete what the cluster consists of, one kind of thing after the other, and then itself."""
    place(cluster, "status")["phase"] = "Deleting"
    context.mark(cluster, "Deleting", True, "Deleting")
    context.mark(cluster, "Available", False, "Deleting")
    for stage in _stages(context, cluster):
        if stage:
            for obj in stage:
                context.objects.delete(obj)
            context.objects.save(cluster)
            return
    unfinalize(cluster, FINALIZER)
    context.objects.save(cluster)


def _stages(context: Context, cluster: Obj) -> Iterator[list[Obj]]:
    yield _of_cluster(context, cluster, "MachineDeployment")
    yield _of_cluster(context, cluster, "MachineSet")
    special = (CONTROL_PLANE, ETCD_CLUSTER)
    yield [
        machine
        for machine in _of_cluster(context, cluster, "Machine")
        if not any(name in labels_of(machine) for name in special)
    ]
    for name in ("controlPlaneRef", "managedExternalEtcdRef", "infrastructureRef"):
        part = context.referred(cluster, cluster["spec"].get(name))
        yield [] if part is None else [part]


def _of_cluster(context: Context, cluster: Obj, kind: str) -> list[Obj]:
    return [
        obj
        for obj in context.objects.of(CORE, kind)
        if look(obj, "spec", "clusterName") == name_of(cluster)
        and namespace_of(obj) == namespace_of(cluster)
    ]


def owning_cluster(context: Context, obj: Obj) -> Obj | None:
    """Return the Cluster that an object is owned by, once the Cluster controller has said so."""
    cluster = context.cluster_of(obj)
    if cluster is None:
        return None
    uids = {owner.get("uid") for owner in look(obj, "metadata", "ownerReferences") or ()}
    return cluster if cluster["metadata"]["uid"] in uids else None


def is_provisioned(cluster: Obj) -> bool:
    """Say whether a cluster's infrastructure is there."""
    return bool(look(cluster, "status", "initialization", "infrastructureProvisioned"))


def is_initialized(cluster: Obj) -> bool:
    """Say whether a cluster's first control-plane machine has come up."""
    return bool(look(cluster, "status", "initialization", "controlPlaneInitialized"))
