"""Everything the gateway keeps, each change in one transaction with its line of the audit."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bedplate.adapters.journal.database import Database
from bedplate.adapters.journal.migrate import migrate
from deployments.gateway.problems import Conflict, Unknown
from deployments.gateway.states import State
from deployments.gateway.store import approving, audit, outbox
from deployments.gateway.store.records import Approval, Change, Event, Kept, Message, kept_from
from deployments.gateway.store.schema import deliveries, events, intents
from deployments.gateway.store.tables import TABLES

CLAIM_SECONDS = 60.0  # longer than one look takes; what a killed worker had comes back then
_CLUSTER_LOCK = int.from_bytes(b"gateway")

# Built once: building one costs more than executing it, and each request executes several.
_BY_ID = sa.select(intents).where(intents.c.id == sa.bindparam("wanted"))
_BY_KEY = sa.select(intents).where(intents.c.key == sa.bindparam("wanted"))
_DELIVERED = sa.select(deliveries).where(
    deliveries.c.source == sa.bindparam("of"), deliveries.c.delivery == sa.bindparam("wanted")
)
_ADD_EVENT, _ADD_DELIVERY, _ADD_INTENT = map(sa.insert, (events, deliveries, intents))
_COUNT_DUE = (
    sa.select(sa.func.count()).select_from(intents).where(intents.c.due_at <= sa.bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a delivery: the intent, and whether it was known before."""

    kept: Kept
    is_duplicate: bool


