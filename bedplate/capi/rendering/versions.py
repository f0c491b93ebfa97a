"""Kubernetes versions, as branches of a rendering ask for them."""

from __future__ import annotations


def minor_of(version: str) -> int:
    """Return the minor version of `1.34` or `v1.34.1-eks-1-34-12`: 34."""
    return int(version.split(".")[1])
