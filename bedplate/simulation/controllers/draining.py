"""Draining a node before its machine goes: pods are evicted, unless a disruption budget forbids it.

Who keeps a budget's numbers is not simulated: `status.disruptionsAllowed` is what somebody wrote.
"""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.simulation.controllers.context import Context
from bedplate.simulation.fields import Obj, look, matches, name_of, namespace_of, timestamp
from bedplate.simulation.objects import Objects

AGAIN_SECONDS = 20.0  # as Cluster API tries again


def drain(context: Context, machine: Obj, remote: Objects) -> bool:
    """Evict what may be evicted; say whether nothing is left that keeps the node."""
    node = str(look(machine, "status", "nodeRef", "name") or "")
    pods = [pod for pod in remote.of("", "Pod") if look(pod, "spec", "nodeName") == node]
    kept = []
    for pod in pods if node else ():
        reason = next(_forbidden(remote, pod), "")
        if reason:
            kept.append(f"* Pod {namespace_of(pod)}/{name_of(pod)}: {reason}")
        else:
            remote.delete(pod)
    if not kept:
        return True
    context.wake(context.now + AGAIN_SECONDS)
    started = look(machine, "metadata", "deletionTimestamp") or timestamp(context.now)
    message = "\n".join((f"Drain not completed yet (started at {started}):", *kept))
    context.mark(machine, "Deleting", True, "DrainingNode", message)
    context.objects.save(machine)
    return False


def _forbidden(remote: Objects, pod: Obj) -> Iterator[str]:
    """Yield the words with which an API server refuses an eviction."""
    for budget in remote.of("policy", "PodDisruptionBudget"):
        selector = look(budget, "spec", "selector", "matchLabels") or {}
        same = namespace_of(budget) == namespace_of(pod) and matches(pod, selector)
        if same and look(budget, "status", "disruptionsAllowed") == 0:
            wanted = look(budget, "status", "desiredHealthy") or 1
            healthy = look(budget, "status", "currentHealthy") or 0
            yield (
                "cannot evict pod as it would violate the pod's disruption budget. The disruption"
                f" budget {name_of(budget)} needs {wanted} healthy pods and has {healthy} currently"
            )
