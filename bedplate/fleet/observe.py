"""What is seen of a cluster's run, and what becomes of its record."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace

from bedplate.fleet.states import ClusterRecord, ClusterState, GateRecord, GateState

MOST_CRASHES = 3
FOREIGN_CODES = frozenset({"FOREIGN_CHANGE"})
"""Codes of errors by which an upgrade says that somebody else has changed the cluster."""

LATE_CODES = frozenset({"WINDOW_CLOSED"})
"""Codes by which an upgrade says that it could only begin when it might not any more."""


class Child(enum.Enum):
    """How a run is: it waits or works, or how it ended."""

    ALIVE = "alive"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"
    """Its process is gone, or nobody knows the run any more."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a run shows; `why` is its last message, `code` the error's that it names."""

    child: Child
    why: str = ""
    code: str = ""


def after(record: ClusterRecord, seen: Seen, now: float) -> ClusterRecord:
    """Return the record of a cluster after a look at its run."""
    if seen.child is Child.ALIVE:
        return record
    if seen.child is Child.COMPLETED:
        return _ended(record, ClusterState.UPGRADED, seen.why, now)
    if seen.child is Child.FAILED and seen.code in LATE_CODES:
        return _ended(record, ClusterState.STOPPED, seen.why, now)
    if seen.child is Child.FAILED:
        foreign = seen.code in FOREIGN_CODES
        state = ClusterState.FOREIGN if foreign else ClusterState.FAILED
        return _ended(record, state, seen.why or "it failed without a word", now)
    if record.state is ClusterState.STOPPING:
        return _ended(record, ClusterState.STOPPED, record.why, now)
    if seen.child is Child.CANCELLED:
        return _ended(record, ClusterState.FAILED, "its run was cancelled by somebody else", now)
    return _lost(record, now)


def _ended(record: ClusterRecord, state: ClusterState, why: str, now: float) -> ClusterRecord:
    return replace(record, state=state, why=why, since=now, crashes=0)


def _lost(record: ClusterRecord, now: float) -> ClusterRecord:
    """A process that died is no verdict on the version: another run goes on, a few times."""
    crashes = record.crashes + 1
    if crashes < MOST_CRASHES:
        why = f"run {record.run} lost its process"
        return replace(record, state=ClusterState.STOPPED, why=why, since=now, crashes=crashes)
    why = f"{crashes} runs in a row lost their process"
    return replace(record, state=ClusterState.FAILED, why=why, since=now, crashes=crashes)


def after_job(record: GateRecord, seen: Seen, now: float) -> GateRecord:
    """Return the record of a gate after a look at its job; a job that was lost has not passed."""
    if seen.child is Child.ALIVE:
        return record
    if seen.child is Child.COMPLETED:
        return replace(record, state=GateState.PASSED, why="the job completed", since=now)
    why = f"{record.gate}: the job {seen.child.value}" + (f": {seen.why}" if seen.why else "")
    return replace(record, state=GateState.FAILED, why=why, since=now)
