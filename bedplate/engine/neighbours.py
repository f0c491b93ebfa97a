"""What the unfinished runs of other clusters, and of this one under another manager, forbid.

A cluster and its management cluster each have a lease of their own. Both sides record their run
before they look for the other's, so of two that begin at once at least one sees the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from bedplate.engine.change import recorded_spec
from bedplate.engine.history import LAST, MANY, unfinished_others
from bedplate.engine.journal import UNFINISHED, Journal, Run
from bedplate.engine.operation import Operation
from bedplate.errors import Owner, Refused
from bedplate.spec import ClusterSpec


def require_no_conflict(operation: Operation, spec: ClusterSpec, journal: Journal) -> None:
    """Raise Refused MANAGER_CHANGED, MANAGER_BUSY or CLUSTER_MANAGES_OTHERS."""
    for other in unfinished_others(journal, spec.name, operation.name):
        before = recorded_spec(other).management_cluster
        if before != spec.management_cluster:
            raise _changed(other, before, spec)
    if not spec.self_managed:
        for run in _forbidding(journal, spec.management_cluster):
            raise _busy(run, spec)
    elif operation.name in LAST:
        for run in _managed_by(journal, spec.name):
            raise _manages(run, spec)


def _forbidding(journal: Journal, manager: str) -> Iterator[Run]:
    """A create that is not quite finished is none: the management cluster itself is looked at."""
    for run in journal.runs(manager, limit=MANY):
        if run.state in UNFINISHED and run.operation != "create":
            yield run


def _managed_by(journal: Journal, manager: str) -> Iterator[Run]:
    for run in journal.runs(limit=MANY):
        unfinished = run.state in UNFINISHED and run.cluster != manager
        if unfinished and recorded_spec(run).management_cluster == manager:
            yield run


def _changed(other: Run, before: str, spec: ClusterSpec) -> Refused:
    return Refused(
        "MANAGER_CHANGED",
        f"run {other.id} ({other.operation} {other.cluster}) has not ended; there {before} manages"
        f" {spec.name}, here {spec.management_cluster} does",
        why="the machines of that run are known to the other management cluster only",
        remedy=f"bedplate abort {other.id} first, or put {before} back",
        owner=Owner.SPEC_AUTHOR,
    )


def _busy(run: Run, spec: ClusterSpec) -> Refused:
    return Refused(
        "MANAGER_BUSY",
        f"run {run.id} is to {run.operation} {run.cluster}, which manages {spec.name}, and has not"
        " ended",
        why="its controllers may be stopped, replaced or gone meanwhile",
        remedy=f"let it end, or: bedplate resume {run.id}; then run the same command again",
        owner=Owner.PLATFORM,
    )


def _manages(run: Run, spec: ClusterSpec) -> Refused:
    return Refused(
        "CLUSTER_MANAGES_OTHERS",
        f"{spec.name} manages {run.cluster}, whose run {run.id} ({run.operation}) has not ended",
        why="its machines would go on without anybody who can repair, scale or delete them",
        remedy=f"bedplate abort {run.id}, or delete {run.cluster} first",
        owner=Owner.PLATFORM,
    )
