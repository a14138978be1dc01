"""Tasks that ask the same are found in the order in which they came: sorting thousands held claims up."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace the index by one in that order."""
    op.create_index(
        "review_tasks_alike_in_order", "review_tasks", ["alike", "state", "requested_at", "task_id"]
    )
    op.drop_index("review_tasks_alike", "review_tasks")
