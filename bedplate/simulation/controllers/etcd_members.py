"""External etcd's machines: which are members, which were, and how the one become the other."""

from __future__ import annotations

from bedplate.simulation import vms
from bedplate.simulation.controllers.context import BOOTSTRAP, CORE, Context
from bedplate.simulation.controllers.making import (
    Blueprint,
    keep_template,
    living,
    make_machine,
    new_name,
)
from bedplate.simulation.controllers.nodes import provider_id
from bedplate.simulation.controllers.rolling import (
    is_current,
    mark_current,
    next_to_go,
    oldest_first,
)
from bedplate.simulation.fields import (
    CLUSTER_NAME,
    ETCD_CLUSTER,
    UPGRADING,
    Obj,
    annotate,
    controller_uid,
    look,
    matches,
    name_of,
    namespace_of,
    uid_of,
)

UP_TO_DATE, ROLLING = "EtcdMachinesSpecUpToDate", "EtcdRollingUpdateInProgress"


def machines_of_etcd(context: Context, etcd: Obj, cluster: Obj) -> tuple[list[Obj], list[Obj]]:
    """Return the machines that it owns, and those of its labels that it has let go of."""
    labels = {CLUSTER_NAME: name_of(cluster), ETCD_CLUSTER: name_of(etcd)}
    every = [
        machine
        for machine in context.objects.of(CORE, "Machine")
        if namespace_of(machine) == namespace_of(etcd) and matches(machine, labels)
    ]
    members = [machine for machine in every if controller_uid(machine) == uid_of(etcd)]
    return members, [machine for machine in every if machine not in members]


def address_of(context: Context, machine: Obj) -> str:
    """Return the address of a member that serves, or ""."""
    found = vms.by_uuid(context.tx, _uuid(machine))
    if found is None:
        return ""
    if not found.never_joins:
        context.wake(found.joined_at)
    return found.addresses[0] if found.has_joined(context.now) and found.addresses else ""


def is_lost(context: Context, machine: Obj) -> bool:
    """Say whether a member's virtual machine was there and is not any more."""
    return bool(_uuid(machine)) and vms.by_uuid(context.tx, _uuid(machine)) is None


def _uuid(machine: Obj) -> str:
    return str(look(machine, "spec", "providerID") or "").removeprefix(provider_id(""))


def is_rolling(context: Context, etcd: Obj) -> bool:
    """Say whether members are being replaced."""
    found = context.condition(etcd, UP_TO_DATE)
    return found is not None and found.get("status") == "False"


def scale_etcd(context: Context, etcd: Obj, cluster: Obj, machines: list[Obj]) -> None:
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
    if len(current) < len(alive):
        context.mark(etcd, UP_TO_DATE, False, ROLLING)
        _roll(context, etcd, blueprint, alive, current)
        return
    if context.condition(etcd, UP_TO_DATE) is not None:
        context.mark(etcd, UP_TO_DATE, True)
        annotate(etcd, UPGRADING, None)
    serving = [machine for machine in alive if address_of(context, machine)]
    _make(context, etcd, blueprint, (wanted if serving else min(wanted, 1)) - len(alive))
    if len(alive) > wanted and len(alive) == len(machines) == len(serving):
        context.objects.delete(next_to_go(alive, current))


def _roll(
    context: Context, etcd: Obj, blueprint: Blueprint, alive: list[Obj], current: list[Obj]
) -> None:
    """Let go of a member, then make one in its place, once the newest of these serves.

    None is deleted: the control plane was told the former members' addresses and still uses them.
    """
    if current and not address_of(context, oldest_first(current)[-1]):
        return
    wanted = int(look(etcd, "spec", "replicas") or 0)
    if len(alive) < wanted or (wanted == 1 and len(alive) == 1):
        _make(context, etcd, blueprint, 1)
        return
    machine = next_to_go(alive, current)
    machine["metadata"].pop("ownerReferences", None)
    context.objects.save(machine)


def _make(context: Context, etcd: Obj, blueprint: Blueprint, more: int) -> None:
    for _ in range(more):
        make_machine(context, etcd, new_name(context, name_of(etcd)), blueprint)
