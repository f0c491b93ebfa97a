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

# What is written by the campaign's own flow begins with the fence of the lease `campaign/NAME`;
# what people write (wishes, approvals) does not.
campaigns = sa.Table(
    "journal_campaign",
    metadata,
    sa.Column("number", COUNTER, primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    # The newest run when the plan was made: clusters of later runs were changed by others.
    sa.Column("mark", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("wanted", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("requested_by", sa.Text, nullable=False),
    # The site whose flows carry it out: several may share a journal.
    sa.Column("site", sa.Text, nullable=False, server_default=""),
    # When people last said what they want: a cancel of its flow run may be newer.
    sa.Column("wished_at", sa.Double),
    sa.Column("parent", sa.Text),
    # The newest event that people were notified of.
    sa.Column("told", sa.BigInteger, nullable=False),
    sa.Column("planned_at", sa.Double, nullable=False),
    sa.Column("started_at", sa.Double),
    sa.Column("ended_at", sa.Double),
    sa.Index("journal_campaign_by_name", "name", "number"),
)

campaign_clusters = sa.Table(
    "journal_campaign_cluster",
    metadata,
    sa.Column("campaign_id", sa.Text, sa.ForeignKey("journal_campaign.id"), primary_key=True),
    sa.Column("cluster", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("run", sa.Text),
    sa.Column("crashes", sa.Integer, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("since", sa.Double, nullable=False),
    sa.Column("started_at", sa.Double),
)

campaign_gates = sa.Table(
    "journal_campaign_gate",
    metadata,
    sa.Column("campaign_id", sa.Text, sa.ForeignKey("journal_campaign.id"), primary_key=True),
    sa.Column("gate", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("since", sa.Double, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("run", sa.Text),
    sa.Column("why", sa.Text, nullable=False),
)

campaign_approvals = sa.Table(
    "journal_campaign_approval",
    metadata,
    sa.Column("number", COUNTER, primary_key=True),
    sa.Column("campaign_id", sa.Text, sa.ForeignKey("journal_campaign.id"), nullable=False),
    sa.Column("gate", sa.Text, nullable=False),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("approved", sa.Boolean, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Column("expires_at", sa.Double, nullable=False),
    # One asking of one run: an answer that is read again is no second approval.
    sa.Column("source", sa.Text, nullable=False),
    sa.UniqueConstraint("campaign_id", "source", name="journal_campaign_approval_source"),
)

campaign_events = sa.Table(
    "journal_campaign_event",
    metadata,
    sa.Column("number", COUNTER, primary_key=True),
    sa.Column("campaign_id", sa.Text, sa.ForeignKey("journal_campaign.id"), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", sa.Double, nullable=False),
    sa.Index("journal_campaign_event_of", "campaign_id", "number"),
)
