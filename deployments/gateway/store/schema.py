"""The gateway's tables.

A change here needs a migration in migrations/versions and its name in `tables.REVISIONS`; a test
compares the two. Names begin with gateway_, since the journal may be in the same database.
Events and audit lines are only ever added.
"""

from __future__ import annotations

import sqlalchemy as sa

COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

metadata = sa.MetaData()

events = sa.Table(
    "gateway_event",
    metadata,
    sa.Column("number", COUNTER, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("peer", sa.Text, nullable=False),
    sa.Column("delivery", sa.Text, nullable=False),
    sa.Column("body_digest", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary),  # only of what was verified
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("intent_id", sa.Text),
)

deliveries = sa.Table(
    "gateway_delivery",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("delivery", sa.Text, primary_key=True),
    sa.Column("body_digest", sa.Text, nullable=False),
    sa.Column("intent_id", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
)

intents = sa.Table(
    "gateway_intent",
    metadata,
    sa.Column("number", COUNTER, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("ticket", sa.Text, nullable=False),
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("cluster", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),  # counts changes: two workers, one wins
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("changed_at", sa.Double, nullable=False),
    sa.Column("due_at", sa.Double),  # when the worker looks next; empty for never
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("wait_until", sa.Double),
    sa.Column("problem", sa.JSON),
    sa.Column("spec_text", sa.Text),
    sa.Column("plan_hash", sa.Text),
    sa.Column("run_id", sa.Text),
    sa.Column("run_state", sa.Text),
    sa.Index("gateway_intent_due", "due_at"),
    sa.Index("gateway_intent_of_cluster", "cluster", "state"),
)

approvals = sa.Table(
    "gateway_approval",
    metadata,
    sa.Column("intent_id", sa.Text, sa.ForeignKey("gateway_intent.id"), primary_key=True),
    sa.Column("approver", sa.Text, primary_key=True),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("plan_hash", sa.Text),  # of what was approved; empty counts for nothing
    sa.Column("expires_at", sa.Double),
)

messages = sa.Table(
    "gateway_message",
    metadata,
    sa.Column("number", COUNTER, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("intent_id", sa.Text, sa.ForeignKey("gateway_intent.id"), nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("due_at", sa.Double),  # empty once it was delivered, or is not wanted any more
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Index("gateway_message_due", "due_at"),
    sa.Index("gateway_message_of_intent", "intent_id", "channel"),
)

audit = sa.Table(
    "gateway_audit",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("intent_id", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
)

audit_end = sa.Table(
    "gateway_audit_end",
    metadata,
    sa.Column("only", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
)
