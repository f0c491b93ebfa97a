"""Deployments and DaemonSets: their pods run some seconds after there is a node for them."""

from __future__ import annotations

from bedplate.simulation.controllers.context import Context
from bedplate.simulation.fields import (
    Obj,
    generation_of,
    is_deleting,
    look,
    name_of,
    place,
    uid_of,
)

START_SECONDS = 10.0


def workloads(context: Context) -> None:
    """Bring the status of every Deployment and DaemonSet up to date."""
    nodes = [node for node in context.objects.of("", "Node") if not is_deleting(node)]
    for deployment in context.objects.of("apps", "Deployment"):
        if not is_deleting(deployment):
            _deployment(context, deployment, nodes)
    for daemon_set in context.objects.of("apps", "DaemonSet"):
        if not is_deleting(daemon_set):
            _daemon_set(context, daemon_set, nodes)


def _fits(context: Context, workload: Obj, node: Obj) -> bool:
    """A pod on the host's network needs no ready node: that is how a network plug-in starts."""
    host_network = bool(look(workload, "spec", "template", "spec", "hostNetwork"))
    return host_network or context.is_true(node, "Ready")


def _deployment(context: Context, deployment: Obj, nodes: list[Obj]) -> None:
    replicas = look(deployment, "spec", "replicas")
    wanted = 1 if replicas is None else int(replicas)
    placed = any(_fits(context, deployment, node) for node in nodes)
    timer = context.timer_of(deployment, f"start/{_images(deployment)}")
    if not (wanted and placed):
        context.forget(timer)
    started = bool(wanted) and placed and context.after(timer, START_SECONDS)
    status = place(deployment, "status")
    # While pods of a new template start, those of the old one go on.
    still = wanted if placed and status.get("availableReplicas") else 0
    running = wanted if started else still
    status |= {
        "observedGeneration": generation_of(deployment),
        "replicas": wanted,
        "updatedReplicas": wanted if started or not still else 0,
        "readyReplicas": running,
        "availableReplicas": running,
        "unavailableReplicas": wanted - running,
    }
    reason = "MinimumReplicasAvailable" if running == wanted else "MinimumReplicasUnavailable"
    context.mark(deployment, "Available", running == wanted, reason)
    context.objects.save(deployment)


def _images(workload: Obj) -> list[str]:
    containers = look(workload, "spec", "template", "spec", "containers") or ()
    return [str(container.get("image")) for container in containers]


def _daemon_set(context: Context, daemon_set: Obj, nodes: list[Obj]) -> None:
    placed = [node for node in nodes if _fits(context, daemon_set, node)]
    running = [node for node in placed if is_running(context, daemon_set, node)]
    status = place(daemon_set, "status")
    status |= {
        "observedGeneration": generation_of(daemon_set),
        "desiredNumberScheduled": len(nodes),
        "currentNumberScheduled": len(placed),
        "updatedNumberScheduled": len(placed),
        "numberReady": len(running),
        "numberAvailable": len(running),
        "numberMisscheduled": 0,
    }
    context.objects.save(daemon_set)


def is_running(context: Context, daemon_set: Obj, node: Obj) -> bool:
    """Say whether a DaemonSet's pod runs on a node; it begins to start at the first question."""
    pod = f"{generation_of(daemon_set)}/{name_of(node)}/{uid_of(node)}"
    return context.after(context.timer_of(daemon_set, pod), START_SECONDS)