class Store:
    """The gateway's tables, in SQLite or Postgres. Threads and processes may share them."""

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        # SQLite's own queue for writers is a lottery; threads of one process wait in line here.
        self._turn = threading.Lock() if self._database.is_sqlite else None
        migrate(self._database, TABLES)

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        if self._turn is None:
            with self._database.write() as connection:
                yield connection
            return
        with self._turn, self._database.write() as connection:
            yield connection

    # -- what comes in -------------------------------------------------------------------------

    def record(self, event: Event, now: float) -> None:
        """Keep a delivery that becomes no intent, with its verdict."""
        with self._write() as connection:
            _add_event(connection, event, now, "")

    def receive(self, event: Event, made: Kept, now: float, due_at: float | None) -> Received:
        """Keep a verified delivery and its intent, or find the intent that it repeats.

        Raises Conflict where the delivery or the key came before with something else; that is kept.
        """
        with self._write() as connection:
            if self._database.is_sqlite is False:
                _take_turn(connection, made.key)
                _take_turn(connection, f"{event.source} {event.delivery}")
            conflict, known = _known(connection, event, made)
            if conflict is not None:
                _add_event(
                    connection, _judged(event, conflict.code), now, known.id if known else ""
                )
            elif known is not None:
                _add_delivery(connection, event, known.id, now)
                _add_event(connection, _judged(event, "duplicate"), now, known.id)
            else:
                _add_intent(connection, made, now, due_at)
                _add_delivery(connection, event, made.id, now)
                _add_event(connection, event, now, made.id)
        if conflict is not None:
            raise conflict
        return Received(known or made, known is not None)

    # -- intents -------------------------------------------------------------------------------

    def intent(self, intent_id: str) -> Kept | None:
        """Return an intent."""
        with self._database.read() as connection:
            return _find(connection, _BY_ID, intent_id)

    def change(self, kept: Kept, change: Change, now: float, tell: Sequence[Message] = ()) -> Kept:
        """Change an intent and keep what is to be told of it; returns it as it is then.

        Where another process changed it meanwhile, nothing is changed and theirs is returned.
        """
        with self._write() as connection:
            return _change(connection, kept, change, now, tell)

    def reserve(
        self, kept: Kept, change: Change, now: float, tell: Sequence[Message]
    ) -> Kept | str:
        """Change an intent to RUNNING unless another of its cluster is; return that one's id."""
        with self._write() as connection:
            if not self._database.is_sqlite:
                _take_turn(connection, kept.intent.cluster)
            others = sa.select(intents.c.id).where(
                intents.c.cluster == kept.intent.cluster,
                intents.c.state == State.RUNNING.value,
                intents.c.id != kept.id,
            )
            holder = connection.execute(others.limit(1)).scalar_one_or_none()
            if holder is not None:
                return str(holder)
            return _change(connection, kept, change, now, tell)

    def claim(self, now: float) -> Kept | None:
        """Return the intent that is due first; it is due again in a minute, if nothing changes."""
        with self._write() as connection:
            due = sa.select(intents).where(intents.c.due_at <= now)
            row = connection.execute(due.order_by(intents.c.due_at).limit(1)).one_or_none()
            if row is None:
                return None
            mine = intents.c.id == row.id, intents.c.due_at == row.due_at
            claimed = sa.update(intents).where(*mine).values(due_at=now + CLAIM_SECONDS)
            return kept_from(row) if connection.execute(claimed).rowcount else None

    def count_due(self, now: float) -> int:
        """Return how many intents wait for the worker."""
        with self._database.read() as connection:
            return int(connection.execute(_COUNT_DUE, {"now": now}).scalar_one())

    # -- approvals -----------------------------------------------------------------------------

    def approve(self, intent_id: str, given: Approval) -> Kept:
        """Keep an approval; the worker looks at the intent next. Raises Unknown, Conflict.

        The newest of each person counts, and only for exactly the plan that the intent has now.
        """
        with self._write() as connection:
            kept = _find(connection, _BY_ID, intent_id)
            if kept is None:
                raise unknown_intent(intent_id)
            plan = approving.plan_of(kept, given.plan)
            approving.keep(connection, intent_id, replace(given, plan=plan))
            detail = {"approver": given.approver, "plan": plan, "expires": given.expires_at}
            audit.add_line(connection, given.at, "approved", intent_id, detail)
            soon = sa.update(intents).where(intents.c.id == intent_id).values(due_at=given.at)
            connection.execute(soon)
            return kept

    def approvers(self, intent_id: str, plan: str | None, now: float) -> frozenset[str]:
        """Return whose approval of this plan of an intent still counts."""
        with self._database.read() as connection:
            return approving.standing(connection, intent_id, plan, now)

    def note_decision(self, detail: Mapping[str, object], now: float) -> None:
        """Keep in the audit what a person decided about a campaign."""
        with self._write() as connection:
            audit.add_line(connection, now, "decided", "", detail)

    # -- what goes out -------------------------------------------------------------------------

    def claim_message(self, now: float) -> Message | None:
        """Return the message that is due first; due again in a minute, if nothing is recorded."""
        with self._write() as connection:
            return outbox.claim(connection, now)

    def settle_message(
        self, message: Message, now: float, due_at: float | None, outcome: str
    ) -> None:
        """Record how telling it went; with `due_at`, it is told again then."""
        with self._write() as connection:
            outbox.settle(connection, message, due_at, outcome)
            if due_at is None:
                detail = {"channel": message.channel, "message": message.id, "outcome": outcome}
                audit.add_line(connection, now, "told", message.intent_id, detail)

    def verify_audit(self) -> Sequence[audit.Fault]:
        """Return every line of the audit, and every event, that is not as it was written."""
        with self._database.read() as connection:
            return tuple(audit.verify(connection))

    def audit_lines(self) -> int:
        """Return how many lines the audit has."""
        with self._database.read() as connection:
            return audit.count(connection)


def unknown_intent(intent_id: str) -> Unknown:
    """Return the error for an id that no intent has."""
    return Unknown(
        "INTENT_UNKNOWN",
        f"there is no intent {intent_id[:64]!r}",
        why="its id is in the answer to the delivery",
        remedy="compare the address with that answer",
    )


def _take_turn(connection: Connection, word: str) -> None:
    """Let transactions about the same word follow one another until their commit (Postgres)."""
    lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(word, _CLUSTER_LOCK))
    connection.execute(sa.select(lock))


def _find(
    connection: Connection, statement: sa.Select[tuple[object, ...]], wanted: str
) -> Kept | None:
    row = connection.execute(statement, {"wanted": wanted}).one_or_none()
    return kept_from(row) if row is not None else None


def _delivered(connection: Connection, event: Event) -> sa.Row[tuple[object, ...]] | None:
    same = {"of": event.source, "wanted": event.delivery}
    return connection.execute(_DELIVERED, same).one_or_none()


