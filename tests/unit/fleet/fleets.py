"""Fleets and campaigns for these tests, and a world without Prefect in which plans are played."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from bedplate.fleet.actions import (
    Action,
    Finish,
    GiveUp,
    Hold,
    Leave,
    OpenGate,
    PassGate,
    Start,
    StartJob,
    Stop,
)
from bedplate.fleet.campaign import Campaign
from bedplate.fleet.decide import Decision, decide
from bedplate.fleet.ical import Busy
from bedplate.fleet.observe import Child, Seen, after, after_job
from bedplate.fleet.plan import FleetPlan, PlannedCluster, PlannedStage
from bedplate.fleet.states import (
    IN_FLIGHT,
    CampaignState,
    ClusterRecord,
    ClusterState,
    GateRecord,
    GateState,
    Standing,
    Wanted,
)

MONDAY = 1_767_571_200.0  # 2026-01-05 00:00 UTC
HOUR = 3600.0


def campaign(**spec) -> Campaign:
    given = {"target": {"kubernetesVersion": "1.35"}, "stages": [{"name": "all"}], **spec}
    return Campaign.model_validate({"metadata": {"name": "retail"}, "spec": given})


def cluster(name: str, *, place: str = "vc-1", zone: str = "UTC", seconds: float = HOUR):
    return PlannedCluster(
        name=name,
        site="simulated",
        place=place,
        zone=zone,
        version="1.34",
        run=f"run-of-{name}",
        source=f"run-of-{name}",
        wanted="f" * 64,
        bundle="b" * 64,
        seconds=seconds,
    )


def plan_of(
    batches: dict[str, list[list[str]]],
    clusters: Iterable[PlannedCluster] = (),
    busy: tuple[Busy, ...] = (),
    **spec,
) -> FleetPlan:
    """A plan with these batches; clusters that are not given are like any other."""
    given = {one.name: one for one in clusters}
    names = [name for listed in batches.values() for batch in listed for name in batch]
    return FleetPlan(
        campaign=campaign(**{"stages": [{"name": name} for name in batches], **spec}),
        busy=busy,
        clusters=tuple(given.get(name) or cluster(name) for name in names),
        stages=tuple(
            PlannedStage(name=name, batches=tuple(map(tuple, listed)))
            for name, listed in batches.items()
        ),
        skipped=(),
    )


class Killed(Exception):
    """The campaign's process was killed here."""


@dataclass
class Run:
    """A run of a cluster's upgrade in the played world."""

    key: str
    cluster: str
    left: float
    child: Child = Child.ALIVE
    stops_in: float | None = None
    not_after: float | None = None
    begun: bool = False
    code: str = ""


