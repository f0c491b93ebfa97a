"""Alembic's environment: it runs in the transaction that `migrate` has opened."""

from __future__ import annotations

from alembic import context

from deployments.gateway.store.schema import metadata
from deployments.gateway.store.tables import VERSION_TABLE

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
