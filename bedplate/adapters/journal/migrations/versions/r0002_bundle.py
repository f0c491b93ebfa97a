"""Keep which bundle a run works with; what ran before knew of none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the digest of the bundle to runs."""
    bundle = sa.Column("bundle", sa.Text, nullable=False, server_default="")
    op.add_column("journal_run", bundle)
