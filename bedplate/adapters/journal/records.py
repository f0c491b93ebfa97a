"""The journal's rows of runs, steps, attempts and lines, in the caller's transaction.

Statements are made once: SQLAlchemy then looks up their compiled form instead of compiling again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bedplate.adapters.journal import schema
from bedplate.engine.journal import (
    UNFINISHED,
    Attempt,
    Line,
    LineKind,
    Run,
    RunState,
    StepRecord,
    StepState,
)
from bedplate.errors import TemporaryError
from bedplate.ports.kube import JSON

DURATIONS_KEPT = 50
AMBIGUOUS_SHOWN = 5

_R, _S, _A, _L = schema.runs.c, schema.steps.c, schema.attempts.c, schema.lines.c
AnyRow = Row[tuple[object, ...]]

_newest_runs = sa.select(schema.runs).order_by(_R.started_at.desc(), _R.number.desc())
_run = sa.select(schema.runs).where(_R.id == sa.bindparam("of"))
_change_run = sa.update(schema.runs).where(_R.id == sa.bindparam("of"))
_of_step = (sa.bindparam("of_run", type_=sa.Text), sa.bindparam("of_step", type_=sa.Text))
_put_step = sa.update(schema.steps).where(_S.run_id == _of_step[0], _S.step == _of_step[1])
_add_step = sa.insert(schema.steps)
_add_attempt = sa.insert(schema.attempts)
_attempts_of_step = (
    sa.select(schema.attempts)
    .where(_A.run_id == _of_step[0], _A.step == _of_step[1])
    .order_by(_A.number)
)
_end_attempt = sa.update(schema.attempts).where(
    _A.run_id == _of_step[0],
    _A.step == _of_step[1],
    _A.number == sa.bindparam("of_number"),
    _A.ended_at.is_(None),
)
_add_line = sa.insert(schema.lines).inline()
_lines = sa.select(schema.lines).where(_L.run_id == _of_step[0]).order_by(_L.number)
_last_line = sa.select(sa.func.max(_L.at)).where(
    _L.run_id == _of_step[0], _L.step == _of_step[1], _L.at >= sa.bindparam("since")
)


# -- runs --------------------------------------------------------------------------------------


def add_run(connection: Connection, run: Run) -> None:
    """Insert a run."""
    connection.execute(
        sa.insert(schema.runs),
        {
            "id": run.id,
            "operation": run.operation,
            "cluster": run.cluster,
            "site": run.site,
            "spec_text": run.spec_text,
            "fingerprint": run.fingerprint,
            "bundle": run.bundle,
            "state": run.state.value,
            "started_at": run.started_at,
            "ended_at": run.ended_at,
            "requested_by": run.requested_by,
        },
    )


def find_runs(connection: Connection, beginning: str) -> Sequence[Run]:
    """Return the run with this id, else the runs whose id begins so (a few of them)."""
    if not beginning:
        return ()
    row = connection.execute(_run, {"of": beginning}).one_or_none()
    if row is not None:
        return (_read_run(row),)
    # Not LIKE, which takes upper case for lower on one database and not on the other.
    begins = sa.func.substr(_R.id, 1, len(beginning)) == beginning
    rows = connection.execute(_newest_runs.where(begins).limit(AMBIGUOUS_SHOWN))
    return tuple(_read_run(row) for row in rows)


def open_run(connection: Connection, cluster: str, operation: str) -> Run | None:
    """Return the newest run that can be continued."""
    to_continue = _R.state.in_([state.value for state in UNFINISHED])
    these = _newest_runs.where(_R.cluster == cluster, _R.operation == operation, to_continue)
    row = connection.execute(these.limit(1)).one_or_none()
    return None if row is None else _read_run(row)


def newest_runs(connection: Connection, cluster: str | None, limit: int) -> Sequence[Run]:
    """Return the newest runs, of one cluster or of all."""
    these = _newest_runs if cluster is None else _newest_runs.where(_R.cluster == cluster)
    return tuple(_read_run(row) for row in connection.execute(these.limit(limit)))


def runs_after(
    connection: Connection,
    number: int,
    but_of: str | None = None,
    but_operations: Collection[str] = (),
) -> Sequence[Run]:
    """Return the runs that began later than the one of a number, the oldest first.

    Those that `but_of` asked for are left out: of a campaign's own there are many.
    """
    these = sa.select(schema.runs).where(_R.number > number).order_by(_R.number)
    if but_of is not None:
        these = these.where(_R.requested_by != but_of)
    if but_operations:
        these = these.where(_R.operation.not_in(sorted(but_operations)))
    return tuple(_read_run(row) for row in connection.execute(these))


def change_run(connection: Connection, run_id: str, values: Mapping[str, object]) -> bool:
    """Change a run's columns; returns whether there is such a run."""
    return connection.execute(_change_run, {"of": run_id, **values}).rowcount == 1


def _read_run(row: AnyRow) -> Run:
    return Run(
        id=row.id,
        operation=row.operation,
        cluster=row.cluster,
        site=row.site,
        spec_text=row.spec_text,
        fingerprint=row.fingerprint,
        bundle=row.bundle,
        state=RunState(row.state),
        started_at=row.started_at,
        ended_at=row.ended_at,
        requested_by=row.requested_by,
    )


# -- steps -------------------------------------------------------------------------------------


def steps(connection: Connection, run_id: str) -> Mapping[str, StepRecord]:
    """Return a run's steps by name, in the order of their last change."""
    these = sa.select(schema.steps).where(_S.run_id == run_id).order_by(_S.at, _S.step)
    return {row.step: _read_step(row) for row in connection.execute(these)}


