"""The audit journal: each line holds the digest of the one before, so no line can be changed.

`gateway_audit_end` keeps the number and the digest of the last line: without it lines could be
taken away from the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bedplate.adapters.journal.database import dump
from deployments.gateway.intents import digest, sha256
from deployments.gateway.store.schema import audit, audit_end, events

BEGINNING = "0" * 64
EVENT = "event"
_LOCK = int.from_bytes(b"gw-audit")


# Built once: building one costs more than executing it, and each request executes several.
_READ_END = sa.select(audit_end)
_ADD_LINE = sa.insert(audit)
_ADD_END = sa.insert(audit_end)
_MOVE_END = sa.update(audit_end)


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that is not as it was written."""

    number: int
    seen: str


def add_line(
    connection: Connection, at: float, what: str, intent_id: str, detail: Mapping[str, object]
) -> None:
    """Add a line in the transaction of what it records."""
    if connection.dialect.name == "postgresql":
        # Writers take turns from here to their commit; SQLite has only one writer anyway.
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    last = connection.execute(_READ_END).one_or_none()
    number, previous = (last.number + 1, last.digest) if last else (1, BEGINNING)
    text = dump(detail)
    made = line_digest(previous, number, at, what, intent_id, text)
    line = {"number": number, "at": at, "what": what, "intent_id": intent_id}
    connection.execute(_ADD_LINE, line | {"detail": text, "digest": made})
    end = {"number": number, "digest": made}
    if last:
        connection.execute(_MOVE_END, end)
    else:
        connection.execute(_ADD_END, end | {"only": 1})


def line_digest(
    previous: str, number: int, at: float, what: str, intent_id: str, detail: str
) -> str:
    """Return the digest of a line, which holds the one before."""
    return digest("audit", previous, str(number), repr(at), what, intent_id, detail)


def verify(connection: Connection) -> Iterator[Fault]:
    """Yield every line that is not as it was written, and every event that changed since."""
    previous, expected, recorded = BEGINNING, 1, dict[int, str]()
    for row in connection.execute(sa.select(audit).order_by(audit.c.number)):
        made = line_digest(previous, row.number, row.at, row.what, row.intent_id, row.detail)
        if row.number != expected:
            yield Fault(expected, f"lines {expected} to {row.number - 1} are missing")
        if made != row.digest:
            yield Fault(row.number, "the line was changed, or the one before it")
        elif row.what == EVENT:
            detail = json.loads(row.detail)
            recorded[detail["event"]] = detail["row"]
        previous, expected = row.digest, row.number + 1
    end = connection.execute(sa.select(audit_end)).one_or_none()
    known = (end.number, end.digest) if end else (0, BEGINNING)
    if known != (expected - 1, previous):
        yield Fault(expected, "the last lines are missing")
    yield from _changed_events(connection, recorded)


def _changed_events(connection: Connection, recorded: dict[int, str]) -> Iterator[Fault]:
    left = dict(recorded)
    for row in connection.execute(sa.select(events)):
        if event_digest(dict(row._mapping)) != left.pop(row.number, None):
            yield Fault(row.number, f"event {row.number} was changed, or was not recorded")
    for number in left:
        yield Fault(number, f"event {number} is missing")


def event_digest(row: Mapping[str, object]) -> str:
    """Return the digest of an event as it is in its table, its body among it."""
    body = row["body"]
    # Somebody who changes a body may leave a text where bytes were.
    kept = bytes(body) if isinstance(body, bytes | memoryview) else str(body).encode()
    words = (str(row[name]) for name in ("source", "peer", "delivery", "verdict", "intent_id"))
    return digest("event", repr(row["at"]), *words, str(row["body_digest"]), sha256(kept))


def count(connection: Connection) -> int:
    """Return how many lines there are."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(audit)).scalar_one())
