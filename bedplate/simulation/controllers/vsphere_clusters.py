"""CAPV's cluster controller: the vCenter is reachable with the credentials the Secret holds."""

from __future__ import annotations

from bedplate.simulation import inventory
from bedplate.simulation.controllers.clusters import owning_cluster
from bedplate.simulation.controllers.context import INFRASTRUCTURE, Context
from bedplate.simulation.controllers.pausing import active
from bedplate.simulation.controllers.secrets import secret_text
from bedplate.simulation.fields import (
    Obj,
    finalize,
    is_deleting,
    look,
    name_of,
    namespace_of,
    own,
    place,
    unfinalize,
)

FINALIZER = "vspherecluster.infrastructure.cluster.x-k8s.io"
AGAIN_SECONDS = 10.0


def runs_capv(context: Context) -> bool:
    """Say whether CAPV runs here."""
    return context.runs("capv-system", "capv-controller-manager")


def vsphere_clusters(context: Context) -> None:
    """Reconcile every VSphereCluster."""
    if not runs_capv(context):
        return
    for infrastructure in active(context, INFRASTRUCTURE, "VSphereCluster"):
        if is_deleting(infrastructure):
            _delete(context, infrastructure)
        elif owning_cluster(context, infrastructure) is not None:
            _reconcile(context, infrastructure)


def _identity(context: Context, infrastructure: Obj) -> Obj | None:
    name = look(infrastructure, "spec", "identityRef", "name")
    namespace = namespace_of(infrastructure)
    return context.objects.get("", "Secret", namespace, name) if name else None


def _reconcile(context: Context, infrastructure: Obj) -> None:
    finalize(infrastructure, FINALIZER)
    secret = _identity(context, infrastructure)
    if secret is not None and not is_deleting(secret):
        own(secret, infrastructure)
        finalize(secret, FINALIZER)
        context.objects.save(secret)
    trouble = _trouble(context, infrastructure, secret)
    status = place(infrastructure, "status")
    # A cluster that was ready once stays so: its machines do not go with a lost connection.
    status["ready"] = bool(status.get("ready")) or not trouble
    context.mark(infrastructure, "VCenterAvailable", not trouble, "", trouble)
    context.mark(infrastructure, "Ready", not trouble, "", trouble)
    context.objects.save(infrastructure)
    if trouble:
        context.wake(context.now + AGAIN_SECONDS)


def _trouble(context: Context, infrastructure: Obj, secret: Obj | None) -> str:
    """Return why the vCenter cannot be used, or ""."""
    if secret is None:
        return "the identity secret was not found"
    user, password = secret_text(secret, "username"), secret_text(secret, "password")
    if not inventory.is_known(context.tx, user, password):
        return "ServerFaultCode: Cannot complete login due to an incorrect user name or password."
    thumbprint = look(infrastructure, "spec", "thumbprint")
    if thumbprint and thumbprint != inventory.THUMBPRINT:
        return f"the server's certificate thumbprint is not {thumbprint}"
    return ""


def _delete(context: Context, infrastructure: Obj) -> None:
    """Wait for the machines, then let go of the identity secret."""
    mine = {"cluster.x-k8s.io/cluster-name": name_of(infrastructure)}
    left = [
        machine
        for machine in context.objects.of(INFRASTRUCTURE, "VSphereMachine")
        if look(machine, "metadata", "labels")
        and mine.items() <= machine["metadata"]["labels"].items()
    ]
    if left:
        return
    secret = _identity(context, infrastructure)
    if secret is not None:
        unfinalize(secret, FINALIZER)
        context.objects.save(secret)
    unfinalize(infrastructure, FINALIZER)
    context.objects.save(infrastructure)
