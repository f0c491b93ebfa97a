"""MachineHealthChecks: they count; replacing a machine is not simulated."""

from __future__ import annotations

from bedplate.simulation.controllers.clusters import runs_core
from bedplate.simulation.controllers.context import CORE, Context
from bedplate.simulation.controllers.pausing import active
from bedplate.simulation.fields import (
    CLUSTER_NAME,
    Obj,
    generation_of,
    is_deleting,
    label,
    look,
    matches,
    name_of,
    own,
    place,
    uid_of,
)


def health_checks(context: Context) -> None:
    """Reconcile every MachineHealthCheck."""
    if not runs_core(context):
        return
    for check in active(context, CORE, "MachineHealthCheck"):
        cluster = context.cluster_of(check)
        if cluster is None or is_deleting(check):
            continue
        own(check, cluster)
        label(check, {CLUSTER_NAME: name_of(cluster)})
        labels = look(check, "spec", "selector", "matchLabels") or {}
        labels = {**labels, CLUSTER_NAME: name_of(cluster)}
        machines = [m for m in context.objects.of(CORE, "Machine") if matches(m, labels)]
        healthy = [machine for machine in machines if context.is_true(machine, "NodeHealthy")]
        _complain(context, check, machines)
        status = place(check, "status")
        status |= {
            "observedGeneration": generation_of(check),
            "expectedMachines": len(machines),
            "currentHealthy": len(healthy),
            "targets": sorted(name_of(machine) for machine in machines),
        }
        _allow(context, check, len(machines), len(machines) - len(healthy))
        context.objects.save(check)


def _complain(context: Context, check: Obj, machines: list[Obj]) -> None:
    """Say of each machine whether it got its node in time."""
    seconds = look(check, "spec", "checks", "nodeStartupTimeoutSeconds")
    for machine in machines:
        if look(machine, "status", "nodeRef"):
            context.mark(machine, "HealthCheckSucceeded", True)
        elif seconds and context.after(f"startup/{uid_of(machine)}", float(seconds)):
            said = f"Health check failed: Node failed to report startup in {seconds}s"
            context.mark(machine, "HealthCheckSucceeded", False, "NodeStartupTimeout", said)
        else:
            continue
        context.objects.save(machine)


def _allow(context: Context, check: Obj, total: int, unhealthy: int) -> None:
    """Say whether so many machines that are not started or not well may be replaced."""
    limits = look(check, "spec", "remediation", "triggerIf") or {}
    text = str(limits.get("unhealthyLessThanOrEqualTo", "100%"))
    share = text.removesuffix("%")
    limit = int(share) * total // 100 if text.endswith("%") else int(share)
    said = (
        "Remediation is not allowed, the number of not started or unhealthy machines exceeds"
        f" maxUnhealthy (total: {total}, unhealthy: {unhealthy}, maxUnhealthy: {text})"
    )
    is_allowed = unhealthy <= limit
    reason = "" if is_allowed else "TooManyUnhealthy"
    context.mark(check, "RemediationAllowed", is_allowed, reason, "" if is_allowed else said)
