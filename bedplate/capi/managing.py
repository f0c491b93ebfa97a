"""Who manages a cluster: the one place that decides it from the specification."""

from __future__ import annotations

from bedplate.capi import names
from bedplate.errors import Owner, TemporaryError
from bedplate.ports.kube import Side
from bedplate.spec import ClusterSpec


def managing_side(spec: ClusterSpec) -> Side:
    """Return the side whose controllers make, replace and delete a finished cluster's machines.

    While a cluster that manages itself is made or deleted it is `Side.BOOTSTRAP` for a time; that
    is said by the tables of those operations.
    """
    return Side.CLUSTER if spec.self_managed else Side.MANAGEMENT


def sides(spec: ClusterSpec) -> tuple[Side, ...]:
    """Return who manages the machines, and the cluster itself where that is another."""
    return tuple(dict.fromkeys((managing_side(spec), Side.CLUSTER)))


def manager_silent(spec: ClusterSpec) -> TemporaryError:
    """Return the error for a management cluster that does not answer, or is not known."""
    manager = spec.management_cluster
    return TemporaryError(
        "MANAGER_SILENT",
        f"the API server of {manager}, which manages {spec.name}, does not answer",
        why="only the cluster that manages it knows its machines",
        remedy=f"bring it back (or its kubeconfig, to the vault's"
        f" {names.vault_kubeconfig(manager)!r}), then resume",
        owner=Owner.PLATFORM,
    )
