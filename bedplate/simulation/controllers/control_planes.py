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
from bedplate.simulation.controllers.rolling import (
    UP_TO_DATE,
    is_current,
    mark_current,
    next_to_go,
)
from bedplate.simulation.controllers.secrets import ensure_authorities, ensure_kubeconfig
from bedplate.simulation.fields import (
    CLUSTER_NAME,
    CONTROL_PLANE,
    PLANE_DONE,
    UPGRADING,
    Obj,
    annotate,
    annotations_of,
    finalize,
    generation_of,
    is_deleting,
    look,
    name_of,
    place,
    timestamp,
    unfinalize,
)

FINALIZER = "kubeadm.controlplane.cluster.x-k8s.io"
ROLLING = [{"type": "MachinesSpecUpToDate", "status": "False"}]
ROLLED = [{"type": "MachinesSpecUpToDate", "status": "True"}]
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
    endpoints = sorted(str(look(etcd, "status", "endpoints")).split(","))
    external = place(plane, "spec", "kubeadmConfigSpec", "clusterConfiguration", "etcd", "external")
    if external.get("endpoints") != endpoints:
        if UPGRADING in annotations_of(etcd):
            return False
        external["endpoints"] = endpoints
        context.objects.save(plane)
    return True


def _is_external(plane: Obj) -> bool:
    path = ("kubeadmConfigSpec", "clusterConfiguration", "etcd", "external")
    return look(plane, "spec", *path) is not None


def _template(context: Context, plane: Obj) -> Obj | None:
    reference = look(plane, "spec", "machineTemplate", "spec", "infrastructureRef")
    return context.referred(plane, reference)


def _blueprint(context: Context, plane: Obj, cluster: Obj) -> Blueprint | None:
    template = _template(context, plane)
    keep_template(context, template, cluster)
    if template is None:
        return None
    return Blueprint(
        cluster=cluster,
        labels={CONTROL_PLANE: ""},
        template=template,
        bootstrap_version=f"{BOOTSTRAP}/v1beta2",
        bootstrap_kind="KubeadmConfig",
        bootstrap_spec=look(plane, "spec", "kubeadmConfigSpec") or {},
        version=look(plane, "spec", "version"),
    )


def _scale(context: Context, plane: Obj, cluster: Obj, machines: list[Obj]) -> list[Obj]:
    """One machine at a time: the next one once all that are there have joined, and none goes."""
    blueprint = _blueprint(context, plane, cluster)
    if blueprint is None:
        return machines
    wanted = int(look(plane, "spec", "replicas") or 0)
    alive = living(machines)
    current = [
        machine
        for machine in alive
        if is_current(context, machine, blueprint) and not _is_due(context, plane, machine)
    ]
    mark_current(context, machines, current)
    _tell_etcd(context, plane, cluster, rolling=len(current) < len(alive))
    if len(alive) != len(machines) or not all(_has_node(machine) for machine in alive):
        return machines
    most = wanted + (_surge(plane) if len(current) < len(alive) else 0)
    if len(alive) < most and len(current) < wanted:
        name = new_name(context, name_of(plane))
        return [*machines, make_machine(context, plane, name, blueprint)]
    if len(alive) > wanted or len(current) < len(alive):
        context.objects.delete(next_to_go(alive, current))
    return machines


def _tell_etcd(context: Context, plane: Obj, cluster: Obj, *, rolling: bool) -> None:
    """Tell external etcd, once a rollout ends, that nobody uses its former members any more."""
    older = place(plane, "status", "deprecated", "v1beta1")
    was_rolling = older.get("conditions") == ROLLING
    etcd = context.referred(cluster, cluster["spec"].get("managedExternalEtcdRef"))
    if was_rolling and not rolling and etcd is not None:
        annotate(etcd, PLANE_DONE, "true")
        context.objects.save(etcd)
    if rolling or was_rolling:
        older["conditions"] = ROLLING if rolling else ROLLED


def _is_due(context: Context, plane: Obj, machine: Obj) -> bool:
    """Say whether a machine is older than the moment after which all are to be replaced."""
    after = look(plane, "spec", "rollout", "after")
    made = machine["metadata"]["creationTimestamp"]
    return after is not None and str(made) < str(after) <= timestamp(context.now)


def _surge(plane: Obj) -> int:
    asked = look(plane, "spec", "rollout", "strategy", "rollingUpdate", "maxSurge")
    return 1 if asked is None else int(asked)


def _has_node(machine: Obj) -> bool:
    return bool(look(machine, "status", "nodeRef", "name"))


def _report(context: Context, plane: Obj, cluster: Obj, machines: list[Obj]) -> None:
    wanted = int(look(plane, "spec", "replicas") or 0)
    ready = [machine for machine in machines if context.is_true(machine, "Ready")]
    current = [machine for machine in living(machines) if context.is_true(machine, UP_TO_DATE)]
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
    context.mark(plane, "RollingOut", len(current) < len(machines))
    if not _is_external(plane):
        context.mark(plane, "EtcdClusterHealthy", bool(joined) and len(joined) == len(machines))
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
