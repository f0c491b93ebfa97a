"""The book of campaigns over SQLAlchemy, in the journal's database."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bedplate.adapters.journal import leases, records, schema
from bedplate.adapters.journal.database import Database
from bedplate.adapters.journal.migrate import migrate
from bedplate.engine.journal import Run, Writer
from bedplate.errors import Owner, Refused
from bedplate.fleet.book import CampaignRow, Event, fleet_command
from bedplate.fleet.members import HARMLESS, changed_by_others
from bedplate.fleet.plan import FleetPlan
from bedplate.fleet.states import (
    ENDED,
    Approval,
    CampaignState,
    ClusterRecord,
    ClusterState,
    GateRecord,
    GateState,
    Standing,
    Wanted,
)

_C, _CC, _CG = schema.campaigns.c, schema.campaign_clusters.c, schema.campaign_gates.c
_CA, _CE = schema.campaign_approvals.c, schema.campaign_events.c
_newest = sa.select(schema.campaigns).order_by(_C.number.desc())
_wishes = sa.select(_C.wanted, _C.why, _C.state).where(_C.id == sa.bindparam("of"))
_parts = {
    table.name: sa.select(table)
    .where(table.c.campaign_id == sa.bindparam("of"))
    .order_by(*table.primary_key.columns)
    for table in (
        schema.campaign_clusters,
        schema.campaign_gates,
        schema.campaign_approvals,
    )
}
_failed = (
    sa.select(sa.func.count())
    .select_from(schema.campaign_clusters)
    .where(_CC.campaign_id == sa.bindparam("of"), _CC.state == ClusterState.FAILED.value)
)
_ENDED = [state.value for state in ENDED]
AnyRow = Row[tuple[object, ...]]


class SqlCampaigns:
    """Campaigns in SQLite or Postgres. Implements fleet.book.CampaignBook."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.time) -> None:
        self._database = Database(url)
        self._clock = clock
        migrate(self._database)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    @contextlib.contextmanager
    def _fenced(self, writer: Writer) -> Iterator[Connection]:
        with self._database.write() as connection:
            leases.require_newest(connection, writer)
            yield connection

    # -- plans ---------------------------------------------------------------------------------

    def add(self, row: CampaignRow) -> None:
        with self._database.write() as connection:
            found = connection.execute(
                _newest.where(_C.name == row.name, _C.state.not_in(_ENDED))
            ).all()
            for earlier in found:
                if earlier.wanted != Wanted.WAIT.value:
                    raise _active(row.name, earlier)
                values = {"state": CampaignState.SUPERSEDED.value, "ended_at": self._clock()}
                _change(connection, earlier.id, values)
            connection.execute(sa.insert(schema.campaigns), _columns(row))

    def mark(self) -> int:
        with self._database.read() as connection:
            number = connection.execute(sa.select(sa.func.max(schema.runs.c.number))).scalar_one()
        return number or 0

    def runs_since(self, mark: int) -> Sequence[Run]:
        with self._database.read() as connection:
            return records.runs_after(connection, mark)

    def find(self, name: str) -> CampaignRow | None:
        these = _newest.where(sa.or_(_C.name == name, _C.id == name)).limit(1)
        with self._database.read() as connection:
            row = connection.execute(these).one_or_none()
        return None if row is None else _row(row)

    def campaigns(self, *, active: bool) -> Sequence[CampaignRow]:
        these = _newest.where(_C.state.not_in(_ENDED)) if active else _newest
        with self._database.read() as connection:
            return tuple(_row(row) for row in connection.execute(these))

    def standing(self, row: CampaignRow) -> Standing:
        with self._database.read() as connection:
            return _standing(connection, row, _clusters(connection, row))

    def news(self, row: CampaignRow, known: Standing) -> Standing:
        with self._database.read() as connection:
            # Others change clusters in one way only: `resume` lets go of those that failed.
            failed = connection.execute(_failed, {"of": row.id}).scalar_one()
            states = (one.state for one in known.clusters.values())
            same = failed == sum(state is ClusterState.FAILED for state in states)
            clusters = known.clusters if same else _clusters(connection, row)
            return _standing(connection, row, clusters)

    # -- people --------------------------------------------------------------------------------

    def want(self, campaign_id: str, wanted: Wanted, why: str) -> None:
        with self._database.write() as connection:
            _require_active(connection, campaign_id)
            values = self._wish(wanted, why)
            if wanted is Wanted.RUN:
                values["state"] = CampaignState.RUNNING.value
            _change(connection, campaign_id, values)

    def resume(self, campaign_id: str, why: str, *, accept_failed: bool) -> None:
        now = self._clock()
        state = ClusterState.ACCEPTED if accept_failed else ClusterState.STOPPED
        again = {"state": state.value, "since": now}
        with self._database.write() as connection:
            _require_active(connection, campaign_id)
            values = self._wish(Wanted.RUN, why)
            _change(connection, campaign_id, values | {"state": CampaignState.RUNNING.value})
            failed = (_CC.campaign_id == campaign_id, _CC.state == ClusterState.FAILED.value)
            connection.execute(sa.update(schema.campaign_clusters).where(*failed).values(again))
            _reopen_gates(connection, campaign_id, now)

    def _wish(self, wanted: Wanted, why: str) -> dict[str, object]:
        return {"wanted": wanted.value, "why": why, "wished_at": self._clock()}

    def approve(self, campaign_id: str, approval: Approval) -> bool:
        with self._database.write() as connection:
            _require_active(connection, campaign_id)
            same = (_CA.campaign_id == campaign_id, _CA.source == approval.source)
            known = connection.execute(sa.select(_CA.number).where(*same)).first()
            if known is None:
                values = {"campaign_id": campaign_id, **asdict(approval)}
                connection.execute(sa.insert(schema.campaign_approvals), values)
        return known is None

    # -- the campaign's own flow ---------------------------------------------------------------

    def begin(self, writer: Writer, campaign_id: str, parent: str) -> None:
        now = self._clock()
        with self._fenced(writer) as connection:
            _change(connection, campaign_id, {"parent": parent})
            first = (_C.id == campaign_id, _C.started_at.is_(None))
            connection.execute(sa.update(schema.campaigns).where(*first).values(started_at=now))

    def put_cluster(self, writer: Writer, campaign_id: str, record: ClusterRecord) -> None:
        values = {**asdict(record), "state": record.state.value}
        key = {"campaign_id": campaign_id, "cluster": values.pop("cluster")}
        with self._fenced(writer) as connection:
            _put(connection, schema.campaign_clusters, key, values)

    def put_gate(self, writer: Writer, campaign_id: str, record: GateRecord) -> None:
        values = {**asdict(record), "state": record.state.value}
        key = {"campaign_id": campaign_id, "gate": values.pop("gate")}
        with self._fenced(writer) as connection:
            _put(connection, schema.campaign_gates, key, values)

    def hold(self, writer: Writer, campaign_id: str, wanted: Wanted, why: str) -> None:
        going = (_C.id == campaign_id, _C.wanted == Wanted.RUN.value)
        values = {"wanted": wanted.value, "why": why}
        with self._fenced(writer) as connection:
            connection.execute(sa.update(schema.campaigns).where(*going).values(values))

    def stand(self, writer: Writer, campaign_id: str, state: CampaignState, why: str) -> None:
        values: dict[str, object] = {"state": state.value}
        if state in ENDED:
            values |= {"ended_at": self._clock(), "why": why}
        with self._fenced(writer) as connection:
            _change(connection, campaign_id, values)

    def say(self, writer: Writer, campaign_id: str, text: str) -> None:
        values = {"campaign_id": campaign_id, "text": text, "at": self._clock()}
        with self._fenced(writer) as connection:
            connection.execute(sa.insert(schema.campaign_events), values)

    def untold(self, campaign_id: str) -> Sequence[Event]:
        told = sa.select(_C.told).where(_C.id == campaign_id).scalar_subquery()
        these = sa.select(schema.campaign_events).where(
            _CE.campaign_id == campaign_id, _CE.number > told
        )
        with self._database.read() as connection:
            rows = connection.execute(these.order_by(_CE.number)).all()
        return tuple(Event(row.number, row.text, row.at) for row in rows)

    def told(self, writer: Writer, campaign_id: str, number: int) -> None:
        with self._fenced(writer) as connection:
            _change(connection, campaign_id, {"told": number})


