"""Make the first tables.

Spelled out, not taken from schema.py: a migration must do the same for ever.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the tables from nothing to this revision."""
    _make_events()
    _make_deliveries()
    _make_intents()
    _make_approvals()
    _make_messages()
    _make_audit()
    _make_audit_end()


def _make_events() -> None:
    op.create_table(
        "gateway_event",
        sa.Column("number", COUNTER, primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("peer", sa.Text, nullable=False),
        sa.Column("delivery", sa.Text, nullable=False),
        sa.Column("body_digest", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("intent_id", sa.Text),
    )


def _make_deliveries() -> None:
    op.create_table(
        "gateway_delivery",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("delivery", sa.Text, primary_key=True),
        sa.Column("body_digest", sa.Text, nullable=False),
        sa.Column("intent_id", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
    )


def _make_intents() -> None:
    op.create_table(
        "gateway_intent",
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
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("changed_at", sa.Double, nullable=False),
        sa.Column("due_at", sa.Double),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("wait_until", sa.Double),
        sa.Column("problem", sa.JSON),
        sa.Column("spec_text", sa.Text),
        sa.Column("plan_hash", sa.Text),
        sa.Column("run_id", sa.Text),
        sa.Column("run_state", sa.Text),
    )
    op.create_index("gateway_intent_due", "gateway_intent", ["due_at"])
    op.create_index("gateway_intent_of_cluster", "gateway_intent", ["cluster", "state"])


def _make_approvals() -> None:
    op.create_table(
        "gateway_approval",
        sa.Column("intent_id", sa.Text, sa.ForeignKey("gateway_intent.id"), primary_key=True),
        sa.Column("approver", sa.Text, primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
    )


def _make_messages() -> None:
    op.create_table(
        "gateway_message",
        sa.Column("number", COUNTER, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("intent_id", sa.Text, sa.ForeignKey("gateway_intent.id"), nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("due_at", sa.Double),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
    )
    op.create_index("gateway_message_due", "gateway_message", ["due_at"])
    op.create_index("gateway_message_of_intent", "gateway_message", ["intent_id", "channel"])


def _make_audit() -> None:
    op.create_table(
        "gateway_audit",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("intent_id", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
    )


def _make_audit_end() -> None:
    op.create_table(
        "gateway_audit_end",
        sa.Column("only", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
    )
