"""The two etcdadm controllers: machines for an external etcd, and their bootstrap data."""

from __future__ import annotations

from bedplate.simulation import vms
from bedplate.simulation.controllers.clusters import is_provisioned, owning_cluster
from bedplate.simulation.controllers.context import BOOTSTRAP, ETCD, Context
from bedplate.simulation.controllers.kubeadm import bootstrap_data, owning_machine
from bedplate.simulation.controllers.making import (
    Blueprint,
    keep_template,
    living,
    machines_of,
    make_machine,
    new_name,
)
from bedplate.simulation.controllers.nodes import provider_id
from bedplate.simulation.controllers.pausing import active
from bedplate.simulation.controllers.rolling import is_current, mark_current, next_to_go
from bedplate.simulation.controllers.secrets import ensure_authorities, make_data_secret
from bedplate.simulation.fields import (
    CLUSTER_NAME,
    ETCD_CLUSTER,
    Obj,
    finalize,
    generation_of,
    is_deleting,
    look,
    name_of,
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
        labels = {CLUSTER_NAME: name_of(cluster), ETCD_CLUSTER: name_of(etcd)}
        machines = machines_of(context, etcd, labels)
        if is_deleting(etcd):
            _delete(context, etcd, machines)
            continue
        finalize(etcd, FINALIZER)
        if is_provisioned(cluster):
            ensure_authorities(context, etcd, cluster, ("etcd", "apiserver-etcd-client"))
            _scale(context, etcd, cluster, machines)
        _report(context, etcd, machines)


def _scale(context: Context, etcd: Obj, cluster: Obj, machines: list[Obj]) -> None:
    """The first member begins the cluster; the others join it together."""
    template = context.referred(etcd, look(etcd, "spec", "infrastructureTemplate"))
    keep_template(context, template, cluster)
    if template is None:
        return
    wanted, alive = int(look(etcd, "spec", "replicas") or 0), living(machines)
    blueprint = Blueprint(
        cluster=cluster,
        labels={ETCD_CLUSTER: name_of(etcd)},
        template=template,
        bootstrap_version=f"{BOOTSTRAP}/v1beta1",
        bootstrap_kind="EtcdadmConfig",
        bootstrap_spec=look(etcd, "spec", "etcdadmConfigSpec") or {},
        version=None,
    )
    current = [machine for machine in alive if is_current(context, machine, blueprint)]
    mark_current(context, machines, current)
    serving = [machine for machine in alive if _address(context, machine)]
    is_settled = len(alive) == len(machines) == len(serving)
    more = (wanted if serving else min(wanted, 1)) - len(alive)
    if len(alive) >= wanted > len(current) and is_settled and len(alive) == wanted:
        more = 1  # one more while one of an older specification is replaced
    machines.extend(
        make_machine(context, etcd, new_name(context, name_of(etcd)), blueprint)
        for _ in range(more)
    )
    if len(alive) > wanted and is_settled:
        context.objects.delete(next_to_go(alive, current))


def _address(context: Context, machine: Obj) -> str:
    """Return the address of a member that serves, or ""."""
    provider = str(look(machine, "spec", "providerID") or "")
    found = vms.by_uuid(context.tx, provider.removeprefix(provider_id("")))
    if found is None:
        return ""
    if not found.never_joins:
        context.wake(found.joined_at)
    return found.addresses[0] if found.has_joined(context.now) and found.addresses else ""


def _report(context: Context, etcd: Obj, machines: list[Obj]) -> None:
    addresses = [address for machine in machines if (address := _address(context, machine))]
    wanted = int(look(etcd, "spec", "replicas") or 0)
    complete = len(addresses) == len(machines) == wanted
    status = place(etcd, "status")
    status |= {
        "observedGeneration": generation_of(etcd),
        "replicas": len(machines),
        "readyReplicas": len(addresses),
        "initialized": bool(status.get("initialized") or addresses),
        "creationComplete": bool(status.get("creationComplete") or complete),
        "ready": complete,
        "endpoints": ",".join(f"https://{address}:2379" for address in addresses),
    }
    context.mark(etcd, "EtcdMachinesReady", complete)
    context.mark(etcd, "Ready", complete)
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
