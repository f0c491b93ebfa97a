"""CAPV's machine controllers: a virtual machine for each Machine, cloned once and never twice."""

from __future__ import annotations

from bedplate.simulation import vms
from bedplate.simulation.controllers.context import INFRASTRUCTURE, Context
from bedplate.simulation.controllers.kubeadm import owning_machine, read_bootstrap_data
from bedplate.simulation.controllers.nodes import provider_id
from bedplate.simulation.controllers.pausing import active
from bedplate.simulation.controllers.vsphere_clusters import runs_capv
from bedplate.simulation.fields import (
    CLUSTER_NAME,
    Obj,
    finalize,
    is_deleting,
    label,
    look,
    name_of,
    namespace_of,
    own,
    place,
    plain,
    uid_of,
    unfinalize,
)
from bedplate.simulation.vms import Machine, Order

MACHINE_FINALIZER = "vspheremachine.infrastructure.cluster.x-k8s.io"
VM_FINALIZER = "vspherevm.infrastructure.cluster.x-k8s.io"
VERSION = f"{INFRASTRUCTURE}/v1beta1"
AGAIN_SECONDS = 10.0


def vsphere_machines(context: Context) -> None:
    """Reconcile every VSphereMachine."""
    if not runs_capv(context):
        return
    for machine in active(context, INFRASTRUCTURE, "VSphereMachine"):
        owner, cluster = owning_machine(context, machine), context.cluster_of(machine)
        vm = context.objects.get(
            INFRASTRUCTURE, "VSphereVM", namespace_of(machine), name_of(machine)
        )
        if is_deleting(machine):
            _delete_machine(context, machine, vm)
        elif owner is not None and cluster is not None:
            _reconcile_machine(context, machine, owner, cluster, vm)


def _reconcile_machine(
    context: Context, machine: Obj, owner: Obj, cluster: Obj, vm: Obj | None
) -> None:
    finalize(machine, MACHINE_FINALIZER)
    secret = look(owner, "spec", "bootstrap", "dataSecretName")
    infrastructure = context.referred(cluster, cluster["spec"].get("infrastructureRef")) or {}
    if vm is None and secret and look(infrastructure, "status", "ready"):
        vm = _make_vm(context, machine, cluster, secret)
    if vm is None:
        context.mark(machine, "VMProvisioned", False, "WaitingForBootstrapData")
        context.mark(machine, "Ready", False, "WaitingForBootstrapData")
        context.objects.save(machine)
        return
    status = place(machine, "status")
    ready = bool(look(vm, "status", "ready"))
    if ready:
        machine["spec"]["providerID"] = provider_id(vm["spec"]["biosUUID"])
        status["addresses"] = [
            {"type": "ExternalIP", "address": address} for address in vm["status"]["addresses"]
        ]
    status["ready"] = ready
    said = context.condition(vm, "VMProvisioned") or {}
    context.mark(machine, "VMProvisioned", ready, said.get("reason", ""), said.get("message", ""))
    context.mark(machine, "Ready", ready, said.get("reason", ""), said.get("message", ""))
    context.objects.save(machine)


def _make_vm(context: Context, machine: Obj, cluster: Obj, secret: str) -> Obj:
    vm: Obj = {
        "apiVersion": VERSION,
        "kind": "VSphereVM",
        "metadata": {"name": name_of(machine), "namespace": namespace_of(machine)},
        "spec": {
            **{k: v for k, v in plain(machine["spec"]).items() if k != "providerID"},
            "bootstrapRef": {"apiVersion": "v1", "kind": "Secret", "name": secret},
        },
    }
    label(vm, {CLUSTER_NAME: name_of(cluster)})
    finalize(vm, VM_FINALIZER)
    own(vm, machine, controller=True)
    return context.objects.add(vm)


def _delete_machine(context: Context, machine: Obj, vm: Obj | None) -> None:
    if vm is not None:
        context.objects.delete(vm)
    else:
        unfinalize(machine, MACHINE_FINALIZER)
        context.objects.save(machine)


def vsphere_vms(context: Context) -> None:
    """Reconcile every VSphereVM."""
    if not runs_capv(context):
        return
    for vm in active(context, INFRASTRUCTURE, "VSphereVM"):
        if is_deleting(vm):
            _delete_vm(context, vm)
        else:
            _reconcile_vm(context, vm)


def _find(context: Context, vm: Obj) -> Machine | None:
    """By the BIOS uuid once it is known: it outlives the object, its own uid does not."""
    uuid = look(vm, "spec", "biosUUID")
    if uuid:
        return vms.by_uuid(context.tx, uuid)
    named = vms.named(context.tx, name_of(vm))
    return next((found for found in named if found.instance == uid_of(vm)), None)


def _reconcile_vm(context: Context, vm: Obj) -> None:
    finalize(vm, VM_FINALIZER)
    found: Machine | str | None = _find(context, vm)
    if found is None:
        found = _clone(context, vm)
    status = place(vm, "status")
    if isinstance(found, str):
        status["ready"] = False
        context.mark(vm, "VMProvisioned", False, "CloningFailed", found)
        context.mark(vm, "Ready", False, "CloningFailed", found)
        context.wake(context.now + AGAIN_SECONDS)
    else:
        vm["spec"]["biosUUID"] = found.uuid
        _follow(context, vm, found)
    context.objects.save(vm)


def _follow(context: Context, vm: Obj, found: Machine) -> None:
    if not found.powered_on:
        vms.power_named(context.tx, found.name, on=True)
    context.wake(found.cloned_at)
    context.wake(found.booted_at)
    status = vm["status"]
    ready = found.booted_at <= context.now and bool(found.addresses)
    reason = "" if ready else "WaitingForIPAllocation"
    if found.cloned_at > context.now:
        reason = "Cloning"
    status["ready"] = ready
    if ready:
        status["addresses"] = list(found.addresses)
        status["vmRef"] = f"VirtualMachine:vm-{found.uuid.partition('-')[0]}"
    context.mark(vm, "VMProvisioned", ready, reason)
    context.mark(vm, "Ready", ready, reason)


def _clone(context: Context, vm: Obj) -> Machine | str:
    spec = vm["spec"]
    if spec.get("biosUUID"):
        return f"the virtual machine with BIOS uuid {spec['biosUUID']} was not found"
    secret = context.objects.get("", "Secret", namespace_of(vm), spec["bootstrapRef"]["name"])
    data = read_bootstrap_data(secret) if secret is not None else None
    cluster = context.cluster_of(vm)
    if data is None or cluster is None:
        return "the bootstrap data was not found"
    role, authority, version = data
    devices = look(spec, "network", "devices") or ()
    order = Order(
        name=name_of(vm),
        instance=uid_of(vm),
        cluster=name_of(cluster),
        role=role,
        ca=authority,
        endpoint=str(look(cluster, "spec", "controlPlaneEndpoint", "host") or ""),
        template=str(spec.get("template")),
        folder=str(spec.get("folder") or "/DC0/vm"),
        pool=str(spec.get("resourcePool")),
        datastore=str(spec.get("datastore")),
        networks=tuple(str(device.get("networkName")) for device in devices),
        cpus=int(spec.get("numCPUs") or 2),
        memory_mib=int(spec.get("memoryMiB") or 0),
        disk_gib=int(spec.get("diskGiB") or 0),
        version=version,
    )
    return vms.clone(context.tx, order)


def _delete_vm(context: Context, vm: Obj) -> None:
    found = _find(context, vm)
    if found is not None:
        vms.destroy(context.tx, found)
    unfinalize(vm, VM_FINALIZER)
    context.objects.save(vm)
