"""MachineDeployments and MachineSets: as many workers as asked for, of the template asked for."""

from __future__ import annotations

import hashlib
import json

from bedplate.simulation.controllers.clusters import runs_core
from bedplate.simulation.controllers.context import CORE, Context
from bedplate.simulation.controllers.making import (
    MACHINE_VERSION,
    Blueprint,
    keep_template,
    living,
    machines_of,
    make_machine,
    new_name,
)
from bedplate.simulation.controllers.pausing import active
from bedplate.simulation.controllers.rolling import mark_current, oldest_first
from bedplate.simulation.fields import (
    CLUSTER_NAME,
    DEPLOYMENT_NAME,
    SET_NAME,
    Obj,
    controller_uid,
    finalize,
    generation_of,
    is_deleting,
    label,
    labels_of,
    look,
    name_of,
    namespace_of,
    own,
    place,
    plain,
    uid_of,
    unfinalize,
)

DEPLOYMENT_FINALIZER = "cluster.x-k8s.io/machinedeployment"
SET_FINALIZER = "cluster.x-k8s.io/machineset"
TEMPLATE_HASH = "machine-template-hash"
# Longer than whoever looks every five seconds waits: the gap between the two has to be seen.
NOTICE_SECONDS = 6.0


def machine_deployments(context: Context) -> None:
    """Reconcile every MachineDeployment."""
    if not runs_core(context):
        return
    for deployment in active(context, CORE, "MachineDeployment"):
        cluster = context.cluster_of(deployment)
        sets = context.objects.owned(CORE, "MachineSet", deployment)
        if is_deleting(deployment):
            _delete(context, deployment, DEPLOYMENT_FINALIZER, sets)
        elif cluster is not None:
            _deploy(context, deployment, cluster, sets)


def _deploy(context: Context, deployment: Obj, cluster: Obj, sets: list[Obj]) -> None:
    finalize(deployment, DEPLOYMENT_FINALIZER)
    own(deployment, cluster)
    labels = {CLUSTER_NAME: name_of(cluster), DEPLOYMENT_NAME: name_of(deployment)}
    label(deployment, {CLUSTER_NAME: name_of(cluster)})
    place(deployment, "spec", "selector", "matchLabels").update(labels)
    place(deployment, "spec", "template", "metadata", "labels").update(labels)
    for path in (("bootstrap", "configRef"), ("infrastructureRef",)):
        reference = look(deployment, "spec", "template", "spec", *path)
        keep_template(context, context.referred(deployment, reference), cluster)
    current = _current_set(context, deployment, sets)
    _roll(context, deployment, current, [one for one in sets if one is not current])
    _report_deployment(context, deployment, current, sets)


def _roll(context: Context, deployment: Obj, current: Obj, older: list[Obj]) -> None:
    """As many new machines as the surge allows; an old one goes once there are enough without it.

    The arithmetic is that of Cluster API's rolling update.
    """
    replicas = look(deployment, "spec", "replicas")
    wanted = 1 if replicas is None else int(replicas)
    surge, unavailable = _bounds(deployment)
    old = sum(_replicas(one) for one in older)
    had = _replicas(current)
    room = wanted + surge - old
    current["spec"]["replicas"] = wanted if had > wanted else max(had, min(wanted, room))
    context.objects.save(current)
    missing = current["spec"]["replicas"] - (look(current, "status", "availableReplicas") or 0)
    spare = old + current["spec"]["replicas"] - (wanted - unavailable) - max(0, missing)
    for one in older:
        less = min(_replicas(one), max(0, spare))
        if less:
            one["spec"]["replicas"] -= less
            context.objects.save(one)
        spare -= less


def _replicas(machine_set: Obj) -> int:
    return int(look(machine_set, "spec", "replicas") or 0)


def _bounds(deployment: Obj) -> tuple[int, int]:
    """Return how many machines more there may be than wanted, and how many fewer."""
    asked = look(deployment, "spec", "rollout", "strategy", "rollingUpdate") or {}
    surge, unavailable = asked.get("maxSurge"), asked.get("maxUnavailable")
    return 1 if surge is None else int(surge), 0 if unavailable is None else int(unavailable)


def _current_set(context: Context, deployment: Obj, sets: list[Obj]) -> Obj:
    wanted = look(deployment, "spec", "template", "spec")
    for found in sets:
        if look(found, "spec", "template", "spec") == wanted and not is_deleting(found):
            return found
    said = json.dumps(wanted, sort_keys=True).encode()
    mark = hashlib.sha256(said).hexdigest()[:10]
    labels = {**look(deployment, "spec", "template", "metadata", "labels"), TEMPLATE_HASH: mark}
    template = plain(deployment["spec"]["template"])
    template["metadata"]["labels"] = dict(labels)
    made: Obj = {
        "apiVersion": MACHINE_VERSION,
        "kind": "MachineSet",
        "metadata": {
            "name": new_name(context, name_of(deployment)),
            "namespace": namespace_of(deployment),
            "labels": labels,
        },
        "spec": {
            "clusterName": deployment["spec"]["clusterName"],
            "replicas": 0,
            "selector": {"matchLabels": dict(labels)},
            "template": template,
        },
    }
    own(made, deployment, controller=True)
    finalize(made, SET_FINALIZER)
    return context.objects.add(made)


