"""Carries a campaign out, a turn at a time: look, decide, record, do.

Nothing is kept between turns but what is recorded: a process that is killed anywhere is replaced by
another that takes its next turn. An intent is recorded before a run is asked for, and the run is
asked for under a key, so that asking twice gives the same run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bedplate.engine.journal import Writer
from bedplate.errors import PermanentError
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
from bedplate.fleet.book import CampaignBook, CampaignRow
from bedplate.fleet.campaign import Job
from bedplate.fleet.decide import Decision, decide
from bedplate.fleet.observe import Seen, after, after_job
from bedplate.fleet.plan import PlannedCluster
from bedplate.fleet.states import (
    ENDED,
    IN_FLIGHT,
    SETTLED,
    CampaignState,
    ClusterRecord,
    ClusterState,
    GateRecord,
    GateState,
    Standing,
    Wanted,
)

MOST_DECISIONS = 10_000
"""In one turn; each changes a record, so that a turn ends long before."""


@dataclass(frozen=True, slots=True)
class Order:
    """One run that is asked for: under `key` there is never a second one.

    Where it can only begin after `not_after` (Unix seconds) it is to change nothing.
    """

    key: str
    cluster: str
    site: str
    spec_text: str
    bundle: str
    requested_by: str
    not_after: float | None = None


class Children(Protocol):
    """The runs of clusters' upgrades, wherever they are carried out.

    Raises TemporaryError where they cannot be asked about now, PermanentError where a run is
    refused: it does not come to be.
    """

    def begin(self, order: Order) -> str:
        """Ask for a run; returns its id, that of the first one where the key was used before."""
        ...

    def begin_job(self, job: Job, key: str) -> str:
        """Ask for a run of a gate's job, as above."""
        ...

    def look(self, runs: Sequence[str]) -> Mapping[str, Seen]:
        """Look at runs; one that nobody knows any more is lost."""
        ...

    def stop(self, run: str) -> None:
        """Ask a run to stop at its next safe point; one that has ended is left alone."""
        ...


class SpecChanged(PermanentError):
    """What the journal holds of a cluster is not what the plan was made from."""


SpecOf = Callable[[PlannedCluster], str]
"""Returns the specification that a cluster is brought to; raises SpecChanged."""


