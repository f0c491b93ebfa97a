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
    _make_runs()
    _make_steps()
    _make_attempts()
    _make_lines()
    _make_leases()


def _make_runs() -> None:
    op.create_table(
        "journal_run",
        sa.Column("number", COUNTER, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("cluster", sa.Text, nullable=False),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("spec_text", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("started_at", sa.Double, nullable=False),
        sa.Column("ended_at", sa.Double),
        sa.Column("requested_by", sa.Text, nullable=False),
    )
    op.create_index("journal_run_of_cluster", "journal_run", ["cluster", "operation"])
    op.create_index("journal_run_of_operation", "journal_run", ["operation", "site"])
    op.create_index("journal_run_by_time", "journal_run", ["started_at"])


def _make_steps() -> None:
    op.create_table(
        "journal_step",
        sa.Column("run_id", sa.Text, sa.ForeignKey("journal_run.id"), primary_key=True),
        sa.Column("step", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("fact_key", sa.Text),
        sa.Column("fact_version", sa.Integer),
        sa.Column("fact", sa.Text),
        sa.Column("at", sa.Double, nullable=False),
    )


def _make_attempts() -> None:
    op.create_table(
        "journal_attempt",
        sa.Column("place", COUNTER, primary_key=True),
        sa.Column("run_id", sa.Text, sa.ForeignKey("journal_run.id"), nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("runner", sa.Text, nullable=False),
        sa.Column("started_at", sa.Double, nullable=False),
        sa.Column("last_seen_at", sa.Double),
        sa.Column("ended_at", sa.Double),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("seconds", sa.Double),
        sa.Column("waited_on", sa.Text),
        sa.Column("error", sa.JSON),
        sa.UniqueConstraint("run_id", "step", "number", name="journal_attempt_number"),
    )


def _make_lines() -> None:
    op.create_table(
        "journal_line",
        sa.Column("number", COUNTER, primary_key=True),
        sa.Column("run_id", sa.Text, sa.ForeignKey("journal_run.id"), nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
    )
    op.create_index("journal_line_of_step", "journal_line", ["run_id", "step", "number"])


def _make_leases() -> None:
    op.create_table(
        "journal_lease",
        sa.Column("cluster", sa.Text, primary_key=True),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("runner_id", sa.Text, nullable=False),
        sa.Column("runner_host", sa.Text, nullable=False),
        sa.Column("runner_pid", sa.BigInteger, nullable=False),
        sa.Column("runner_started", sa.Text, nullable=False),
        sa.Column("acquired_at", sa.Double, nullable=False),
        sa.Column("heartbeat_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("released_at", sa.Double),
    )
