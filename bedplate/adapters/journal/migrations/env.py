"""Alembic's environment: it runs in the transaction that `migrate` has opened."""

from __future__ import annotations

from alembic import context

from bedplate.adapters.journal.migrate import VERSION_TABLE
from bedplate.adapters.journal.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    # SQLite too: the transaction was begun by hand, and a kill must leave all or nothing.
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
