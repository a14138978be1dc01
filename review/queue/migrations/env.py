"""Alembic's entry: runs on the connection, and inside the transaction, that ``queue.database`` opened."""

from __future__ import annotations

from alembic import context

from review.queue.database import REVIEW
from review.queue.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
    version_table=REVIEW.table,
)
context.run_migrations()
