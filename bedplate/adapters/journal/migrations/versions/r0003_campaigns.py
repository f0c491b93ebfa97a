"""Make the tables of campaigns; what ran before was asked for by none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables."""
    _make_campaigns()
    _make_clusters_and_gates()
    _make_approvals_and_events()


def _make_campaigns() -> None:
    op.create_table(
        "journal_campaign",
        sa.Column("number", COUNTER, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("mark", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("wanted", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("parent", sa.Text),
        sa.Column("told", sa.BigInteger, nullable=False),
        sa.Column("planned_at", sa.Double, nullable=False),
        sa.Column("started_at", sa.Double),
        sa.Column("ended_at", sa.Double),
    )
    op.create_index("journal_campaign_by_name", "journal_campaign", ["name", "number"])


def _make_clusters_and_gates() -> None:
    op.create_table(
        "journal_campaign_cluster",
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
    op.create_table(
        "journal_campaign_gate",
        sa.Column("campaign_id", sa.Text, sa.ForeignKey("journal_campaign.id"), primary_key=True),
        sa.Column("gate", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("since", sa.Double, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("run", sa.Text),
        sa.Column("why", sa.Text, nullable=False),
    )


def _make_approvals_and_events() -> None:
    op.create_table(
        "journal_campaign_approval",
        sa.Column("number", COUNTER, primary_key=True),
        sa.Column("campaign_id", sa.Text, sa.ForeignKey("journal_campaign.id"), nullable=False),
        sa.Column("gate", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("approved", sa.Boolean, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.UniqueConstraint("campaign_id", "source", name="journal_campaign_approval_source"),
    )
    op.create_table(
        "journal_campaign_event",
        sa.Column("number", COUNTER, primary_key=True),
        sa.Column("campaign_id", sa.Text, sa.ForeignKey("journal_campaign.id"), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Index("journal_campaign_event_of", "campaign_id", "number"),
    )
