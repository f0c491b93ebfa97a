"""The journal: what we did and are about to do. Survives SIGKILL.

Every write of a run names the lease's fencing token and is refused (LeaseLost) in the same
transaction where a newer token has been given out. The world is the truth about what is; these
records are the truth about what we did.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bedplate.ports.kube import JSON


class RunState(enum.StrEnum):
    """The state of a run. A run whose process was killed stays OPEN; its lease tells.

    One that is ABORTING is being taken back, and can only go on in that direction.
    """

    OPEN = "open"
    FAILED = "failed"
    ABORTING = "aborting"
    COMPLETED = "completed"
    ABORTED = "aborted"


UNFINISHED = (RunState.OPEN, RunState.FAILED, RunState.ABORTING)


class StepState(enum.StrEnum):
    """The state of a step within a run."""

    RUNNING = "running"
    COMPLETED = "completed"
    KEPT = "kept"
    FAILED = "failed"
    UNDONE = "undone"


class LineKind(enum.StrEnum):
    """What a journal line says: about to, done, failed, or a note of the phase's own."""

    INTENT = "intent"
    DONE = "done"
    FAILED = "failed"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of an operation on a cluster; the same run is continued until it completes.

    `spec_text` is what the user wrote (references only, no credentials), `bundle` the digest of the
    bundle it works with. Times are Unix seconds.
    """

    id: str
    operation: str
    cluster: str
    site: str
    spec_text: str
    fingerprint: str
    bundle: str
    state: RunState
    started_at: float
    ended_at: float | None
    requested_by: str


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What is recorded of a step: its state, and its fact once settled."""

    step: str
    state: StepState
    fingerprint: str
    fact_key: str | None
    fact_version: int | None
    fact: str | None
    at: float

    @property
    def did_work(self) -> bool:
        """Whether the step asked for a change that was not taken back since."""
        return self.state not in (StepState.KEPT, StepState.UNDONE)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a step. `seconds` is site time; an attempt without end was killed or runs."""

    step: str
    number: int
    runner: str
    started_at: float
    ended_at: float | None
    outcome: StepState
    seconds: float | None
    waited_on: str | None
    error: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Line:
    """One journal line of a step."""

    number: int
    step: str
    kind: LineKind
    what: str
    value: JSON
    at: float


@dataclass(frozen=True, slots=True)
class Runner:
    """Who runs: a process on a host. `started` tells a reused process id apart.

    `host` begins with the host's name; what follows a slash tells boots and containers apart.
    """

    id: str
    host: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host.partition('/')[0]}"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to operate on a cluster, until `expires_at`; `token` grows with each new holder."""

    cluster: str
    run_id: str
    operation: str
    runner: Runner
    token: int
    acquired_at: float
    heartbeat_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class Writer:
    """Names the run and the fencing token that a write is made under."""

    cluster: str
    run_id: str
    token: int


class Journal(Protocol):
    """The records of every run. Raises JournalError where it cannot be used, LeaseLost as above."""

    def start_run(self, run: Run) -> None:
        """Record a new run."""
        ...

    def run(self, run_id: str) -> Run | None:
        """Return a run by its id, or by an unambiguous beginning of it."""
        ...

    def open_run(self, cluster: str, operation: str) -> Run | None:
        """Return the newest run of an operation on a cluster that has not ended for good."""
        ...

    def runs(self, cluster: str | None = None, limit: int = 50) -> Sequence[Run]:
        """Return the newest runs, newest first."""
        ...

    def end_run(self, writer: Writer, state: RunState) -> None:
        """Record how a run ended (or that a failed one is open again)."""
        ...

    def supersede(self, writer: Writer, run_id: str) -> None:
        """Record that the writer's run ends another one of its cluster, whose state is aborted."""
        ...

    def respecify(self, writer: Writer, spec_text: str, fingerprint: str, bundle: str) -> None:
        """Record that a run goes on with another specification or bundle."""
        ...

    def steps(self, run_id: str) -> Mapping[str, StepRecord]:
        """Return the record of every step that was begun, by name."""
        ...

    def start_attempt(self, writer: Writer, step: str, runner: str, fingerprint: str) -> int:
        """Record that an attempt begins; returns its number, from 1.

        A step that has another `fingerprint` on record has none ("") from then on until it settles:
        its work may be half of one specification and half of the other.
        """
        ...

    def settle(
        self, writer: Writer, record: StepRecord, number: int | None, seconds: float | None
    ) -> None:
        """Record a settled step and the end of its attempt (None: it needed none), at once."""
        ...

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
        """Record a failed attempt, and the step as failed."""
        ...

    def undone(self, writer: Writer, step: str) -> None:
        """Record that a step was taken back."""
        ...

    def attempts(self, run_id: str) -> Sequence[Attempt]:
        """Return the attempts of a run in the order they began."""
        ...

    def write(self, writer: Writer, step: str, kind: LineKind, what: str, value: JSON) -> None:
        """Write a journal line."""
        ...

    def lines(self, run_id: str, step: str | None = None) -> Sequence[Line]:
        """Return a run's lines in the order written."""
        ...

    def durations(self, operation: str, site: str) -> Mapping[str, Sequence[float]]:
        """Return the site seconds that completed attempts of each step took, newest last."""
        ...

    def acquire(self, cluster: str, run_id: str, operation: str, runner: Runner) -> Lease:
        """Take the cluster's lease with a new token.

        A lease whose holder is known to be dead, or whose heartbeat stopped, is taken over by the
        same run at once and by another when it expired. Raises LeaseHeld, naming the holder.
        """
        ...

    def heartbeat(self, lease: Lease) -> Lease:
        """Extend a lease; raises LeaseLost where its token is no longer the newest."""
        ...

    def release(self, lease: Lease) -> None:
        """Give a lease back; one that was taken over is left alone."""
        ...

    def lease(self, cluster: str) -> Lease | None:
        """Return the cluster's lease, held or expired, or None."""
        ...

    def now(self) -> float:
        """Return the time (Unix seconds) that leases go by: the same for every machine."""
        ...