def open_campaigns(url: str, *, clock: Callable[[], float] = time.time) -> SqlCampaigns:
    """Open the book of campaigns in a journal, after making its tables; raises JournalError."""
    return SqlCampaigns(url, clock=clock)


def _clusters(connection: Connection, row: CampaignRow) -> Mapping[str, ClusterRecord]:
    found = _of(connection, schema.campaign_clusters, row.id)
    return {one.cluster: _cluster(one) for one in found}


def _standing(
    connection: Connection, row: CampaignRow, clusters: Mapping[str, ClusterRecord]
) -> Standing:
    now = connection.execute(_wishes, {"of": row.id}).one()
    gates = _of(connection, schema.campaign_gates, row.id)
    approvals = _of(connection, schema.campaign_approvals, row.id)
    others = records.runs_after(connection, row.mark, row.marker, HARMLESS)
    return Standing(
        wanted=Wanted(now.wanted),
        requested_by=row.requested_by,
        why=now.why,
        stands=CampaignState(now.state),
        clusters=clusters,
        gates={one.gate: _gate(one) for one in gates},
        approvals=tuple(map(_approval, approvals)),
        foreign=changed_by_others(others, row.marker),
    )


def _reopen_gates(connection: Connection, campaign_id: str, now: float) -> None:
    """Ask about a rejected gate again; let a job that failed be tried again, as a new attempt."""
    here = _CG.campaign_id == campaign_id
    gates = sa.update(schema.campaign_gates)
    rejected = (here, _CG.state == GateState.OPENED.value, _rejected(campaign_id))
    connection.execute(gates.where(*rejected).values(since=now))
    opened = {"state": GateState.OPENED.value, "since": now, "run": None, "why": ""}
    failed = gates.where(here, _CG.state == GateState.FAILED.value)
    connection.execute(failed.values(attempt=_CG.attempt + 1, **opened))


