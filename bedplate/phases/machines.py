"""Reading machines: shared by the phases that wait for them."""

from __future__ import annotations

from collections.abc import Mapping

from bedplate.capi import kinds, names, objects
from bedplate.facts import Machine
from bedplate.ports.kube import Kube, Manifest


def list_machines(kube: Kube, labels: Mapping[str, str]) -> tuple[Manifest, ...]:
    """Return the Machines with these labels that are not being deleted."""
    found = kube.list(kinds.MACHINE, names.NAMESPACE, labels)
    return tuple(machine for machine in found if not objects.is_deleting(machine))


def with_node(machines: tuple[Manifest, ...]) -> tuple[Machine, ...]:
    """Return those that have a node, as facts."""
    return tuple(
        Machine(
            name=objects.name(machine),
            provider_id=objects.text(machine, "spec", "providerID"),
            node=objects.text(machine, "status", "nodeRef", "name"),
        )
        for machine in machines
        if objects.text(machine, "status", "nodeRef", "name")
    )


def evidence(machines: tuple[Manifest, ...]) -> dict[str, str]:
    """Return each machine's phase, for messages, and what its health check says against it."""
    return {objects.name(machine): _state(machine) for machine in machines}


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


def _state(machine: Manifest) -> str:
    phase = objects.text(machine, "status", "phase") or "not begun"
    complaint = _complaint(machine)
    return phase if complaint is None else f"{phase}, {complaint}"


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
