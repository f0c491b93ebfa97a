"""A control plane that stands still by itself: Cluster API waits for what waits for it. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bedplate.capi import objects
from bedplate.engine.phase import Waiting
from bedplate.ports.kube import Manifest

IN_PROGRESS = "controlplane.cluster.x-k8s.io/remediation-in-progress"
"""The annotation of a KubeadmControlPlane that has removed a machine and not made another yet."""
DEFERRED = "RemediationDeferred"


def told_with_standstill(
    waiting: Waiting, plane: Manifest, machines: Sequence[Manifest]
) -> Waiting:
    """Return what is waited for, and what lets a control plane go on that stands still.

    Where a machine is lost while another one joins, the other cannot join (etcd takes no member
    while one is missing) and is removed. No machine is made in its place while the lost one is
    there, and the lost one is not replaced before: kubernetes-sigs/cluster-api issue 10125.
    """
    removed = _removed(plane)
    names = {objects.name(machine) for machine in machines}
    lost = sorted(objects.name(machine) for machine in machines if _is_deferred(machine))
    if not removed or removed in names or not lost:
        return waiting
    on = (
        f"{waiting.on}; Cluster API stands still: nothing is made in the place of {removed} while"
        f" {', '.join(lost)} is lost, and that is not replaced before (kubectl delete machine"
        f" -n {objects.namespace(plane)} {lost[0]} lets it go on)"
    )
    return Waiting(on, waiting.evidence)


def _removed(plane: Manifest) -> str:
    """Return the machine that was removed, in whose place none has been made yet."""
    try:
        found = json.loads(objects.annotations_of(plane).get(IN_PROGRESS, "{}"))
    except ValueError:
        return ""
    return str(found.get("machine", "")) if isinstance(found, dict) else ""


def _is_deferred(machine: Manifest) -> bool:
    found = objects.condition(machine, "OwnerRemediated")
    return found is not None and found.reason == DEFERRED and not objects.is_deleting(machine)
