"""Reading machines: shared by the phases that wait for them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bedplate.capi import kinds, names, objects
from bedplate.capi.addresses import address_of
from bedplate.engine.phase import Waiting
from bedplate.facts import Machine
from bedplate.ports.kube import Kube, Manifest

DRAINING = "DrainingNode"
BUDGET = re.compile(r"disruption budget (\S+) needs")
"""As an API server names a budget when it refuses an eviction; Cluster API repeats it."""


def list_machines(kube: Kube, labels: Mapping[str, str]) -> tuple[Manifest, ...]:
    """Return the Machines with these labels that are not being deleted."""
    found = kube.list(kinds.MACHINE, names.NAMESPACE, labels)
    return tuple(machine for machine in found if not objects.is_deleting(machine))


def with_node(machines: tuple[Manifest, ...]) -> tuple[Machine, ...]:
    """Return those that have a node, as facts."""
    return tuple(machine for machine in seen(machines) if machine.node)


def seen(machines: tuple[Manifest, ...]) -> tuple[Machine, ...]:
    """Return them as facts, whether or not they have a node yet."""
    return tuple(
        Machine(
            name=objects.name(machine),
            provider_id=objects.text(machine, "spec", "providerID"),
            node=objects.text(machine, "status", "nodeRef", "name"),
            address=address_of(machine),
        )
        for machine in machines
    )


def evidence(machines: tuple[Manifest, ...]) -> dict[str, str]:
    """Return each machine's phase, for messages, and what its health check says against it."""
    return {objects.name(machine): _state(machine) for machine in machines}


def complaints(machines: tuple[Manifest, ...]) -> dict[str, str]:
    """Return those that have no node yet, or that their health check has something against."""
    return {
        objects.name(one): _state(one)
        for one in machines
        if _complaint(one) is not None or _is_without_node(one)
    }


def held_back(kube: Kube, cluster: str, machines: tuple[Manifest, ...]) -> dict[str, str]:
    """Return the health checks that leave machines as they are though these are not well.

    They wait for a person, since too many are unhealthy (Cluster API's TooManyUnhealthy); with the
    40 % that EKS Anywhere has for workers, that is so for the only machine of a group.
    """
    if all(_complaint(machine) is None for machine in machines):
        return {}
    labels = {kinds.CLUSTER_NAME_LABEL: cluster}
    return {
        f"health check {objects.name(check)}": allowed.message
        for check in kube.list(kinds.MACHINE_HEALTH_CHECK, names.NAMESPACE, labels)
        if (allowed := objects.condition(check, "RemediationAllowed")) is not None
        and allowed.false
        and not set(objects.texts(check, "status", "targets")).isdisjoint(
            map(objects.name, machines)
        )
    }


def drains(machines: tuple[Manifest, ...]) -> dict[str, str]:
    """Return, by machine, what keeps its node from being drained: pods, and their budgets."""
    found = ((objects.name(one), objects.condition(one, "Deleting")) for one in machines)
    return {
        name: " ".join(deleting.message.split())
        for name, deleting in found
        if deleting is not None and deleting.true and DRAINING in deleting.reason
    }


def told_with_drains(waiting: Waiting, machines: tuple[Manifest, ...]) -> Waiting:
    """Return what is waited for, with the drains under way, and the budgets that block them."""
    found = drains(machines)
    if not found:
        return waiting
    going = ", ".join(found)
    budgets = sorted({budget for text in found.values() for budget in BUDGET.findall(text)})
    blocked = f"{going} cannot be drained (disruption budget {', '.join(budgets)})"
    on = f"{waiting.on}; {blocked if budgets else f'{going} being drained'}"
    return Waiting(on, {**waiting.evidence, **found})


def _state(machine: Manifest) -> str:
    phase = objects.text(machine, "status", "phase") or "not begun"
    found = (_no_node(machine), _complaint(machine))
    return ", ".join((phase, *(one for one in found if one is not None)))


def _no_node(machine: Manifest) -> str | None:
    """Say where the reason is to be found: Cluster API does not know why kubeadm gave up."""
    if not _is_without_node(machine):
        return None
    where = address_of(machine) or "it"
    return f"no node yet (if it stays so, cloud-init's output on {where} says why)"


def _is_without_node(machine: Manifest) -> bool:
    """Say whether its virtual machine runs and is no node; those of external etcd never are."""
    is_up = objects.text(machine, "status", "phase") == "Provisioned"
    return is_up and kinds.ETCD_LABEL not in objects.labels(machine)


def _complaint(machine: Manifest) -> str | None:
    found = objects.condition(machine, "HealthCheckSucceeded")
    return None if found is None or not found.false else found.message or found.reason


def ready_nodes(kube: Kube) -> frozenset[str]:
    """Return the names of the nodes that are Ready."""
    return frozenset(
        objects.name(node)
        for node in kube.list(kinds.NODE)
        if (ready := objects.condition(node, "Ready")) is not None and ready.true
    )
