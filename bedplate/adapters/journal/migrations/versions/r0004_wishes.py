"""Keep at which site a campaign was planned, and when people last said what they want of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both to campaigns; of those before, nobody knows."""
    site = sa.Column("site", sa.Text, nullable=False, server_default="")
    op.add_column("journal_campaign", site)
    op.add_column("journal_campaign", sa.Column("wished_at", sa.Double))
