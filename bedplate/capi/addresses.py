"""The addresses that a Machine or a Node shows. Pure."""

from __future__ import annotations

from bedplate.capi import objects
from bedplate.ports.kube import Manifest

IPS = frozenset({"ExternalIP", "InternalIP"})  # the other types are names


def address_of(shown: Manifest) -> str:
    """Return the first IP address of a machine or node; "" where it has none yet."""
    found = objects.items(shown, "status", "addresses")
    return next((objects.text(a, "address") for a in found if objects.text(a, "type") in IPS), "")
