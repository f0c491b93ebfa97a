"""Who may operate on a cluster: the rules of the lease, and its rows.

The rules decide when a lease changes hands. They may err (a clock may be wrong, a silent process
may wake up), so nothing relies on them alone: a write under an older token is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from bedplate.adapters.journal.schema import attempts, leases, runs
from bedplate.engine.journal import Lease, Runner, Writer
from bedplate.errors import LeaseHeld, LeaseLost

BEATS_PER_LEASE = 5
SILENT_BEATS = 3

_row = sa.select(leases).where(leases.c.cluster == sa.bindparam("of")).with_for_update()
_fence = (
    sa.select(leases.c.token, leases.c.run_id)
    .where(leases.c.cluster == sa.bindparam("of"))
    .with_for_update()
)
_give = sa.insert(leases)
_take = sa.update(leases).where(leases.c.cluster == sa.bindparam("of"))
_recorded = sa.select(runs.c.number).where(runs.c.id == sa.bindparam("id"))
_abandon = (
    sa.update(attempts)
    .where(attempts.c.run_id == sa.bindparam("of"))
    .where(attempts.c.ended_at.is_(None), attempts.c.last_seen_at.is_(None))
)


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody asks for a cluster's lease."""

    cluster: str
    run_id: str
    operation: str
    runner: Runner


@dataclass(frozen=True, slots=True)
class Rules:
    """When a lease that somebody holds may be taken over."""

    seconds: float
    is_alive: Callable[[Runner], bool | None]

    def may_take(self, held: Lease, claim: Claim, now: float) -> bool:
        """Return whether a claim wins against a lease that was not given back."""
        if now >= held.expires_at or self._is_own(held, claim):
            return True
        alive = self.is_alive(held.runner)
        if alive is None:
            # On another machine: the same run need not wait as long as a stranger.
            return held.run_id == claim.run_id and self._is_silent(held, now)
        return not alive

    @staticmethod
    def _is_own(held: Lease, claim: Claim) -> bool:
        return held.runner.id == claim.runner.id and held.run_id == claim.run_id

    def _is_silent(self, held: Lease, now: float) -> bool:
        return now - held.heartbeat_at > SILENT_BEATS * self.seconds / BEATS_PER_LEASE


def acquire(connection: Connection, claim: Claim, now: float, rules: Rules) -> Lease:
    """Take a lease in the caller's transaction, at a time (Unix seconds); raises LeaseHeld.

    Raises SQLAlchemy's IntegrityError where another took a cluster's first lease just now.
    """
    row = connection.execute(_row, {"of": claim.cluster}).one_or_none()
    if row is None:
        lease = _lease_of(claim, 1, now, rules)
        connection.execute(_give, _as_row(lease))
        return lease
    held = _read(row)
    if row.released_at is None and not (
        rules.may_take(held, claim, now) or _is_own_placeholder(connection, held, claim)
    ):
        raise _is_held(held, now)
    connection.execute(_abandon, {"of": held.run_id, "last_seen_at": held.heartbeat_at})
    lease = _lease_of(claim, held.token + 1, now, rules)
    connection.execute(_take, {**_as_row(lease), "of": claim.cluster, "released_at": None})
    return lease


def _is_own_placeholder(connection: Connection, held: Lease, claim: Claim) -> bool:
    """Return whether the claimant holds it for a run that it gave up before recording it."""
    if held.runner.id != claim.runner.id:
        return False
    return connection.execute(_recorded, {"id": held.run_id}).one_or_none() is None


def heartbeat(connection: Connection, lease: Lease, now: float, rules: Rules) -> Lease:
    """Extend a lease; raises LeaseLost where it was taken over or given back."""
    row = connection.execute(_row, {"of": lease.cluster}).one_or_none()
    current = None if row is None else _read(row)
    if current is None or current.token != lease.token:
        raise _is_lost(lease.cluster, lease.token, current)
    if row is not None and row.released_at is not None:
        raise _is_lost(lease.cluster, lease.token, None)
    times = {"heartbeat_at": now, "expires_at": now + rules.seconds}
    connection.execute(_take, {"of": lease.cluster, **times})
    return replace(current, heartbeat_at=now, expires_at=now + rules.seconds)


