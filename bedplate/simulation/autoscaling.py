"""What Cluster API's webhook makes of a MachineDeployment that leaves its number to a scaler."""

from __future__ import annotations

from bedplate.simulation.fields import Obj, look

BOUND = "cluster.x-k8s.io/cluster-api-autoscaler-node-group"


def default_replicas(deployment: Obj, before: Obj | None) -> None:
    """Fill in the number where none is said: as it was, within the bounds; else the least, or 1."""
    if look(deployment, "spec", "replicas") is not None:
        return
    marks = look(deployment, "metadata", "annotations") or {}
    least, most = (marks.get(f"{BOUND}-{end}-size") for end in ("min", "max"))
    if least is None or most is None:
        deployment["spec"]["replicas"] = 1
        return
    was = look(before or {}, "spec", "replicas")
    number = int(least) if was is None else int(was)
    deployment["spec"]["replicas"] = min(max(number, int(least)), int(most))
