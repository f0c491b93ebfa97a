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
    """Return each machine's phase, for messages."""
    return {objects.name(m): objects.text(m, "status", "phase") or "not begun" for m in machines}


def ready_nodes(kube: Kube) -> frozenset[str]:
    """Return the names of the nodes that are Ready."""
    return frozenset(
        objects.name(node)
        for node in kube.list(kinds.NODE)
        if (ready := objects.condition(node, "Ready")) is not None and ready.true
    )
