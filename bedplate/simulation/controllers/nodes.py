"""The nodes of a cluster: what its machines register, and how they are."""

from __future__ import annotations

from bedplate.simulation import apis, vms
from bedplate.simulation.controllers.context import Context
from bedplate.simulation.controllers.workloads import is_running
from bedplate.simulation.fields import Obj, is_deleting, look, name_of, place, uid_of
from bedplate.simulation.vms import CONTROL_PLANE, Machine, Role

NETWORK_SECONDS = 5.0
ROLE_LABEL = "node-role.kubernetes.io/control-plane"


def nodes(context: Context) -> None:
    """Register a node for each machine that has joined, and say how each node is."""
    kind, _, cluster = context.api.partition(":")
    if kind != "cluster":
        return
    before = context.objects.changes
    machines = [m for m in vms.of_cluster(context.tx, cluster) if m.role is not Role.ETCD]
    for machine in machines:
        if not machine.never_joins:
            context.wake(machine.joined_at)
        if machine.has_joined(context.now):
            _register(context, machine)
    running = {provider_id(m.uuid): m for m in machines if m.has_joined(context.now)}
    for node in context.objects.of("", "Node"):
        _judge(context, node, running.get(look(node, "spec", "providerID")))
    if context.objects.changes != before:
        apis.wake_managers(context.tx, cluster)


def provider_id(uuid: str) -> str:
    """Return how the vSphere provider names a machine."""
    return f"vsphere://{uuid}"


def _register(context: Context, machine: Machine) -> None:
    found = context.objects.get("", "Node", "", machine.name)
    if found is not None:
        return
    control_plane = machine.role in CONTROL_PLANE
    node: Obj = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": machine.name,
            "labels": {
                "kubernetes.io/hostname": machine.name,
                "kubernetes.io/os": "linux",
                **({ROLE_LABEL: ""} if control_plane else {}),
            },
        },
        "spec": {"providerID": provider_id(machine.uuid)},
        "status": {
            "addresses": [_name(machine)],
            "nodeInfo": {"kubeletVersion": machine.version},
        },
    }
    if control_plane:
        node["spec"]["taints"] = [{"key": ROLE_LABEL, "effect": "NoSchedule"}]
    context.objects.add(node)


def _name(machine: Machine) -> Obj:
    return {"type": "Hostname", "address": machine.name}


def _judge(context: Context, node: Obj, machine: Machine | None) -> None:
    """Say how a node is, and its addresses as the cloud provider does, which starts late."""
    if machine is None:
        context.mark(
            node, "Ready", None, "NodeStatusUnknown", "Kubelet stopped posting node status."
        )
    elif _has_network(context, node):
        context.mark(node, "Ready", True, "KubeletReady", "kubelet is posting ready status")
        own = [{"type": "InternalIP", "address": address} for address in machine.addresses]
        place(node, "status")["addresses"] = [_name(machine), *own]
    else:
        context.mark(node, "Ready", False, "KubeletNotReady", "cni plugin not initialized")
    context.objects.save(node)


def _has_network(context: Context, node: Obj) -> bool:
    """The network plug-in's pod runs on the node, and has had the time to set it up."""
    cilium = context.objects.get("apps", "DaemonSet", "kube-system", "cilium")
    if cilium is None or is_deleting(cilium) or not is_running(context, cilium, node):
        # A network that was set up stays when its pod is replaced.
        return context.is_true(node, "Ready") and cilium is not None
    return context.after(f"network/{uid_of(node)}/{name_of(node)}", NETWORK_SECONDS)
