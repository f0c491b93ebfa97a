"""Who manages a cluster: the one place that decides it from the specification."""

from __future__ import annotations

from bedplate.ports.kube import Side
from bedplate.spec import ClusterSpec


def managing_side(spec: ClusterSpec) -> Side:
    """Return the side whose controllers make, replace and delete a finished cluster's machines.

    While a cluster that manages itself is made or deleted it is `Side.BOOTSTRAP` for a time; that
    is said by the tables of those operations.
    """
    return Side.CLUSTER if spec.self_managed else Side.MANAGEMENT