def release(connection: Connection, lease: Lease, now: float) -> None:
    """Give a lease back, unless it has passed to another."""
    mine = sa.and_(leases.c.token == lease.token, leases.c.released_at.is_(None))
    times = {"heartbeat_at": now, "released_at": now}
    connection.execute(_take.where(mine), {"of": lease.cluster, **times})


def find(connection: Connection, cluster: str) -> Lease | None:
    """Return a cluster's lease, held or expired; None where it was never taken or given back."""
    row = connection.execute(sa.select(leases).where(leases.c.cluster == cluster)).one_or_none()
    return None if row is None or row.released_at is not None else _read(row)


def require_newest(connection: Connection, writer: Writer) -> None:
    """Raise LeaseLost unless the writer's token is the newest; it stays so until the commit."""
    row = connection.execute(_fence, {"of": writer.cluster}).one_or_none()
    if row is None or (row.token, row.run_id) != (writer.token, writer.run_id):
        raise _is_lost(writer.cluster, writer.token, find(connection, writer.cluster))


def _lease_of(claim: Claim, token: int, now: float, rules: Rules) -> Lease:
    return Lease(
        cluster=claim.cluster,
        run_id=claim.run_id,
        operation=claim.operation,
        runner=claim.runner,
        token=token,
        acquired_at=now,
        heartbeat_at=now,
        expires_at=now + rules.seconds,
    )


def _as_row(lease: Lease) -> dict[str, object]:
    return {
        "cluster": lease.cluster,
        "run_id": lease.run_id,
        "operation": lease.operation,
        "runner_id": lease.runner.id,
        "runner_host": lease.runner.host,
        "runner_pid": lease.runner.pid,
        "runner_started": lease.runner.started,
        "token": lease.token,
        "acquired_at": lease.acquired_at,
        "heartbeat_at": lease.heartbeat_at,
        "expires_at": lease.expires_at,
    }


def _read(row: Row[tuple[object, ...]]) -> Lease:
    return Lease(
        cluster=row.cluster,
        run_id=row.run_id,
        operation=row.operation,
        runner=Runner(row.runner_id, row.runner_host, row.runner_pid, row.runner_started),
        token=row.token,
        acquired_at=row.acquired_at,
        heartbeat_at=row.heartbeat_at,
        expires_at=row.expires_at,
    )


def _is_held(held: Lease, now: float) -> LeaseHeld:
    return LeaseHeld(
        "LEASE_HELD",
        f"{held.cluster} is held by {held.runner}, run {held.run_id} ({held.operation})"
        f" since {_moment(held.acquired_at)}; last heartbeat {_moment(held.heartbeat_at)}"
        f" ({now - held.heartbeat_at:.0f} s ago), expires {_moment(held.expires_at)}",
        why="one operation at a time may change a cluster",
        remedy=f"wait until run {held.run_id} ends, or end {held.runner};"
        " then run the same command again",
        holder=held.runner.id,
    )


def _is_lost(cluster: str, token: int, now_held: Lease | None) -> LeaseLost:
    holder = "nobody holds it now"
    if now_held is not None:
        holder = (
            f"now held by {now_held.runner}, run {now_held.run_id} ({now_held.operation})"
            f" with token {now_held.token} since {_moment(now_held.acquired_at)}"
        )
    return LeaseLost(
        "LEASE_LOST",
        f"the lease of {cluster} under token {token} is gone: {holder}",
        why="a process that lost its lease must not change the cluster beside its successor",
        remedy="leave it to the holder; if nobody holds it, run the same command again",
    )


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
