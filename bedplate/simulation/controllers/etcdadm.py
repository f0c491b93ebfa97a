"""The two etcdadm controllers: machines for an external etcd, and their bootstrap data."""

from __future__ import annotations

from bedplate.simulation.controllers.clusters import is_provisioned, owning_cluster
from bedplate.simulation.controllers.context import BOOTSTRAP, ETCD, Context
from bedplate.simulation.controllers.etcd_members import (
    address_of,
    is_lost,
    is_rolling,
    machines_of_etcd,
    scale_etcd,
)
from bedplate.simulation.controllers.kubeadm import bootstrap_data, owning_machine
from bedplate.simulation.controllers.making import living
from bedplate.simulation.controllers.pausing import active
from bedplate.simulation.controllers.secrets import ensure_authorities, make_data_secret
from bedplate.simulation.fields import (
    PLANE_DONE,
    Obj,
    annotate,
    annotations_of,
    finalize,
    generation_of,
    is_deleting,
    look,
    place,
    unfinalize,
)
from bedplate.simulation.vms import Role

FINALIZER = "etcdcluster.cluster.x-k8s.io"
CONTROLLER = ("etcdadm-controller-system", "etcdadm-controller-controller-manager")
BOOTSTRAPPER = (
    "etcdadm-bootstrap-provider-system",
    "etcdadm-bootstrap-provider-controller-manager",
)


def etcd_clusters(context: Context) -> None:
    """Reconcile every EtcdadmCluster."""
    if not context.runs(*CONTROLLER):
        return
    for etcd in active(context, ETCD, "EtcdadmCluster"):
        cluster = owning_cluster(context, etcd)
        if cluster is None:
            continue
        members, former = machines_of_etcd(context, etcd, cluster)
        if is_deleting(etcd):
            _delete(context, etcd, members)
            continue
        finalize(etcd, FINALIZER)
        if is_provisioned(cluster):
            ensure_authorities(context, etcd, cluster, ("etcd", "apiserver-etcd-client"))
            if _delete_former(context, etcd, former):
                scale_etcd(context, etcd, cluster, members)
        _report(context, etcd, cluster)


def _delete_former(context: Context, etcd: Obj, former: list[Obj]) -> bool:
    """Delete former members once the control plane no longer uses them; say whether to go on."""
    if not former:
        annotate(etcd, PLANE_DONE, None)
    elif PLANE_DONE in annotations_of(etcd):
        for machine in living(former):
            context.objects.delete(machine)
        return False
    return True


def _report(context: Context, etcd: Obj, cluster: Obj) -> None:
    """Say what there is; endpoints and `ready` are of the last time that all members served.

    So a cluster that grows stays ready meanwhile, with the endpoints that it had.
    """
    machines, former = machines_of_etcd(context, etcd, cluster)
    addresses = [address for machine in machines if (address := address_of(context, machine))]
    wanted = int(look(etcd, "spec", "replicas") or 0)
    complete = len(addresses) == len(machines) == wanted
    status = place(etcd, "status")
    status |= {
        "observedGeneration": generation_of(etcd),
        "replicas": len(machines),
        "readyReplicas": len(addresses),
        "initialized": bool(status.get("initialized") or addresses),
        "creationComplete": bool(status.get("creationComplete") or complete),
    }
    if complete:
        status["ready"] = True
        status["endpoints"] = ",".join(sorted(f"https://{one}:2379" for one in addresses))
    if is_rolling(context, etcd) or any(is_lost(context, machine) for machine in machines):
        status["ready"] = False
    ready = bool(status.setdefault("ready", False))
    context.mark(etcd, "EtcdMachinesReady", complete)
    context.mark(etcd, "EtcdClusterHasNoOutdatedMembers", not former)
    context.mark(etcd, "Ready", ready and complete and not former)
    context.objects.save(etcd)


def _delete(context: Context, etcd: Obj, machines: list[Obj]) -> None:
    for machine in machines:
        context.objects.delete(machine)
    if not machines:
        unfinalize(etcd, FINALIZER)
    context.objects.save(etcd)


def etcd_configs(context: Context) -> None:
    """Reconcile every EtcdadmConfig."""
    if not context.runs(*BOOTSTRAPPER):
        return
    for config in active(context, BOOTSTRAP, "EtcdadmConfig"):
        machine, cluster = owning_machine(context, config), context.cluster_of(config)
        if machine is None or cluster is None or is_deleting(config):
            continue
        status = place(config, "status")
        if not status.get("dataSecretName"):
            data = bootstrap_data(Role.ETCD, "")
            status["dataSecretName"] = make_data_secret(context, config, cluster, data)
        status |= {"ready": True, "observedGeneration": generation_of(config)}
        place(status, "initialization")["dataSecretCreated"] = True
        context.mark(config, "DataSecretAvailable", True)
        context.mark(config, "Ready", True)
        context.objects.save(config)