def _known(connection: Connection, event: Event, made: Kept) -> tuple[Conflict | None, Kept | None]:
    earlier = _delivered(connection, event)
    if earlier is not None:
        known = _find(connection, _BY_ID, earlier.intent_id)
        differs = earlier.body_digest != event.body_digest
        return (_reused(f"delivery {event.delivery!r}") if differs else None), known
    known = _find(connection, _BY_KEY, made.key)
    differs = known is not None and known.fingerprint != made.fingerprint
    words = f"revision {made.intent.revision!r} of ticket {made.intent.ticket!r}"
    return (_reused(words) if differs else None), known


def _reused(what: str) -> Conflict:
    return Conflict(
        "KEY_REUSED",
        f"{what} came before with another body",
        why="the same key must always mean the same wish",
        remedy="give each wish a new id and a new revision",
    )


def _judged(event: Event, verdict: str) -> Event:
    return Event(event.source, event.peer, event.delivery, event.body_digest, event.body, verdict)


def _add_event(connection: Connection, event: Event, now: float, intent_id: str) -> None:
    row = {
        "at": now,
        "source": event.source,
        "peer": event.peer,
        "delivery": event.delivery,
        "body_digest": event.body_digest,
        "body": event.body,
        "verdict": event.verdict,
        "intent_id": intent_id or None,
    }
    made = connection.execute(_ADD_EVENT, row).inserted_primary_key
    number = made[0] if made is not None else 0
    told = {"event": number, "source": event.source, "verdict": event.verdict}
    detail = told | {"body": event.body_digest, "row": audit.event_digest(row)}
    audit.add_line(connection, now, audit.EVENT, intent_id, detail)


def _add_delivery(connection: Connection, event: Event, intent_id: str, now: float) -> None:
    if _delivered(connection, event) is not None:
        return
    row = {
        "source": event.source,
        "delivery": event.delivery,
        "body_digest": event.body_digest,
        "intent_id": intent_id,
        "at": now,
    }
    connection.execute(_ADD_DELIVERY, row)


def _add_intent(connection: Connection, made: Kept, now: float, due_at: float | None) -> None:
    row = {
        "id": made.id,
        "key": made.key,
        "fingerprint": made.fingerprint,
        "source": made.source,
        "ticket": made.intent.ticket,
        "verb": made.intent.verb,
        "cluster": made.intent.cluster,
        "content": made.intent.model_dump_json(),
        "state": made.state.value,
        "version": made.version,
        "created_at": now,
        "changed_at": now,
        "due_at": due_at,
        "attempts": 0,
        "problem": made.problem,
    }
    connection.execute(_ADD_INTENT, row)
    detail = {
        "source": made.source,
        "ticket": made.intent.ticket,
        "verb": made.intent.verb,
        "cluster": made.intent.cluster,
        "key": made.key,
        "state": made.state.value,
    }
    audit.add_line(connection, now, "intent", made.id, detail)


def _change(
    connection: Connection, kept: Kept, change: Change, now: float, tell: Sequence[Message]
) -> Kept:
    is_new = change.state is not kept.state
    values: dict[str, object] = {
        "state": change.state.value,
        "version": kept.version + 1,
        "due_at": change.due_at,
        "wait_until": change.wait_until,
        "problem": change.problem,
        "attempts": change.attempts,
    }
    values |= {"changed_at": now} if is_new else {}
    for name in ("spec_text", "plan_hash", "run_id", "run_state"):
        if getattr(change, name) is not None:
            values[name] = getattr(change, name)
    mine = intents.c.id == kept.id, intents.c.version == kept.version
    changed = connection.execute(sa.update(intents).where(*mine).values(values)).rowcount
    if changed:
        for message in tell:
            outbox.add(connection, now, message)
        if is_new or change.run_id is not None:
            audit.add_line(connection, now, "state", kept.id, _detail(change))
    found = _find(connection, _BY_ID, kept.id)
    if found is None:
        raise unknown_intent(kept.id)
    return found


def _detail(change: Change) -> Mapping[str, object]:
    told = {
        "state": change.state.value,
        "why": change.why,
        "run": change.run_id,
        "plan": change.plan_hash,
        "code": (change.problem or {}).get("code"),
    }
    return {name: value for name, value in told.items() if value}
