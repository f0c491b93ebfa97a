"""The journal's tables.

A change here needs a migration in migrations/versions and its name in `migrate.REVISIONS`; a test
compares the two. Names begin with journal_, since another program may share the database.
"""

from __future__ import annotations

import sqlalchemy as sa

# SQLite counts rows by itself in a column that is exactly INTEGER PRIMARY KEY, which is 64 bits.
COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

metadata = sa.MetaData()

runs = sa.Table(
    "journal_run",
    metadata,
    sa.Column("number", COUNTER, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("cluster", sa.Text, nullable=False),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("spec_text", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("bundle", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("started_at", sa.Double, nullable=False),
    sa.Column("ended_at", sa.Double),
    sa.Column("requested_by", sa.Text, nullable=False),
    sa.Index("journal_run_of_cluster", "cluster", "operation"),
    sa.Index("journal_run_of_operation", "operation", "site"),
    sa.Index("journal_run_by_time", "started_at"),
)

steps = sa.Table(
    "journal_step",
    metadata,
    sa.Column("run_id", sa.Text, sa.ForeignKey("journal_run.id"), primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("fact_key", sa.Text),
    sa.Column("fact_version", sa.Integer),
    sa.Column("fact", sa.Text),
    sa.Column("at", sa.Double, nullable=False),
)

attempts = sa.Table(
    "journal_attempt",
    metadata,
    sa.Column("place", COUNTER, primary_key=True),
    sa.Column("run_id", sa.Text, sa.ForeignKey("journal_run.id"), nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("runner", sa.Text, nullable=False),
    sa.Column("started_at", sa.Double, nullable=False),
    # The last heartbeat of the lease it began under, once that lease has passed to another.
    sa.Column("last_seen_at", sa.Double),
    sa.Column("ended_at", sa.Double),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("seconds", sa.Double),
    sa.Column("waited_on", sa.Text),
    sa.Column("error", sa.JSON(none_as_null=True)),
    sa.UniqueConstraint("run_id", "step", "number", name="journal_attempt_number"),
)

lines = sa.Table(
    "journal_line",
    metadata,
    sa.Column("number", COUNTER, primary_key=True),
    sa.Column("run_id", sa.Text, sa.ForeignKey("journal_run.id"), nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("value", sa.JSON, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Index("journal_line_of_step", "run_id", "step", "number"),
)

# One row per cluster, for ever: a token stays used up after its lease was given back. The run may
# not be recorded yet (whoever may record it is what the lease decides), so nothing refers to it.
leases = sa.Table(
    "journal_lease",
    metadata,
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