def _rejected(campaign_id: str) -> sa.ColumnElement[bool]:
    """Whether somebody rejected a gate since it was opened."""
    return (
        sa.exists()
        .where(_CA.campaign_id == campaign_id, _CA.gate == _CG.gate)
        .where(_CA.approved.is_(False), _CA.at >= _CG.since)
    )


def _put(
    connection: Connection, table: sa.Table, key: Mapping[str, str], values: Mapping[str, object]
) -> None:
    """Change a row, or add it; the lease's lock keeps two writers from adding it."""
    same = [table.c[name] == value for name, value in key.items()]
    if connection.execute(sa.update(table).where(*same).values(values)).rowcount == 0:
        connection.execute(sa.insert(table), {**key, **values})


def _of(connection: Connection, table: sa.Table, campaign_id: str) -> Sequence[AnyRow]:
    return connection.execute(_parts[table.name], {"of": campaign_id}).all()


def _change(connection: Connection, campaign_id: str, values: Mapping[str, object]) -> None:
    connection.execute(sa.update(schema.campaigns).where(_C.id == campaign_id).values(dict(values)))


def _require_active(connection: Connection, campaign_id: str) -> None:
    found = connection.execute(_newest.where(_C.id == campaign_id)).one_or_none()
    if found is not None and found.state not in _ENDED:
        return
    state, site = ("unknown", "") if found is None else (found.state, found.site)
    raise Refused(
        "FLEET_ENDED",
        f"campaign {campaign_id} is {state}",
        why="what has ended cannot be changed any more",
        remedy=f"{fleet_command('plan -f FILE', site)} makes a new plan of what is left",
        owner=Owner.PLATFORM,
    )


def _active(name: str, earlier: AnyRow) -> Refused:
    return Refused(
        "FLEET_ACTIVE",
        f"campaign {name} is {earlier.state}",
        why="a plan that has begun cannot change: what was approved would not be what is done",
        remedy=f"{fleet_command(f'status {name}', earlier.site)}; cancel it first to plan anew",
        owner=Owner.PLATFORM,
    )


def _columns(row: CampaignRow) -> dict[str, object]:
    return {
        "id": row.id,
        "name": row.name,
        "plan": row.plan.text(),
        "hash": row.plan.hash,
        "mark": row.mark,
        "state": row.state.value,
        "wanted": row.wanted.value,
        "why": row.why,
        "requested_by": row.requested_by,
        "site": row.site,
        "wished_at": row.wished_at,
        "parent": row.parent,
        "told": 0,
        "planned_at": row.planned_at,
    }


def _row(row: AnyRow) -> CampaignRow:
    return CampaignRow(
        id=row.id,
        name=row.name,
        plan=FleetPlan.read(row.plan, row.hash),
        mark=row.mark,
        state=CampaignState(row.state),
        wanted=Wanted(row.wanted),
        why=row.why,
        requested_by=row.requested_by,
        planned_at=row.planned_at,
        site=row.site,
        wished_at=row.wished_at,
        parent=row.parent,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def _cluster(row: AnyRow) -> ClusterRecord:
    return ClusterRecord(
        row.cluster,
        ClusterState(row.state),
        row.attempt,
        row.run,
        row.crashes,
        row.why,
        row.since,
        row.started_at,
    )


def _gate(row: AnyRow) -> GateRecord:
    return GateRecord(row.gate, GateState(row.state), row.since, row.attempt, row.run, row.why)


def _approval(row: AnyRow) -> Approval:
    return Approval(row.gate, row.plan, row.who, row.approved, row.at, row.expires_at, row.source)