@dataclass
class World:
    """Runs of clusters' upgrades, over simulated time; what a killed campaign leaves stays.

    `fails` says which clusters cannot be upgraded. A run that is asked to stop comes to its safe
    point after `safe_point` seconds.
    """

    plan: FleetPlan
    fails: Callable[[str], bool] = lambda _: False
    safe_point: float = 60.0
    now: float = MONDAY
    takes: dict[str, float] = field(default_factory=dict)
    standing: Standing = field(default_factory=lambda: Standing(Wanted.RUN, requested_by="ann"))
    runs: dict[str, Run] = field(default_factory=dict)
    progress: dict[str, float] = field(default_factory=dict)
    finished: Finish | None = None
    worked: list[tuple[str, float, float]] = field(default_factory=list)
    most_at_once: int = 0
    most_at_place: int = 0
    upgrades_done: list[str] = field(default_factory=list)

    # -- what goes on without the campaign -----------------------------------------------------

    def move(self, seconds: float) -> None:
        """Let time go by; every run that lives works."""
        for run in self.runs.values():
            if run.child is Child.ALIVE:
                self._work(run, seconds)
        self.now += seconds

    def outage(self, seconds: float) -> None:
        """Let time go by without workers: nothing works, nobody looks."""
        self.now += seconds

    def _work(self, run: Run, seconds: float) -> None:
        if not run.begun and run.not_after is not None and self.now > run.not_after:
            run.child, run.code = Child.FAILED, "WINDOW_CLOSED"
            return
        run.begun = True
        until = min(seconds, run.left, seconds if run.stops_in is None else run.stops_in)
        self.worked.append((run.cluster, self.now, self.now + until))
        run.left -= until
        self.progress[run.cluster] = run.left
        if run.stops_in is not None:
            run.stops_in -= until
        if run.left <= 0:
            run.child = Child.FAILED if self.fails(run.cluster) else Child.COMPLETED
            if run.child is Child.COMPLETED:
                self.upgrades_done.append(run.cluster)
        elif run.stops_in is not None and run.stops_in <= 0:
            run.child = Child.CANCELLED

    def next_change(self) -> float:
        alive = [run for run in self.runs.values() if run.child is Child.ALIVE]
        ends = [run.left if run.stops_in is None else min(run.left, run.stops_in) for run in alive]
        return min(ends, default=float("inf"))

    # -- the campaign's turn -------------------------------------------------------------------

    def turn(self, dies: Callable[[], bool] = lambda: False) -> Decision:
        """Look, decide and do until nothing is left to do; raises Killed where it `dies`."""
        self._look(dies)
        decision = decide(self.plan, self.standing, self.now)
        for _ in range(1000):
            self._check(decision)
            if not decision.actions or self.finished is not None:
                return decision
            for action in decision.actions:
                _maybe(dies)
                self.do(action, dies)
            decision = decide(self.plan, self.standing, self.now)
        raise AssertionError(f"it does not come to rest: {decision.actions}")

    def _look(self, dies: Callable[[], bool]) -> None:
        for record in list(self.standing.clusters.values()):
            if record.state not in IN_FLIGHT:
                continue
            if record.run is None:  # killed between asking and writing down
                self._begin(record, dies)
                continue
            run = self.runs[record.run]
            _maybe(dies)
            self.put(after(record, Seen(run.child, run.child.value, run.code), self.now))
        for gate in list(self.standing.gates.values()):
            if gate.run is not None and gate.state is GateState.OPENED:
                self.put_gate(after_job(gate, Seen(Child.COMPLETED), self.now))

    def do(self, action: Action, dies: Callable[[], bool] = lambda: False) -> None:
        """Carry an action out, each record a crash point of its own."""
        match action:
            case Start(cluster, attempt):
                record = replace(
                    self.standing.record(cluster),
                    state=ClusterState.STARTING,
                    attempt=attempt,
                    run=None,
                    since=self.now,
                )
                self.put(record)
                _maybe(dies)
                self._begin(record, dies)
            case Stop(cluster, why):
                record = self.standing.record(cluster)
                self.put(replace(record, state=ClusterState.STOPPING, why=why))
                run = self.runs[record.run or ""]
                run.stops_in = self.safe_point if run.stops_in is None else run.stops_in
            case Leave(cluster, why):
                self.put(ClusterRecord(cluster, ClusterState.FOREIGN, why=why))
            case OpenGate(gate):
                self.put_gate(GateRecord(gate, GateState.OPENED, self.now))
            case PassGate(gate, why):
                self.put_gate(replace(self.standing.gates[gate], state=GateState.PASSED, why=why))
            case StartJob(gate, attempt):
                opened = self.standing.gates[gate]
                self.put_gate(replace(opened, attempt=attempt, run=f"{gate}:{attempt}"))
            case Hold(why):
                self.standing = replace(self.standing, wanted=Wanted.HOLD, why=why)
            case GiveUp(why):
                self.standing = replace(self.standing, wanted=Wanted.CANCEL, why=why)
            case Finish():
                self.finished = action

    def _begin(self, record: ClusterRecord, dies: Callable[[], bool]) -> None:
        key = f"{self.plan.name}:{record.cluster}:{record.attempt}"
        if key not in self.runs:  # as an idempotency key does it
            length = self.takes.get(record.cluster, HOUR / 2)
            left = self.progress.get(record.cluster, length)
            left = left if left > 0 else length
            until = self.plan.begins_until(self.plan.by_name[record.cluster], record.since)
            self.runs[key] = Run(key, record.cluster, left, not_after=until)
        _maybe(dies)
        self.put(replace(record, state=ClusterState.RUNNING, run=key))

    def put(self, record: ClusterRecord) -> None:
        records = {**self.standing.clusters, record.cluster: record}
        self.standing = replace(self.standing, clusters=records)

    def put_gate(self, record: GateRecord) -> None:
        self.standing = replace(self.standing, gates={**self.standing.gates, record.gate: record})

    def _check(self, decision: Decision) -> None:
        """Keep the most that ever ran side by side."""
        alive = [run.cluster for run in self.runs.values() if run.child is Child.ALIVE]
        assert len(alive) == len(set(alive)), "a cluster is upgraded twice at once"
        self.most_at_once = max(self.most_at_once, len(alive))
        places = [self.plan.by_name[name].place for name in alive]
        self.most_at_place = max([self.most_at_place, *map(places.count, places)])

    # -- playing to the end --------------------------------------------------------------------

    def play(self, *, luck: random.Random | None = None, turns: int = 2000) -> None:
        """Take turns until the campaign has ended or only a person can go on.

        With `luck` the campaign's process is killed now and then, and begun again.
        """
        dies = (lambda: luck.random() < 0.1) if luck is not None else (lambda: False)
        for _ in range(turns):
            try:
                decision = self.turn(dies)
            except Killed:
                continue  # begun again: it reads what is recorded
            alive = self.next_change()
            if self.finished is not None:
                return
            wake = float("inf") if decision.wake is None else decision.wake - self.now
            if min(alive, wake) == float("inf"):
                return
            self.move(max(min(alive, wake), 1.0))
        raise AssertionError("the campaign does not end")

    # -- what a test asks ----------------------------------------------------------------------

    @property
    def touched(self) -> set[str]:
        return {run.cluster for run in self.runs.values()}

    def states(self) -> dict[str, ClusterState]:
        return {one.name: self.standing.state(one.name) for one in self.plan.clusters}

    @property
    def completed(self) -> bool:
        return self.finished is not None and self.finished.state is CampaignState.COMPLETED


def _maybe(dies: Callable[[], bool]) -> None:
    if dies():
        raise Killed
