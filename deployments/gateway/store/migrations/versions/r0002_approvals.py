"""Bind approvals to a plan, and let them expire; those from before are of no plan, and count not.

Spelled out, not taken from schema.py: a migration must do the same for ever.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two columns."""
    op.add_column("gateway_approval", sa.Column("plan_hash", sa.Text))
    op.add_column("gateway_approval", sa.Column("expires_at", sa.Double))
