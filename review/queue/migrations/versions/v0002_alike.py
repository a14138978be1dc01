"""Tasks that read the same, for accepting them together; what each reviewer has set for himself."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Column

from catalog.tables import Instant, plain

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("review_tasks", Column("alike", plain(64)))
    op.create_index("review_tasks_alike", "review_tasks", ["alike", "state"])
    op.create_table(
        "review_preferences",
        Column("reviewer_id", plain(64), primary_key=True),
        Column("body", JSON, nullable=False),
        Column("saved_at", Instant, nullable=False),
    )
