"""The journal over SQLAlchemy: every write is one transaction that begins with the fence."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlalchemy.engine import Connection

from bedplate.adapters import runner as runners
from bedplate.adapters.journal import leases, records
from bedplate.adapters.journal.database import Database, database_time
from bedplate.adapters.journal.leases import Claim, Rules
from bedplate.adapters.journal.migrate import Revision, migrate, revision
from bedplate.adapters.journal.trouble import Trouble
from bedplate.engine.journal import (
    Attempt,
    Lease,
    Line,
    LineKind,
    Run,
    Runner,
    RunState,
    StepRecord,
    StepState,
    Writer,
)
from bedplate.errors import BadInput, JournalError
from bedplate.ports.kube import JSON

LEASE_SECONDS = 15.0


class SqlJournal:
    """A journal in SQLite or Postgres; threads may share it. Implements engine.journal.Journal.

    `clock` gives Unix seconds, for what is recorded. A lease lives for `lease_seconds` after its
    last heartbeat, as `lease_clock` counts: without one, as the database's own clock does, since
    the clocks of several machines differ. `is_alive` tells whether a holder's process lives; None
    where that cannot be known here.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], float] = time.time,
        lease_clock: Callable[[], float] | None = None,
        lease_seconds: float = LEASE_SECONDS,
        is_alive: Callable[[Runner], bool | None] = runners.is_alive,
    ) -> None:
        self._database = Database(url)
        self._clock = clock
        self._lease_clock = lease_clock
        self._rules = Rules(lease_seconds, is_alive)

    def migrate(self) -> None:
        """Make the tables, or bring them to this program's version."""
        migrate(self._database)

    def revision(self) -> Revision:
        """Return the version of the tables as they are; raises JournalError."""
        return revision(self._database)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    @contextlib.contextmanager
    def _fenced(self, writer: Writer) -> Iterator[Connection]:
        with self._database.write() as connection:
            leases.require_newest(connection, writer)
            yield connection

    # -- runs ----------------------------------------------------------------------------------

    def start_run(self, run: Run) -> None:
        with self._database.write() as connection:
            records.add_run(connection, run)

    def run(self, run_id: str) -> Run | None:
        with self._database.read() as connection:
            found = records.find_runs(connection, run_id)
        if len(found) > 1:
            raise BadInput(
                "RUN_AMBIGUOUS",
                f"{run_id!r} begins the ids of several runs: "
                + ", ".join(f"{run.id} ({run.operation} {run.cluster})" for run in found),
                why="it must be clear which run is meant",
                remedy="give more characters of the id",
            )
        return found[0] if found else None

    def open_run(self, cluster: str, operation: str) -> Run | None:
        with self._database.read() as connection:
            return records.open_run(connection, cluster, operation)

    def runs(self, cluster: str | None = None, limit: int = 50) -> Sequence[Run]:
        with self._database.read() as connection:
            return records.newest_runs(connection, cluster, limit)

    def end_run(self, writer: Writer, state: RunState) -> None:
        ended_at = None if state in (RunState.OPEN, RunState.ABORTING) else self._clock()
        self._change_run(writer, {"state": state.value, "ended_at": ended_at})

    def supersede(self, writer: Writer, run_id: str) -> None:
        values = {"state": RunState.ABORTED.value, "ended_at": self._clock()}
        with self._fenced(writer) as connection:
            if not records.change_run(connection, run_id, values):
                raise Trouble.UNKNOWN_RUN.error(f"{self._database.place}: no run {run_id}")

    def respecify(self, writer: Writer, spec_text: str, fingerprint: str, bundle: str) -> None:
        values = {"spec_text": spec_text, "fingerprint": fingerprint, "bundle": bundle}
        self._change_run(writer, values)

    def _change_run(self, writer: Writer, values: Mapping[str, str | float | None]) -> None:
        with self._fenced(writer) as connection:
            if not records.change_run(connection, writer.run_id, values):
                raise Trouble.UNKNOWN_RUN.error(f"{self._database.place}: no run {writer.run_id}")

    # -- steps and attempts --------------------------------------------------------------------

    def steps(self, run_id: str) -> Mapping[str, StepRecord]:
        with self._database.read() as connection:
            return records.steps(connection, run_id)

    def start_attempt(self, writer: Writer, step: str, runner: str, fingerprint: str) -> int:
        now = self._clock()
        with self._fenced(writer) as connection:
            number = records.close_orphans(connection, writer.run_id, step) + 1
            records.add_attempt(connection, writer.run_id, step, number, runner, now)
            asked = records.fingerprint_to_ask(connection, writer.run_id, step, fingerprint)
            values = {"state": StepState.RUNNING.value, "fingerprint": asked, "at": now}
            records.put_step(connection, writer.run_id, step, values)
        return number

    def settle(
        self, writer: Writer, record: StepRecord, number: int | None, seconds: float | None
    ) -> None:
        now = self._clock()
        with self._fenced(writer) as connection:
            if number is not None:
                end = {"ended_at": now, "outcome": record.state.value, "seconds": seconds}
                self._end(connection, writer, record.step, number, end)
            records.put_step(connection, writer.run_id, record.step, records.step_values(record))

    def end_attempt(
        self,
        writer: Writer,
        step: str,
        number: int,
        *,
        seconds: float,
        waited_on: str | None,
        error: Mapping[str, str],
    ) -> None:
        now = self._clock()
        failed = StepState.FAILED.value
        end = {"ended_at": now, "outcome": failed, "seconds": seconds}
        with self._fenced(writer) as connection:
            why = {"waited_on": waited_on, "error": error}
            self._end(connection, writer, step, number, end | why)
            records.put_step(connection, writer.run_id, step, {"state": failed, "at": now})

    def _end(
        self,
        connection: Connection,
        writer: Writer,
        step: str,
        number: int,
        values: Mapping[str, object],
    ) -> None:
        if not records.end_attempt(connection, writer.run_id, step, number, values):
            raise Trouble.NO_ATTEMPT.error(
                f"{self._database.place}: attempt {number} of {step} in run {writer.run_id}"
                " does not run"
            )

    def undone(self, writer: Writer, step: str) -> None:
        nothing = {"fact_key": None, "fact_version": None, "fact": None}
        values = {"state": StepState.UNDONE.value, "at": self._clock(), **nothing}
        with self._fenced(writer) as connection:
            records.put_step(connection, writer.run_id, step, values)

    def attempts(self, run_id: str) -> Sequence[Attempt]:
        with self._database.read() as connection:
            return records.attempts(connection, run_id)

    def durations(self, operation: str, site: str) -> Mapping[str, Sequence[float]]:
        with self._database.read() as connection:
            return records.durations(connection, operation, site)

    # -- lines ---------------------------------------------------------------------------------

    def write(self, writer: Writer, step: str, kind: LineKind, what: str, value: JSON) -> None:
        now = self._clock()
        with self._fenced(writer) as connection:
            records.add_line(connection, writer.run_id, step, kind, what, value, now)

    def lines(self, run_id: str, step: str | None = None) -> Sequence[Line]:
        with self._database.read() as connection:
            return records.lines(connection, run_id, step)

    # -- the lease -----------------------------------------------------------------------------

    def acquire(self, cluster: str, run_id: str, operation: str, runner: Runner) -> Lease:
        claim = Claim(cluster, run_id, operation, runner)
        try:
            return self._acquire(claim)
        except JournalError as error:
            if error.code != Trouble.DUPLICATE.value[0]:
                raise
            # Another took the cluster's first lease at the same time: now there is one to look at.
            return self._acquire(claim)

    def _acquire(self, claim: Claim) -> Lease:
        with self._database.write() as connection:
            return leases.acquire(connection, claim, self._lease_time(connection), self._rules)

    def heartbeat(self, lease: Lease) -> Lease:
        with self._database.write() as connection:
            now = self._lease_time(connection)
            return leases.heartbeat(connection, lease, now, self._rules)

    def release(self, lease: Lease) -> None:
        with self._database.write() as connection:
            leases.release(connection, lease, self._lease_time(connection))

    def lease(self, cluster: str) -> Lease | None:
        with self._database.read() as connection:
            return leases.find(connection, cluster)

    def now(self) -> float:
        with self._database.read() as connection:
            return self._lease_time(connection)

    def _lease_time(self, connection: Connection) -> float:
        return database_time(connection) if self._lease_clock is None else self._lease_clock()


def open_journal(
    url: str,
    *,
    clock: Callable[[], float] = time.time,
    lease_clock: Callable[[], float] | None = None,
    lease_seconds: float = LEASE_SECONDS,
) -> SqlJournal:
    """Open a journal, after making or upgrading its tables; raises JournalError.

    The file of a new SQLite journal is made; its folder must exist.
    """
    journal = SqlJournal(url, clock=clock, lease_clock=lease_clock, lease_seconds=lease_seconds)
    try:
        journal.migrate()
    except JournalError:
        journal.close()
        raise
    return journal
