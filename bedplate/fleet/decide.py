"""What a campaign does next: a pure function of the frozen plan, what is recorded, and the time.

It is asked again whenever something may have changed. Every action changes a record, so asking and
doing in turns comes to rest; being killed between the two loses nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from bedplate.fleet.actions import (
    Action,
    Finish,
    GiveUp,
    Hold,
    Leave,
    OpenGate,
    Start,
    Stop,
)
from bedplate.fleet.campaign import FailureAction, duration
from bedplate.fleet.gates import look_at
from bedplate.fleet.plan import AFTER, BEFORE, FleetPlan, PlannedCluster, PlannedStage
from bedplate.fleet.states import (
    IN_FLIGHT,
    SETTLED,
    TO_DO,
    CampaignState,
    ClusterState,
    Standing,
    Wanted,
)
from bedplate.fleet.success import broken_criteria
from bedplate.fleet.windows import Opening

STOPPABLE = frozenset({ClusterState.STARTING, ClusterState.RUNNING})


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done now, and what is waited for.

    `blocked` says what clusters wait for that could be next; `wake` is when the clock alone changes
    something; `asks` is the gate that people are asked about.
    """

    actions: tuple[Action, ...] = ()
    blocked: dict[str, str] = field(default_factory=dict)
    wake: float | None = None
    asks: str | None = None


def decide(plan: FleetPlan, standing: Standing, now: float) -> Decision:
    """Return what is to be done at a moment (Unix seconds), given what is recorded."""
    turn = _Turn(plan, standing, now)
    turn.take()
    wake = min((at for at in turn.wakes if at > now), default=None)
    return Decision(tuple(turn.actions), turn.blocked, wake, turn.asks)


