"""Alembic's entry: runs on the connection, and inside the transaction, that ``catalog.connect`` opened."""

from __future__ import annotations

from alembic import context

from catalog.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
)
context.run_migrations()
