"""Tasks, leases, drafts, decisions, their way out, and who reviews."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, Boolean, Column, Float, Integer, Text, UniqueConstraint

from catalog.tables import Instant, plain

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    _tasks()
    _leases()
    _drafts()
    _decisions()
    _outbox()
    _participants()
    _counters()
    _gold()
    _reviewers()
    _tokens()
    _sessions()


def _tasks() -> None:
    op.create_table(
        "review_tasks",
        Column("task_id", plain(64), primary_key=True),
        Column("lane", plain(16), nullable=False),
        Column("queue", plain(64), nullable=False),
        Column("state", plain(16), nullable=False),
        Column("version", Integer, nullable=False),
        Column("document_id", plain(64), nullable=False),
        Column("run_id", plain(64), nullable=False),
        Column("run_number", Integer, nullable=False),
        Column("review_id", plain(64), nullable=False),
        Column("record", JSON, nullable=False),
        Column("standing", JSON),
        Column("cause_id", plain(64), nullable=False),
        Column("traceparent", plain(64), nullable=False),
        Column("asked", JSON, nullable=False),
        Column("inclusion", JSON, nullable=False),
        Column("worth", Float, nullable=False),
        Column("worth_said", Text, nullable=False),
        Column("rank", Float, nullable=False),
        Column("requested_at", Instant, nullable=False),
        Column("due_at", Instant, nullable=False),
        Column("decided_by", plain(64)),
        Column("closed_because", plain(32)),
        Column("gold_id", plain(64)),
    )
    op.create_index("review_tasks_by_rank", "review_tasks", ["state", "lane", "rank", "task_id"])
    op.create_index("review_tasks_by_due", "review_tasks", ["state", "lane", "due_at", "task_id"])
    op.create_index("review_tasks_of_document", "review_tasks", ["document_id", "state"])
    op.create_index("review_tasks_of_run", "review_tasks", ["run_id", "lane"])
    op.create_index("review_tasks_of_review", "review_tasks", ["review_id"])


def _leases() -> None:
    op.create_table(
        "review_leases",
        Column("task_id", plain(64), primary_key=True),
        Column("reviewer_id", plain(64), nullable=False),
        Column("token", plain(64), nullable=False),
        Column("soft", Boolean, nullable=False),
        Column("since", Instant, nullable=False),
        Column("beat_at", Instant, nullable=False),
        Column("until", Instant, nullable=False),
    )
    op.create_index("review_leases_of_reviewer", "review_leases", ["reviewer_id", "until"])


def _drafts() -> None:
    op.create_table(
        "review_drafts",
        Column("task_id", plain(64), primary_key=True),
        Column("reviewer_id", plain(64), primary_key=True),
        Column("body", JSON, nullable=False),
        Column("saved_at", Instant, nullable=False),
    )


def _decisions() -> None:
    op.create_table(
        "review_decisions",
        Column("decision_id", plain(64), primary_key=True),
        Column("task_id", plain(64), nullable=False),
        Column("number", Integer, nullable=False),
        Column("reviewer_id", plain(64), nullable=False),
        Column("lane", plain(16), nullable=False),
        Column("queue", plain(64), nullable=False),
        Column("document_id", plain(64), nullable=False),
        Column("run_id", plain(64), nullable=False),
        Column("kind", plain(16), nullable=False),
        Column("body", JSON, nullable=False),
        Column("active_ms", Integer, nullable=False),
        Column("keystrokes", Integer, nullable=False),
        Column("hard_case", Boolean, nullable=False),
        Column("hard_tag", plain(64)),
        Column("claimed_at", Instant, nullable=False),
        Column("decided_at", Instant, nullable=False),
        Column("idempotency_key", plain(128), nullable=False),
        Column("request_digest", plain(64), nullable=False),
        UniqueConstraint("task_id", "number", name="review_decisions_numbered"),
        UniqueConstraint("reviewer_id", "idempotency_key", name="review_decisions_once"),
    )
    op.create_index("review_decisions_in_order", "review_decisions", ["decided_at", "decision_id"])
    op.create_index("review_decisions_of_document", "review_decisions", ["document_id", "decided_at"])
    op.create_index("review_decisions_of_queue", "review_decisions", ["queue", "decided_at"])


def _outbox() -> None:
    op.create_table(
        "review_outbox",
        Column("decision_id", plain(64), primary_key=True),
        Column("task_id", plain(64), nullable=False),
        Column("state", plain(16), nullable=False),
        Column("release_at", Instant, nullable=False),
        Column("publishes", Boolean, nullable=False),
        Column("settled_at", Instant),
        Column("published_at", Instant),
        Column("problem", Text),
        Column("judged", Integer),
        Column("judged_right", Integer),
    )
    op.create_index("review_outbox_due", "review_outbox", ["state", "release_at"])
    op.create_index("review_outbox_unpublished", "review_outbox", ["state", "published_at"])


def _participants() -> None:
    op.create_table(
        "review_participants",
        Column("run_id", plain(64), primary_key=True),
        Column("reviewer_id", plain(64), primary_key=True),
        Column("task_id", plain(64), nullable=False),
    )
    op.create_index("review_participants_of_task", "review_participants", ["task_id"])


def _counters() -> None:
    op.create_table(
        "review_counters",
        Column("reviewer_id", plain(64), primary_key=True),
        Column("lane", plain(16), primary_key=True),
        Column("claimed", Integer, nullable=False),
    )


def _gold() -> None:
    op.create_table(
        "review_gold",
        Column("gold_id", plain(64), primary_key=True),
        Column("queue", plain(64), nullable=False),
        Column("from_task", plain(64), nullable=False),
        Column("run_id", plain(64), nullable=False),
        Column("answers", JSON, nullable=False),
        Column("seeded_by", plain(64), nullable=False),
        Column("seeded_at", Instant, nullable=False),
        Column("retired", Boolean, nullable=False),
    )


def _reviewers() -> None:
    op.create_table(
        "review_reviewers",
        Column("reviewer_id", plain(64), primary_key=True),
        Column("name", plain(64), nullable=False, unique=True),
        Column("roles", JSON, nullable=False),
        Column("skills", JSON, nullable=False),
        Column("password_hash", Text),
        Column("active", Boolean, nullable=False),
        Column("created_at", Instant, nullable=False),
    )


def _tokens() -> None:
    op.create_table(
        "review_tokens",
        Column("token_id", plain(64), primary_key=True),
        Column("reviewer_id", plain(64), nullable=False),
        Column("label", plain(64), nullable=False),
        Column("secret_sha256", plain(64), nullable=False, unique=True),
        Column("scopes", JSON, nullable=False),
        Column("created_at", Instant, nullable=False),
        Column("expires_at", Instant),
        Column("revoked", Boolean, nullable=False),
    )


def _sessions() -> None:
    op.create_table(
        "review_sessions",
        Column("secret_sha256", plain(64), primary_key=True),
        Column("reviewer_id", plain(64), nullable=False),
        Column("csrf", plain(64), nullable=False),
        Column("expires_at", Instant, nullable=False),
    )
    op.create_index("review_sessions_of_reviewer", "review_sessions", ["reviewer_id"])
