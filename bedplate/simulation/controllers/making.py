"""Making machines: a Machine, its bootstrap configuration and its infrastructure, in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bedplate.simulation.controllers.context import CORE, Context
from bedplate.simulation.fields import (
    CLUSTER_NAME,
    Obj,
    controller_uid,
    group_of,
    is_deleting,
    matches,
    name_of,
    namespace_of,
    own,
    plain,
    uid_of,
)

MACHINE_VERSION = f"{CORE}/v1beta2"
CLONED_FROM = "cluster.x-k8s.io/cloned-from-name"


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What a new machine is made from: its configuration (kind and content) and its template."""

    cluster: Obj
    labels: Mapping[str, str]
    template: Obj
    bootstrap_version: str
    bootstrap_kind: str
    bootstrap_spec: Mapping[str, Any]
    version: str | None
    bootstrap_template: str = ""


def new_name(context: Context, base: str) -> str:
    """Return a name that begins with `base` and ends in letters not given before."""
    return f"{base}-{context.tx.new_suffix()}"


def make_machine(context: Context, owner: Obj, name: str, blueprint: Blueprint) -> Obj:
    """Make a Machine that `owner` controls, and what belongs to it."""
    labels = {**blueprint.labels, CLUSTER_NAME: name_of(blueprint.cluster)}
    kind = str(blueprint.template["kind"]).removesuffix("Template")
    machine = _new(MACHINE_VERSION, "Machine", namespace_of(owner), name, labels)
    own(machine, owner, controller=True)
    machine["spec"] = {
        "clusterName": name_of(blueprint.cluster),
        "bootstrap": {
            "configRef": _reference(blueprint.bootstrap_version, blueprint.bootstrap_kind, name)
        },
        "infrastructureRef": _reference(blueprint.template["apiVersion"], kind, name),
    }
    if blueprint.version:
        machine["spec"]["version"] = blueprint.version
    machine = context.objects.add(machine)
    _make_bootstrap(context, machine, labels, blueprint)
    _make_infrastructure(context, machine, labels, blueprint, kind)
    return machine


def _make_bootstrap(
    context: Context, machine: Obj, labels: Mapping[str, str], blueprint: Blueprint
) -> None:
    name, namespace = name_of(machine), namespace_of(machine)
    version, kind = blueprint.bootstrap_version, blueprint.bootstrap_kind
    bootstrap = _new(version, kind, namespace, name, labels)
    if blueprint.bootstrap_template:
        bootstrap["metadata"]["annotations"] = {CLONED_FROM: blueprint.bootstrap_template}
    bootstrap["spec"] = plain(blueprint.bootstrap_spec)
    own(bootstrap, machine, controller=True)
    context.objects.add(bootstrap)


def _make_infrastructure(
    context: Context, machine: Obj, labels: Mapping[str, str], blueprint: Blueprint, kind: str
) -> None:
    template = blueprint.template
    name, namespace = name_of(machine), namespace_of(machine)
    infrastructure = _new(template["apiVersion"], kind, namespace, name, labels)
    origin = f"{template['kind']}.{group_of(template['apiVersion'])}"
    infrastructure["metadata"]["annotations"] = {
        CLONED_FROM: name_of(template),
        "cluster.x-k8s.io/cloned-from-groupkind": origin,
    }
    infrastructure["spec"] = plain(template["spec"]["template"]["spec"])
    own(infrastructure, machine, controller=True)
    context.objects.add(infrastructure)


def _new(version: str, kind: str, namespace: str, name: str, labels: Mapping[str, str]) -> Obj:
    metadata = {"name": name, "namespace": namespace, "labels": dict(labels)}
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def _reference(version: str, kind: str, name: str) -> Obj:
    return {"apiGroup": group_of(version), "kind": kind, "name": name}


def machines_of(context: Context, owner: Obj, labels: Mapping[str, str]) -> list[Obj]:
    """Return the Machines that `owner` controls; one that fits and has no controller is adopted."""
    found = []
    for machine in context.objects.of(CORE, "Machine"):
        if namespace_of(machine) != namespace_of(owner) or not matches(machine, labels):
            continue
        controller = controller_uid(machine)
        if not controller and not is_deleting(machine):
            own(machine, owner, controller=True)
            context.objects.save(machine)
        if controller in ("", uid_of(owner)):
            found.append(machine)
    return found


def living(machines: list[Obj]) -> list[Obj]:
    """Return the machines that are not being deleted."""
    return [machine for machine in machines if not is_deleting(machine)]


def keep_template(context: Context, template: Obj | None, cluster: Obj) -> None:
    """Make a template belong to its Cluster, so that it goes with it."""
    if template is not None and not is_deleting(template):
        own(template, cluster)
        context.objects.save(template)