class _Turn:
    """One look at a campaign."""

    def __init__(self, plan: FleetPlan, standing: Standing, now: float) -> None:
        self._plan = plan
        self._standing = standing
        self._now = now
        self._margin = duration(plan.campaign.spec.stop_before)
        self._flying = [
            plan.by_name[one.cluster]
            for one in standing.clusters.values()
            if one.state in IN_FLIGHT
        ]
        self._settled = {one.cluster for one in standing.clusters.values() if one.state in SETTLED}
        # Clusters of one zone that take as long wait for the same.
        self._openings: dict[str, Opening | None] = {}
        self._whys_closed: dict[tuple[str, float], str] = {}
        self.actions: list[Action] = []
        self.blocked: dict[str, str] = {}
        self.wakes: list[float] = []
        self.asks: str | None = None

    def take(self) -> None:
        """Decide, by what is wanted of the campaign."""
        wanted = self._standing.wanted
        if wanted is Wanted.WAIT:
            return
        if wanted in (Wanted.PAUSE, Wanted.CANCEL):
            self._stop_all("paused" if wanted is Wanted.PAUSE else "cancelled")
            if wanted is Wanted.CANCEL and not self._flying:
                self.actions.append(Finish(CampaignState.CANCELLED, self._standing.why))
            return
        self._close_windows()
        late = self._stop_late_ones()
        if late and wanted is Wanted.RUN:
            self._give_way(late)
        if wanted is Wanted.RUN and not self.actions:
            self._leave_foreign()
        if wanted is Wanted.RUN and not self.actions:
            self._go_on()

    # -- what runs -----------------------------------------------------------------------------

    def _stop(self, cluster: str, why: str) -> None:
        if self._standing.state(cluster) in STOPPABLE:
            self.actions.append(Stop(cluster, why))

    def _stop_all(self, why: str) -> None:
        for cluster in self._flying:
            self._stop(cluster.name, why)

    def _opening(self, zone: str) -> Opening | None:
        """Return the opening of a zone that is now or next."""
        if zone not in self._openings:
            self._openings[zone] = self._plan.calendar.opening(zone, self._now)
        return self._openings[zone]

    def _close_windows(self) -> None:
        """Stop what a window's end, less the margin, leaves no more time for."""
        for cluster in self._flying:
            opening = self._opening(cluster.zone)
            if opening is None or not opening.contains(self._now):
                self._stop(cluster.name, "its window is closed")
            elif self._now >= opening.end - self._margin:
                self._stop(cluster.name, "its window ends")
            else:
                self.wakes.append(opening.end - self._margin)

    def _stop_late_ones(self) -> str:
        """Stop what runs for too long; returns what is to be said of it."""
        patience = self._plan.campaign.spec.cluster_timeout
        longest, said = duration(patience), ""
        for cluster in self._flying:
            record = self._standing.record(cluster.name)
            ends = record.since + longest
            if record.state is not ClusterState.RUNNING:
                continue
            if self._now >= ends:
                said = f"{cluster.name} has run for more than {patience}"
                self._stop(cluster.name, said)
            else:
                self.wakes.append(ends)
        return said

    # -- what comes next -----------------------------------------------------------------------

    def _leave_foreign(self) -> None:
        for cluster, why in self._standing.foreign.items():
            if cluster in self._plan.by_name and self._standing.state(cluster) in TO_DO:
                self.actions.append(Leave(cluster, why))

    def _give_way(self, why: str) -> None:
        """Do what the campaign asks for on failure; neither way does it go on."""
        stops = self._plan.campaign.spec.on_failure is FailureAction.STOP
        self.actions.append(GiveUp(why) if stops else Hold(why))

    def _go_on(self) -> None:
        for stage in self._plan.stages:
            if stage.batches and not self._stage_done(stage):
                return
        failed = self._count(ClusterState.FAILED, ClusterState.ACCEPTED)
        upgraded = self._count(ClusterState.UPGRADED)
        said = f"{upgraded} upgraded, {failed} failed, {self._count(ClusterState.FOREIGN)} foreign"
        self.actions.append(Finish(CampaignState.COMPLETED, said))

    def _count(self, *states: ClusterState) -> int:
        return sum(one.state in states for one in self._standing.clusters.values())

    def _stage_done(self, stage: PlannedStage) -> bool:
        """Tell whether a stage is behind us; otherwise ask for what it needs next."""
        if not self._gates_passed(stage, BEFORE):
            return False
        settings, states = self._plan.settings_of(stage), self._states(stage.clusters)
        for batch in stage.batches:
            # Without a failure nothing is broken: most batches need no count of their own.
            failed = states[ClusterState.FAILED] > 0
            if failed and (broken := broken_criteria(settings, states, self._states(batch))):
                self._give_way(f"{stage.name}: {broken}")
                return False
            if not self._settled.issuperset(batch):
                self._begin(batch, settings.max_concurrency)
                return False
        return self._gates_passed(stage, AFTER)

    def _states(self, names: tuple[str, ...]) -> Counter[ClusterState]:
        records = self._standing.clusters
        known = Counter(records[name].state for name in names if name in records)
        known[ClusterState.UNTOUCHED] += len(names) - known.total()
        return known

    def _gates_passed(self, stage: PlannedStage, when: str) -> bool:
        for name, gate in self._plan.gates(stage, when):
            record = self._standing.gates.get(name)
            if record is None:
                self.actions.append(OpenGate(name))
                return False
            look = look_at(name, gate, record, self._plan, self._standing, self._now)
            if look.passed:
                continue
            self.asks = name if look.asks else None
            self.wakes += [] if look.wake is None else [look.wake]
            self.blocked.update(dict.fromkeys(self._next_up(stage, when), look.waits))
            if look.broken:
                self._give_way(look.broken)
            self.actions += [] if look.action is None else [look.action]
            return False
        return True

    def _next_up(self, stage: PlannedStage, when: str) -> tuple[str, ...]:
        """Return the clusters that a gate keeps back."""
        if when == BEFORE:
            return stage.batches[0]
        later = self._plan.stages[self._plan.stages.index(stage) + 1 :]
        return next((one.batches[0] for one in later if one.batches), ())

    def _begin(self, batch: tuple[str, ...], most: int) -> None:
        """Ask for as many starts as windows and budgets allow; those that were begun come first."""
        places = Counter(cluster.place for cluster in self._flying)
        free = most - len(self._flying)
        budget = self._plan.campaign.spec.per_vcenter
        full = f"{most} at once"
        for cluster in self._to_do(batch):
            if closed := self._why_closed(cluster):
                self.blocked[cluster.name] = closed
            elif free <= 0:
                self.blocked[cluster.name] = full
            elif budget is not None and places[cluster.place] >= budget:
                self.blocked[cluster.name] = f"{budget} at once on {cluster.place}"
            else:
                attempt = self._standing.record(cluster.name).attempt + 1
                self.actions.append(Start(cluster.name, attempt))
                places[cluster.place] += 1
                free -= 1

    def _to_do(self, batch: tuple[str, ...]) -> Iterator[PlannedCluster]:
        for state in (ClusterState.STOPPED, ClusterState.UNTOUCHED):
            for name in batch:
                if self._standing.state(name) is state:
                    yield self._plan.by_name[name]

    def _why_closed(self, cluster: PlannedCluster) -> str:
        kind = cluster.zone, cluster.seconds
        if kind not in self._whys_closed:
            self._whys_closed[kind] = self._closed(cluster)
        return self._whys_closed[kind]

    def _closed(self, cluster: PlannedCluster) -> str:
        """Return why a cluster cannot begin now; nothing where it can."""
        calendar = self._plan.calendar
        opening = self._opening(cluster.zone)
        if opening is None:
            return "no window opens within a year"
        if not opening.contains(self._now):
            self.wakes.append(opening.start)
            return calendar.why_closed(cluster.zone, self._now) or "its window is closed"
        if self._now + cluster.seconds <= opening.end - self._margin:
            return ""
        following = calendar.opening(cluster.zone, opening.end)
        self.wakes += [] if following is None else [following.start]
        return "too late in this window"