class Conductor:
    """The turns of one campaign; whoever has it holds the campaign's lease as `writer`."""

    def __init__(
        self,
        row: CampaignRow,
        book: CampaignBook,
        writer: Writer,
        children: Children,
        spec_of: SpecOf,
        clock: Callable[[], float],
    ) -> None:
        self._row = row
        self._plan = row.plan
        self._book = book
        self._writer = writer
        self._children = children
        self._spec_of = spec_of
        self._clock = clock
        self._clusters: dict[str, ClusterRecord] = {}
        self._is_known = False
        self.standing = book.standing(row)

    def turn(self) -> tuple[Decision, CampaignState]:
        """Look at every run, then do whatever is to be done; returns what is waited for."""
        self._read()
        self._is_known = False  # until the turn ends well
        self._finish_starts()
        self._look()
        for _ in range(MOST_DECISIONS):
            self._read_news()
            decision = decide(self._plan, self.standing, self._clock())
            for action in decision.actions:
                self._do(action)
                if isinstance(action, Finish):
                    return decision, action.state
            if not decision.actions:
                state = self._stand()
                self._is_known = True
                return decision, state
        raise AssertionError("every action changes a record")

    def _read(self) -> None:
        """Read everything where the turn before did not end well, else what is new."""
        if self._is_known:
            self._read_news()
            return
        self.standing = self._book.standing(self._row)
        self._keep()

    def _read_news(self) -> None:
        """Read what others can have written; a fleet's records are not read at every look."""
        self.standing = self._book.news(self._row, self.standing)
        self._keep()

    def _keep(self) -> None:
        """Keep the records of clusters where our own writes are noted as well."""
        if self.standing.clusters is not self._clusters:
            self._clusters = dict(self.standing.clusters)
            self.standing = replace(self.standing, clusters=self._clusters)

    # -- looking -------------------------------------------------------------------------------

    def _flying(self) -> list[ClusterRecord]:
        return [one for one in self.standing.clusters.values() if one.state in IN_FLIGHT]

    def _finish_starts(self) -> None:
        """Ask once more for runs whose asking was recorded and whose answer was not."""
        for record in self._flying():
            if record.run is None:
                self._begin(record)
        for gate in self.standing.gates.values():
            if gate.state is GateState.OPENED and gate.attempt and gate.run is None:
                self._begin_job(gate)
                self._read_news()

    def _look(self) -> None:
        now = self._clock()
        flying = [one for one in self._flying() if one.run is not None]
        jobs = [
            one
            for one in self.standing.gates.values()
            if one.state is GateState.OPENED and one.run is not None
        ]
        asked = [*(one.run for one in flying), *(one.run for one in jobs)]
        seen = self._children.look([run for run in asked if run is not None])
        for record in flying:
            found = after(record, seen[record.run or ""], now)
            if found != record:
                self._put(found)
            elif record.state is ClusterState.STOPPING:
                self._children.stop(record.run or "")  # killed before it was asked, perhaps
        for gate in jobs:
            changed = after_job(gate, seen[gate.run or ""], now)
            if changed != gate:
                self._book.put_gate(self._writer, self._row.id, changed)
                self._say(f"{gate.gate}: {changed.why}")

    # -- doing ---------------------------------------------------------------------------------

    def _do(self, action: Action) -> None:
        match action:
            case Start(cluster, attempt):
                self._start(cluster, attempt)
            case Stop(cluster, why):
                record = self.standing.record(cluster)
                self._put(replace(record, state=ClusterState.STOPPING, why=why))
                self._children.stop(record.run or "")
            case Leave(cluster, why):
                self._leave(cluster, why)
            case OpenGate() | StartJob() | PassGate():
                self._change_gate(action, action.gate)
            case Hold(why):
                self._book.hold(self._writer, self._row.id, Wanted.HOLD, why)
                self._say(f"on hold: {why}; {self._row.command('resume')}")
            case GiveUp(why):
                self._book.hold(self._writer, self._row.id, Wanted.CANCEL, why)
                self._say(f"given up: {why}")
            case Finish(state, why):
                self._stop_jobs()
                self._book.stand(self._writer, self._row.id, state, why)
                self._say(f"{state}: {why}" if why else state.value)

    def _start(self, cluster: str, attempt: int) -> None:
        now, earlier = self._clock(), self.standing.record(cluster)
        record = replace(
            earlier,
            state=ClusterState.STARTING,
            attempt=attempt,
            run=None,
            why="",
            since=now,
            started_at=now if earlier.started_at is None else earlier.started_at,
        )
        self._put(record)
        self._begin(record)

    def _begin(self, record: ClusterRecord) -> None:
        planned = self._plan.by_name[record.cluster]
        try:
            text = self._spec_of(planned)
        except SpecChanged as error:
            self._leave(record.cluster, error.seen)
            return
        order = Order(
            key=f"{self._row.id}:{record.cluster}:{record.attempt}",
            cluster=record.cluster,
            site=planned.site,
            spec_text=text,
            bundle=planned.bundle,
            requested_by=self._row.marker,
            # Of the window in which it was decided: this may be another process, much later.
            not_after=self._plan.begins_until(planned, record.since),
        )
        try:
            run = self._children.begin(order)
        except PermanentError as refused:
            # The others go on, and people are asked: raised here, it would be at every turn again.
            why, now = refused.with_remedy(), self._clock()
            self._put(replace(record, state=ClusterState.FAILED, why=why, since=now, crashes=0))
            return
        self._put(replace(record, state=ClusterState.RUNNING, run=run))

    def _leave(self, cluster: str, why: str) -> None:
        record = self.standing.record(cluster)
        state = ClusterState.FOREIGN
        self._put(replace(record, state=state, why=why, since=self._clock()))

    def _change_gate(self, action: OpenGate | StartJob | PassGate, gate: str) -> None:
        now = self._clock()
        if isinstance(action, OpenGate):
            opened = GateRecord(gate, GateState.OPENED, now)
            self._book.put_gate(self._writer, self._row.id, opened)
            asked = self._plan.all_gates()[gate].approval is not None
            self._say(f"approval needed: {gate}" if asked else f"{gate} begins")
            return
        record = self.standing.gates[gate]
        if isinstance(action, PassGate):
            passed = replace(record, state=GateState.PASSED, why=action.why, since=now)
            self._book.put_gate(self._writer, self._row.id, passed)
            self._say(f"{gate}: {action.why}")
            return
        asked_for = replace(record, attempt=action.attempt, run=None)
        self._book.put_gate(self._writer, self._row.id, asked_for)
        self._begin_job(asked_for)

    def _begin_job(self, record: GateRecord) -> None:
        job = self._plan.all_gates()[record.gate].job
        if job is None:
            return
        key = f"{self._row.id}:{record.gate}:{record.attempt}"
        try:
            begun = replace(record, run=self._children.begin_job(job, key))
        except PermanentError as refused:
            why = f"{record.gate}: {refused.with_remedy()}"
            begun = replace(record, state=GateState.FAILED, why=why, since=self._clock())
        self._book.put_gate(self._writer, self._row.id, begun)
        if begun.state is GateState.FAILED:
            self._say(begun.why)

    def _stop_jobs(self) -> None:
        for gate in self.standing.gates.values():
            if gate.state is GateState.OPENED and gate.run is not None:
                self._children.stop(gate.run)

    # -- telling -------------------------------------------------------------------------------

    def _put(self, record: ClusterRecord) -> None:
        """Record how a cluster stands, and say it where that is an end."""
        self._book.put_cluster(self._writer, self._row.id, record)
        self._clusters[record.cluster] = record
        said = f"{record.cluster}: {record.state}"
        if record.state in SETTLED:
            self._say(f"{said}: {record.why}" if record.why else said)

    def _say(self, text: str) -> None:
        self._book.say(self._writer, self._row.id, text)

    def _stand(self) -> CampaignState:
        """Record how the campaign stands where that has changed."""
        state = state_of(self.standing)
        if self.standing.stands not in (state, *ENDED):
            self._book.stand(self._writer, self._row.id, state, "")
            self._say(f"campaign {state}")
        return state


def state_of(standing: Standing) -> CampaignState:
    """Return how a campaign that has not ended stands."""
    if standing.wanted is Wanted.WAIT:
        return CampaignState.PLANNED
    if standing.wanted is Wanted.RUN:
        return CampaignState.RUNNING
    if standing.wanted is Wanted.CANCEL:
        return CampaignState.CANCELLING
    flying = any(one.state in IN_FLIGHT for one in standing.clusters.values())
    return CampaignState.PAUSING if flying else CampaignState.PAUSED
