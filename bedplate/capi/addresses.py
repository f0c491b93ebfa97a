"""The addresses that a Machine shows. Pure."""

from __future__ import annotations

from bedplate.capi import objects
from bedplate.ports.kube import Manifest

IPS = frozenset({"ExternalIP", "InternalIP"})  # the other types are names


def address_of(machine: Manifest) -> str:
    """Return a machine's first IP address; "" where it has none yet."""
    found = objects.items(machine, "status", "addresses")
    return next((objects.text(a, "address") for a in found if objects.text(a, "type") in IPS), "")
