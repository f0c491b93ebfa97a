"""MachineHealthChecks: they count; replacing a machine is not simulated."""

from __future__ import annotations

from bedplate.simulation.controllers.clusters import runs_core
from bedplate.simulation.controllers.context import CORE, Context
from bedplate.simulation.controllers.pausing import active
from bedplate.simulation.fields import (
    CLUSTER_NAME,
    generation_of,
    is_deleting,
    label,
    look,
    matches,
    name_of,
    own,
    place,
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
        status = place(check, "status")
        status |= {
            "observedGeneration": generation_of(check),
            "expectedMachines": len(machines),
            "currentHealthy": len(healthy),
            "targets": sorted(name_of(machine) for machine in machines),
        }
        context.mark(check, "RemediationAllowed", True)
        context.objects.save(check)
