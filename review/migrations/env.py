"""Alembic's entry: runs on the connection, and inside the transaction, that ``review.database`` opened."""

from __future__ import annotations

from alembic import context

from review.database import REVIEW
from review.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
    version_table=REVIEW.table,
)
context.run_migrations()
