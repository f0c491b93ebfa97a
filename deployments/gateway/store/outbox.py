"""What is to be told to tickets and callbacks: written with the change that it tells of."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from deployments.gateway.store.records import Message
from deployments.gateway.store.schema import messages

CLAIM_SECONDS = 60.0  # longer than a delivery may take; a killed worker's message comes back then
PROGRESS = "progress"


def add(connection: Connection, now: float, message: Message) -> None:
    """Keep a message; progress that was not told yet is replaced by newer progress.

    What its reader was told last, or is about to be, is not told once more: an intent that waits is
    looked at often, and a ticket's readers are notified of each edit.
    """
    if dict(message.body) == _last(connection, message):
        return
    if message.body.get("kind") == PROGRESS:
        older = (
            messages.c.intent_id == message.intent_id,
            messages.c.channel == message.channel,
            messages.c.due_at.is_not(None),
            messages.c.body["kind"].as_string() == PROGRESS,
        )
        replaced = {"due_at": None, "outcome": "replaced"}
        connection.execute(sa.update(messages).where(*older).values(replaced))
    connection.execute(
        sa.insert(messages).values(
            id=message.id,
            intent_id=message.intent_id,
            channel=message.channel,
            body=dict(message.body),
            created_at=now,
            due_at=now,
            attempts=0,
            outcome="",
        )
    )


def _last(connection: Connection, message: Message) -> Mapping[str, str] | None:
    """Return the body of the newest message for the same reader."""
    same = messages.c.intent_id == message.intent_id, messages.c.channel == message.channel
    newest = sa.select(messages.c.body).where(*same).order_by(messages.c.number.desc()).limit(1)
    body: Mapping[str, str] | None = connection.execute(newest).scalar_one_or_none()
    return body


def claim(connection: Connection, now: float) -> Message | None:
    """Return the next message to tell, never one before an older one for the same reader."""
    older = messages.alias("older")
    is_behind = sa.exists().where(
        older.c.intent_id == messages.c.intent_id,
        older.c.channel == messages.c.channel,
        older.c.due_at.is_not(None),
        older.c.number < messages.c.number,
    )
    wanted = sa.select(messages).where(messages.c.due_at <= now, ~is_behind)
    row = connection.execute(wanted.order_by(messages.c.due_at).limit(1)).one_or_none()
    if row is None:
        return None
    mine = sa.update(messages).where(messages.c.id == row.id, messages.c.due_at == row.due_at)
    if connection.execute(mine.values(due_at=now + CLAIM_SECONDS)).rowcount == 0:
        return None  # another worker was faster
    body: Mapping[str, str] = row.body
    return Message(row.number, row.id, row.intent_id, row.channel, body, row.attempts)


def settle(connection: Connection, message: Message, due_at: float | None, outcome: str) -> None:
    """Record how telling it went; with a time, it is told again then."""
    values = {"due_at": due_at, "outcome": outcome, "attempts": message.attempts + 1}
    connection.execute(sa.update(messages).where(messages.c.id == message.id).values(values))