def _report_deployment(context: Context, deployment: Obj, current: Obj, sets: list[Obj]) -> None:
    every = [current, *(one for one in sets if one is not current)]
    replicas_asked = look(deployment, "spec", "replicas")
    wanted = 1 if replicas_asked is None else int(replicas_asked)

    def count(field: str) -> int:
        return sum(look(one, "status", field) or 0 for one in every)

    replicas, available = count("replicas"), count("availableReplicas")
    status = place(deployment, "status")
    status |= {
        "observedGeneration": generation_of(deployment),
        "replicas": replicas,
        "readyReplicas": count("readyReplicas"),
        "availableReplicas": available,
        "upToDateReplicas": count("upToDateReplicas"),
        "phase": "Running" if replicas == wanted == available else "ScalingUp",
    }
    context.mark(deployment, "Available", available >= wanted)
    context.mark(deployment, "ScalingUp", replicas < wanted, "", f"{replicas} of {wanted}")
    context.mark(deployment, "ScalingDown", replicas > wanted, "", f"{replicas} of {wanted}")
    context.objects.save(deployment)


def machine_sets(context: Context) -> None:
    """Reconcile every MachineSet."""
    if not runs_core(context):
        return
    for machine_set in active(context, CORE, "MachineSet"):
        cluster = context.cluster_of(machine_set)
        labels = look(machine_set, "spec", "selector", "matchLabels") or {}
        machines = machines_of(context, machine_set, labels)
        if is_deleting(machine_set):
            _delete(context, machine_set, SET_FINALIZER, machines)
        elif cluster is not None and _has_noticed(context, machine_set):
            _scale(context, machine_set, cluster, machines)


def _has_noticed(context: Context, machine_set: Obj) -> bool:
    """Say whether the controller of sets has looked since a set became the newest, or no longer is.

    The deployment's own controller is another one: it may have said of the newest deployment that
    all is up to date before this one looks, by what the sets say by then.
    """
    newest = _is_newest(context, machine_set)
    context.forget(context.timer_of(machine_set, f"newest={not newest}"))
    return context.after(context.timer_of(machine_set, f"newest={newest}"), NOTICE_SECONDS)


def _scale(context: Context, machine_set: Obj, cluster: Obj, machines: list[Obj]) -> None:
    finalize(machine_set, SET_FINALIZER)
    label(machine_set, {CLUSTER_NAME: name_of(cluster)})
    wanted = int(look(machine_set, "spec", "replicas") or 0)
    alive = living(machines)
    blueprint = _blueprint(context, machine_set, cluster)
    if blueprint is not None:
        for _ in range(wanted - len(alive)):
            name = new_name(context, name_of(machine_set))
            machines.append(make_machine(context, machine_set, name, blueprint))
    for machine in oldest_first(alive)[: max(0, len(alive) - wanted)]:
        context.objects.delete(machine)
    is_newest = _is_newest(context, machine_set)
    mark_current(context, machines, machines if is_newest else ())
    ready = [machine for machine in machines if context.is_true(machine, "Ready")]
    status = place(machine_set, "status")
    status |= {
        "observedGeneration": generation_of(machine_set),
        "replicas": len(machines),
        "readyReplicas": len(ready),
        "availableReplicas": len(ready),
        "upToDateReplicas": len(machines) if is_newest else 0,
    }
    context.mark(machine_set, "MachinesReady", len(ready) == len(machines))
    context.objects.save(machine_set)


def _is_newest(context: Context, machine_set: Obj) -> bool:
    """Say whether a set is the one that its deployment asks for now."""
    wanted = [
        look(one, "spec", "template", "spec")
        for one in context.objects.of(CORE, "MachineDeployment")
        if uid_of(one) == controller_uid(machine_set)
    ]
    return not wanted or look(machine_set, "spec", "template", "spec") in wanted


def _blueprint(context: Context, machine_set: Obj, cluster: Obj) -> Blueprint | None:
    spec = look(machine_set, "spec", "template", "spec") or {}
    template = context.referred(machine_set, spec.get("infrastructureRef"))
    config = context.referred(machine_set, look(spec, "bootstrap", "configRef"))
    if template is None or config is None:
        return None
    labels = dict(labels_of(machine_set["spec"]["template"]))
    return Blueprint(
        cluster=cluster,
        labels={**labels, SET_NAME: name_of(machine_set)},
        template=template,
        bootstrap_version=config["apiVersion"],
        bootstrap_kind=str(config["kind"]).removesuffix("Template"),
        bootstrap_spec=look(config, "spec", "template", "spec") or {},
        version=spec.get("version"),
        bootstrap_template=name_of(config),
    )


def _delete(context: Context, owner: Obj, finalizer: str, owned: list[Obj]) -> None:
    for obj in owned:
        context.objects.delete(obj)
    if not owned:
        unfinalize(owner, finalizer)
    context.objects.save(owner)
