"""What is recorded of a campaign that is under way: plain values, kept in the journal."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class Wanted(enum.StrEnum):
    """What a campaign is to do now; a person's wish, except HOLD."""

    WAIT = "wait"
    """Planned; nobody has started it."""
    RUN = "run"
    HOLD = "hold"
    """A stage broke its criteria: what runs may end, nothing more begins."""
    PAUSE = "pause"
    """A person's: everything stops at its next safe point."""
    CANCEL = "cancel"


class CampaignState(enum.StrEnum):
    """How a campaign stands."""

    PLANNED = "planned"
    RUNNING = "running"
    PAUSING = "pausing"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    """Another plan of the same name took its place before it began."""


ENDED = frozenset({CampaignState.COMPLETED, CampaignState.CANCELLED, CampaignState.SUPERSEDED})


class ClusterState(enum.StrEnum):
    """How a cluster of a campaign stands."""

    # An enumeration's own is written in Python; every decision looks at every cluster's state.
    __hash__ = str.__hash__

    UNTOUCHED = "untouched"
    STARTING = "starting"
    """A run is asked for; whether it was made is not recorded yet."""
    RUNNING = "running"
    STOPPING = "stopping"
    """Asked to stop at its next safe point."""
    STOPPED = "stopped"
    """Begun, stopped at a safe point; goes on from there."""
    UPGRADED = "upgraded"
    FAILED = "failed"
    ACCEPTED = "failure accepted"
    """Failed, and a person decided to go on without it."""
    FOREIGN = "foreign"
    """Changed by others since the plan was made: left alone."""


IN_FLIGHT = frozenset({ClusterState.STARTING, ClusterState.RUNNING, ClusterState.STOPPING})
TO_DO = frozenset({ClusterState.UNTOUCHED, ClusterState.STOPPED})
SETTLED = frozenset(
    {ClusterState.UPGRADED, ClusterState.FAILED, ClusterState.ACCEPTED, ClusterState.FOREIGN}
)


@dataclass(frozen=True, slots=True)
class ClusterRecord:
    """One cluster of a campaign.

    `attempt` counts the runs that were asked for, `run` is the newest; `crashes` counts the runs in
    a row whose process was lost. Times are Unix seconds.
    """

    cluster: str
    state: ClusterState = ClusterState.UNTOUCHED
    attempt: int = 0
    run: str | None = None
    crashes: int = 0
    why: str = ""
    since: float = 0.0
    started_at: float | None = None


class GateState(enum.StrEnum):
    """How a gate stands."""

    OPENED = "waiting"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class GateRecord:
    """One gate that was reached; `run` is the newest run of its job."""

    gate: str
    state: GateState
    since: float
    attempt: int = 0
    run: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """What one person decided about one gate of one plan. `source` tells two askings apart."""

    gate: str
    plan: str
    who: str
    approved: bool
    at: float
    expires_at: float
    source: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything that is known of a campaign at one moment.

    `foreign` names clusters that somebody else's run has changed since the plan was made, with what
    was seen; clusters without a record are untouched.
    """

    wanted: Wanted
    requested_by: str = ""
    why: str = ""
    stands: CampaignState = CampaignState.PLANNED
    clusters: Mapping[str, ClusterRecord] = field(default_factory=dict)
    gates: Mapping[str, GateRecord] = field(default_factory=dict)
    approvals: tuple[Approval, ...] = ()
    foreign: Mapping[str, str] = field(default_factory=dict)

    def record(self, cluster: str) -> ClusterRecord:
        """Return the record of a cluster."""
        return self.clusters.get(cluster) or ClusterRecord(cluster)

    def state(self, cluster: str) -> ClusterState:
        """Return how a cluster stands."""
        found = self.clusters.get(cluster)
        return ClusterState.UNTOUCHED if found is None else found.state