def step_values(record: StepRecord) -> Mapping[str, object]:
    """Return the columns of a record."""
    return {
        "state": record.state.value,
        "fingerprint": record.fingerprint,
        "fact_key": record.fact_key,
        "fact_version": record.fact_version,
        "fact": record.fact,
        "at": record.at,
    }


def put_step(connection: Connection, run_id: str, step: str, values: Mapping[str, object]) -> None:
    """Change a step's columns, or add it. The lease's lock keeps two writers from adding it."""
    changed = connection.execute(_put_step, {"of_run": run_id, "of_step": step, **values})
    if changed.rowcount == 0:
        added = {"run_id": run_id, "step": step, "fingerprint": "", **values}
        connection.execute(_add_step, added)


def fingerprint_to_ask(connection: Connection, run_id: str, step: str, wanted: str) -> str:
    """Return the fingerprint that a step has while its work is asked for.

    It is "", which no specification has, where work of another one may be there: the step then
    stays open until it settles.
    """
    these = sa.select(_S.fingerprint).where(_S.run_id == run_id, _S.step == step)
    earlier = connection.execute(these).scalar_one_or_none()
    return wanted if earlier in (None, wanted) else ""


def _read_step(row: AnyRow) -> StepRecord:
    return StepRecord(
        step=row.step,
        state=StepState(row.state),
        fingerprint=row.fingerprint,
        fact_key=row.fact_key,
        fact_version=row.fact_version,
        fact=row.fact,
        at=row.at,
    )


# -- attempts ----------------------------------------------------------------------------------


def add_attempt(
    connection: Connection, run_id: str, step: str, number: int, runner: str, now: float
) -> None:
    """Insert an attempt that begins."""
    connection.execute(
        _add_attempt,
        {
            "run_id": run_id,
            "step": step,
            "number": number,
            "runner": runner,
            "started_at": now,
            "outcome": StepState.RUNNING.value,
        },
    )


def end_attempt(
    connection: Connection, run_id: str, step: str, number: int, values: Mapping[str, object]
) -> bool:
    """Write an attempt's end; returns whether it was running."""
    of = {"of_run": run_id, "of_step": step, "of_number": number}
    return connection.execute(_end_attempt, {**of, **values}).rowcount == 1


def close_orphans(connection: Connection, run_id: str, step: str) -> int:
    """End the attempts whose process was killed; returns the newest attempt's number, 0 if none."""
    of = {"of_run": run_id, "of_step": step}
    rows = connection.execute(_attempts_of_step, of).all()
    for row in rows:
        if row.ended_at is None:
            values = {
                "ended_at": _last_sign(connection, row),
                "outcome": StepState.FAILED.value,
                "error": _interrupted(row).as_dict(),
            }
            end_attempt(connection, run_id, step, row.number, values)
    return max((row.number for row in rows), default=0)


def _last_sign(connection: Connection, row: AnyRow) -> float:
    """Return the latest time at which the journal heard of an attempt."""
    since = {"of_run": row.run_id, "of_step": row.step, "since": row.started_at}
    line = connection.execute(_last_line, since).scalar_one()
    signs: list[float] = [row.started_at]
    signs += [at for at in (row.last_seen_at, line) if at is not None]
    return max(signs)


def _interrupted(row: AnyRow) -> TemporaryError:
    return TemporaryError(
        "INTERRUPTED",
        f"attempt {row.number} of {row.step} by {row.runner} did not say how it ended",
        why="its process was killed, or its machine stopped",
        remedy="none is needed: the next attempt looks at the world before it changes it",
    )


def attempts(connection: Connection, run_id: str) -> Sequence[Attempt]:
    """Return a run's attempts in the order they began."""
    these = sa.select(schema.attempts).where(_A.run_id == run_id).order_by(_A.place)
    return tuple(_read_attempt(row) for row in connection.execute(these))


def _read_attempt(row: AnyRow) -> Attempt:
    return Attempt(
        step=row.step,
        number=row.number,
        runner=row.runner,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=StepState(row.outcome),
        seconds=row.seconds,
        waited_on=row.waited_on,
        error=row.error,
    )


def durations(connection: Connection, operation: str, site: str) -> Mapping[str, Sequence[float]]:
    """Return the seconds of each step's last completed attempts, newest last."""
    age = sa.func.row_number().over(partition_by=_A.step, order_by=_A.place.desc())
    done = (
        sa.select(_A.step, _A.seconds, _A.place, age.label("age"))
        .join(schema.runs, _R.id == _A.run_id)
        .where(_R.operation == operation, _R.site == site)
        .where(_A.outcome == StepState.COMPLETED.value, _A.seconds.is_not(None))
        .subquery()
    )
    these = sa.select(done).where(done.c.age <= DURATIONS_KEPT).order_by(done.c.place)
    found: dict[str, list[float]] = {}
    for row in connection.execute(these):
        found.setdefault(row.step, []).append(row.seconds)
    return found


# -- lines -------------------------------------------------------------------------------------


def add_line(
    connection: Connection,
    run_id: str,
    step: str,
    kind: LineKind,
    what: str,
    value: JSON,
    now: float,
) -> None:
    """Insert a line."""
    fields = {"run_id": run_id, "step": step, "kind": kind.value, "what": what}
    connection.execute(_add_line, {**fields, "value": value, "at": now})


def lines(connection: Connection, run_id: str, step: str | None) -> Sequence[Line]:
    """Return a run's lines, of one step or of all, in the order written."""
    of = {"of_run": run_id}
    if step is None:
        rows = connection.execute(_lines, of)
    else:
        rows = connection.execute(_lines.where(_L.step == _of_step[1]), {**of, "of_step": step})
    return tuple(
        Line(row.number, row.step, LineKind(row.kind), row.what, row.value, row.at) for row in rows
    )
