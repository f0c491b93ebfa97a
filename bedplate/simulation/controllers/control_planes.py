"""The KubeadmControlPlane controller: authorities first, then one machine at a time."""

from __future__ import annotations

from bedplate.simulation.controllers.clusters import is_initialized, is_provisioned, owning_cluster
from bedplate.simulation.controllers.context import BOOTSTRAP, Context
from bedplate.simulation.controllers.context import CONTROL_PLANE as GROUP
from bedplate.simulation.controllers.making import (
    Blueprint,
    keep_template,
    living,
    machines_of,
    make_machine,
    new_name,
)
from bedplate.simulation.controllers.pausing import active
from bedplate.simulation.controllers.secrets import ensure_authorities, ensure_kubeconfig
from bedplate.simulation.fields import (
    CLUSTER_NAME,
    CONTROL_PLANE,
    Obj,
    finalize,
    generation_of,
    is_deleting,
    look,
    name_of,
    place,
    unfinalize,
)

FINALIZER = "kubeadm.controlplane.cluster.x-k8s.io"
NAMESPACE = "capi-kubeadm-control-plane-system"


def control_planes(context: Context) -> None:
    """Reconcile every KubeadmControlPlane."""
    if not context.runs(NAMESPACE, "capi-kubeadm-control-plane-controller-manager"):
        return
    for plane in active(context, GROUP, "KubeadmControlPlane"):
        cluster = owning_cluster(context, plane)
        if cluster is None:
            continue
        labels = {CLUSTER_NAME: name_of(cluster), CONTROL_PLANE: ""}
        machines = machines_of(context, plane, labels)
        if is_deleting(plane):
            _delete(context, plane, machines)
            continue
        finalize(plane, FINALIZER)
        if is_provisioned(cluster):
            ensure_authorities(context, plane, cluster)
            ensure_kubeconfig(context, plane, cluster)
            if _has_etcd(context, plane, cluster):
                machines = _scale(context, plane, cluster, machines)
        _report(context, plane, cluster, machines)


def _has_etcd(context: Context, plane: Obj, cluster: Obj) -> bool:
    """External etcd comes first; its addresses take the place of what the specification has."""
    reference = cluster["spec"].get("managedExternalEtcdRef")
    if reference is None:
        return True
    etcd = context.referred(cluster, reference)
    if etcd is None or not look(etcd, "status", "ready"):
        return False
    endpoints = str(look(etcd, "status", "endpoints")).split(",")
    external = place(plane, "spec", "kubeadmConfigSpec", "clusterConfiguration", "etcd", "external")
    if external.get("endpoints") != endpoints:
        external["endpoints"] = endpoints
        context.objects.save(plane)
    return True


def _template(context: Context, plane: Obj) -> Obj | None:
    reference = look(plane, "spec", "machineTemplate", "spec", "infrastructureRef")
    return context.referred(plane, reference)


def _scale(context: Context, plane: Obj, cluster: Obj, machines: list[Obj]) -> list[Obj]:
    template = _template(context, plane)
    keep_template(context, template, cluster)
    wanted = int(look(plane, "spec", "replicas") or 0)
    alive = living(machines)
    is_settled = len(alive) == len(machines) and all(_has_node(machine) for machine in alive)
    if len(alive) < wanted and is_settled and template is not None:
        blueprint = Blueprint(
            cluster=cluster,
            labels={CONTROL_PLANE: ""},
            template=template,
            bootstrap_version=f"{BOOTSTRAP}/v1beta2",
            bootstrap_kind="KubeadmConfig",
            bootstrap_spec=look(plane, "spec", "kubeadmConfigSpec") or {},
            version=look(plane, "spec", "version"),
        )
        name = new_name(context, name_of(plane))
        return [*machines, make_machine(context, plane, name, blueprint)]
    if len(alive) > wanted and len(alive) == len(machines):
        context.objects.delete(alive[-1])
    return machines


def _has_node(machine: Obj) -> bool:
    return bool(look(machine, "status", "nodeRef", "name"))


def _report(context: Context, plane: Obj, cluster: Obj, machines: list[Obj]) -> None:
    wanted = int(look(plane, "spec", "replicas") or 0)
    ready = [machine for machine in machines if context.is_true(machine, "Ready")]
    current = [m for m in machines if look(m, "spec", "version") == look(plane, "spec", "version")]
    joined = [machine for machine in machines if _has_node(machine)]
    status = place(plane, "status")
    status |= {
        "observedGeneration": generation_of(plane),
        "selector": f"{CLUSTER_NAME}={name_of(cluster)},{CONTROL_PLANE}=",
        "replicas": len(machines),
        "readyReplicas": len(ready),
        "availableReplicas": len(ready),
        "upToDateReplicas": len(current),
        "version": look(plane, "spec", "version"),
    }
    reachable = context.remote(name_of(cluster)) is not None
    initialized = is_initialized(cluster) or bool(machines and reachable)
    if initialized:
        place(status, "initialization")["controlPlaneInitialized"] = True
    context.mark(plane, "Initialized", initialized)
    context.mark(plane, "Available", bool(joined) and reachable)
    context.mark(plane, "MachinesReady", len(ready) == len(machines))
    context.mark(plane, "ScalingUp", len(machines) < wanted, "", f"{len(machines)} of {wanted}")
    context.mark(plane, "ScalingDown", len(machines) > wanted, "", f"{len(machines)} of {wanted}")
    context.objects.save(plane)


def _delete(context: Context, plane: Obj, machines: list[Obj]) -> None:
    for machine in machines:
        context.objects.delete(machine)
    if not machines:
        unfinalize(plane, FINALIZER)
    place(plane, "status")["replicas"] = len(machines)
    context.objects.save(plane)
