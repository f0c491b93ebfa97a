"""The logs of simulated workloads: what their controllers did, as far as the world records it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bedplate.ports.kube import Ref
from bedplate.simulation.fields import Obj, look, timestamp
from bedplate.simulation.objects import Objects

VSPHERE = "capv-controller-manager"


def of_workload(objects: Objects, workload: Ref, lines: int) -> Mapping[str, str]:
    """Return the log of a workload's one pod; none of a workload that is gone."""
    found = objects.get(workload.kind.group, workload.kind.kind, workload.namespace, workload.name)
    if found is None or not look(found, "spec", "replicas"):
        return {}
    written = [*_started(found), *(_clones(objects) if workload.name == VSPHERE else ())]
    return {f"{workload.name}-0/manager": "".join(f"{line}\n" for line in written[-lines:])}


def _started(found: Obj) -> Iterator[str]:
    since = look(found, "metadata", "creationTimestamp")
    yield f'{since} "Starting manager" name="{look(found, "metadata", "name")}"'


def _clones(objects: Objects) -> Iterator[str]:
    """What CAPV did to the machines of the clusters that are managed here."""
    ours = {look(one, "metadata", "name") for one in objects.of("cluster.x-k8s.io", "Cluster")}
    rows = objects.tx.all("SELECT at, event, name, uuid, cluster FROM vm_events ORDER BY number")
    for at, event, name, uuid, cluster in rows:
        if cluster in ours:
            yield f'{timestamp(at)} "VM {event}" VSphereVM="eksa-system/{name}" uuid="{uuid}"'
