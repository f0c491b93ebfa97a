"""A ticket as its system has it now, and what the gateway does with one."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket says; the only thing that a start is allowed by.

    `clusters` are the configuration items it is about, `approvers` the people who approved it.
    `start` and `end` of its window are Unix seconds; None where it has no window.
    """

    number: str
    state: str
    startable: bool
    clusters: frozenset[str]
    requested_by: str = ""
    approvers: frozenset[str] = frozenset()
    start: float | None = None
    end: float | None = None
    plan_hash: str = ""


class Outcome(enum.StrEnum):
    """What became of the work, as a ticket is told."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Note:
    """What a ticket is to show. `mark` is unique to the note, and lets it be found again.

    `outcome` moves the ticket, where its system is told to.
    """

    mark: str
    text: str
    outcome: Outcome | None = None


class TicketSystem(Protocol):
    """Where tickets are kept. Every call has a timeout, and may be repeated after a kill."""

    def read(self, number: str) -> Ticket | None:
        """Return a ticket, None where there is none.

        Raises TemporaryError TICKETS_UNREACHABLE, PermanentError TICKETS_REFUSED.
        """

    def write(self, number: str, note: Note) -> None:
        """Let the ticket show a note: edit the one with the same mark, or add it; then move it.

        What is already so is left alone. Raises as `read`.
        """
