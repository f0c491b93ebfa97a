"""The Machine controller: from bootstrap data to infrastructure to a node, and back."""

from __future__ import annotations

from bedplate.simulation import apis
from bedplate.simulation.controllers.clusters import runs_core
from bedplate.simulation.controllers.context import CORE, Context
from bedplate.simulation.controllers.draining import drain
from bedplate.simulation.controllers.pausing import active
from bedplate.simulation.fields import (
    CLUSTER_NAME,
    ETCD_CLUSTER,
    Obj,
    controller_uid,
    finalize,
    generation_of,
    is_deleting,
    label,
    labels_of,
    look,
    name_of,
    own,
    place,
    unfinalize,
)

FINALIZER = "machine.cluster.x-k8s.io"


def machines(context: Context) -> None:
    """Reconcile every Machine."""
    if not runs_core(context):
        return
    for machine in active(context, CORE, "Machine"):
        cluster = context.cluster_of(machine)
        if cluster is None:
            continue
        if is_deleting(machine):
            _delete(context, machine, cluster)
        else:
            _reconcile(context, machine, cluster)


def _reconcile(context: Context, machine: Obj, cluster: Obj) -> None:
    finalize(machine, FINALIZER)
    label(machine, {CLUSTER_NAME: name_of(cluster)})
    if ETCD_CLUSTER in labels_of(machine) and not controller_uid(machine):
        own(machine, cluster)  # as every machine that stands alone
    status = place(machine, "status")
    status["observedGeneration"] = generation_of(machine)
    bootstrap = context.referred(machine, machine["spec"]["bootstrap"].get("configRef"))
    infrastructure = context.referred(machine, machine["spec"]["infrastructureRef"])
    for part in (bootstrap, infrastructure):
        if part is not None and not is_deleting(part):
            label(part, {CLUSTER_NAME: name_of(cluster)})
            own(part, machine, controller=True)
            context.objects.save(part)
    _take_bootstrap(machine, bootstrap or {})
    _take_infrastructure(machine, infrastructure or {})
    node = _find_node(context, machine, cluster)
    if node is not None:
        status["nodeRef"] = {"name": name_of(node)}
        status["nodeInfo"] = dict(look(node, "status", "nodeInfo") or {})
    _conclude(context, machine, node)


def _take_bootstrap(machine: Obj, bootstrap: Obj) -> None:
    secret = look(bootstrap, "status", "dataSecretName")
    if secret:
        machine["spec"]["bootstrap"]["dataSecretName"] = secret
        place(machine, "status", "initialization")["bootstrapDataSecretCreated"] = True


def _take_infrastructure(machine: Obj, infrastructure: Obj) -> None:
    provider = look(infrastructure, "spec", "providerID")
    if provider and look(infrastructure, "status", "ready"):
        machine["spec"]["providerID"] = provider
        place(machine, "status", "initialization")["infrastructureProvisioned"] = True
        place(machine, "status")["addresses"] = look(infrastructure, "status", "addresses") or []


def _find_node(context: Context, machine: Obj, cluster: Obj) -> Obj | None:
    """An etcd machine runs no kubelet; any other's node has its provider id."""
    provider = machine["spec"].get("providerID")
    if not provider or ETCD_CLUSTER in labels_of(machine):
        return None
    remote = context.remote(name_of(cluster))
    node = remote.get("", "Node", "", name_of(machine)) if remote is not None else None
    return node if node is not None and look(node, "spec", "providerID") == provider else None


def _conclude(context: Context, machine: Obj, node: Obj | None) -> None:
    status = machine["status"]
    done = place(machine, "status", "initialization")
    provisioned = bool(done.get("infrastructureProvisioned"))
    bootstrapped = bool(done.get("bootstrapDataSecretCreated"))
    is_etcd = ETCD_CLUSTER in labels_of(machine)
    if status.get("nodeRef"):
        status["phase"] = "Running"
    elif provisioned:
        status["phase"] = "Provisioned"
    else:
        status["phase"] = "Provisioning" if bootstrapped else "Pending"
    healthy = node is not None and context.is_true(node, "Ready")
    context.mark(machine, "BootstrapConfigReady", bootstrapped)
    context.mark(machine, "InfrastructureReady", provisioned)
    context.mark(machine, "NodeReady", healthy)
    context.mark(machine, "NodeHealthy", healthy)
    ready = provisioned and bootstrapped and (healthy or is_etcd)
    context.mark(machine, "Ready", ready)
    context.mark(machine, "Available", ready)
    context.objects.save(machine)


def _delete(context: Context, machine: Obj, cluster: Obj) -> None:
    """Drain the node; delete infrastructure, configuration, node and Machine, one by one."""
    place(machine, "status")["phase"] = "Deleting"
    remote = None if is_deleting(cluster) else context.remote(name_of(cluster))
    if remote is not None and not drain(context, machine, remote):
        return
    for reference in (
        machine["spec"]["infrastructureRef"],
        machine["spec"]["bootstrap"].get("configRef"),
    ):
        part = context.referred(machine, reference)
        if part is not None:
            context.objects.delete(part)
            context.objects.save(machine)
            return
    if not is_deleting(cluster):
        _delete_node(context, machine, cluster)
    unfinalize(machine, FINALIZER)
    context.objects.save(machine)


def _delete_node(context: Context, machine: Obj, cluster: Obj) -> None:
    remote = context.remote(name_of(cluster))
    node = remote.get("", "Node", "", name_of(machine)) if remote is not None else None
    if remote is not None and node is not None:
        remote.delete(node)
        apis.wake(context.tx, remote.api)
