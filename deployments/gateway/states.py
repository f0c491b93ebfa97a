"""The states of an intent, in the order in which one goes through them."""

from __future__ import annotations

import enum


class State(enum.StrEnum):
    """Where an intent is."""

    CHECKING = "checking"
    WAITING_FOR_WINDOW = "waiting_for_window"
    WAITING_FOR_APPROVAL = "waiting_for_approval"
    WAITING_FOR_CLUSTER = "waiting_for_cluster"
    READY = "ready"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUSED = "refused"


# What the worker still has to do something for; a failed run may be retried in Prefect's UI.
OPEN = frozenset(
    {
        State.CHECKING,
        State.WAITING_FOR_WINDOW,
        State.WAITING_FOR_APPROVAL,
        State.WAITING_FOR_CLUSTER,
        State.READY,
        State.RUNNING,
    }
)
NOT_BEGUN = OPEN - {State.RUNNING}
