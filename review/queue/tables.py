"""The queue's tables: tasks, leases, drafts, decisions with their way out, and who reviews."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from catalog.tables import Instant, plain

metadata = MetaData()

tasks = Table(
    "review_tasks",
    metadata,
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
    Column("alike", plain(64)),
    Index("review_tasks_by_rank", "state", "lane", "rank", "task_id"),
    Index("review_tasks_by_due", "state", "lane", "due_at", "task_id"),
    Index("review_tasks_of_document", "document_id", "state"),
    Index("review_tasks_of_run", "run_id", "lane"),
    Index("review_tasks_of_review", "review_id"),
    Index("review_tasks_alike_in_order", "alike", "state", "requested_at", "task_id"),
)
"""One row per thing a person is asked; its state moves open, held, done, or closed."""

leases = Table(
    "review_leases",
    metadata,
    Column("task_id", plain(64), primary_key=True),
    Column("reviewer_id", plain(64), nullable=False),
    Column("token", plain(64), nullable=False),
    Column("soft", Boolean, nullable=False),
    Column("since", Instant, nullable=False),
    Column("beat_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Index("review_leases_of_reviewer", "reviewer_id", "until"),
)
"""Who has a task; an expired one stays until somebody else claims, so that late work is recognised."""

drafts = Table(
    "review_drafts",
    metadata,
    Column("task_id", plain(64), primary_key=True),
    Column("reviewer_id", plain(64), primary_key=True),
    Column("body", JSON, nullable=False),
    Column("saved_at", Instant, nullable=False),
)

decisions = Table(
    "review_decisions",
    metadata,
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
    Index("review_decisions_in_order", "decided_at", "decision_id"),
    Index("review_decisions_of_document", "document_id", "decided_at"),
    Index("review_decisions_of_queue", "queue", "decided_at"),
)
"""Append-only: no row ever changes; what became of one is told by its row in ``review_outbox``."""

outbox = Table(
    "review_outbox",
    metadata,
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
    Index("review_outbox_due", "state", "release_at"),
    Index("review_outbox_unpublished", "state", "published_at"),
)
"""A decision on its way out: held, then released or undone; that one row's state decides the race."""

participants = Table(
    "review_participants",
    metadata,
    Column("run_id", plain(64), primary_key=True),
    Column("reviewer_id", plain(64), primary_key=True),
    Column("task_id", plain(64), nullable=False),
    Index("review_participants_of_task", "task_id"),
)
"""Who decided anything about a run; nobody reviews his own work."""

counters = Table(
    "review_counters",
    metadata,
    Column("reviewer_id", plain(64), primary_key=True),
    Column("lane", plain(16), primary_key=True),
    Column("claimed", Integer, nullable=False),
)

gold = Table(
    "review_gold",
    metadata,
    Column("gold_id", plain(64), primary_key=True),
    Column("queue", plain(64), nullable=False),
    Column("from_task", plain(64), nullable=False),
    Column("run_id", plain(64), nullable=False),
    Column("answers", JSON, nullable=False),
    Column("seeded_by", plain(64), nullable=False),
    Column("seeded_at", Instant, nullable=False),
    Column("retired", Boolean, nullable=False),
)
"""Known answers; each reviewer meets one at most once, as a task of his own."""

reviewers = Table(
    "review_reviewers",
    metadata,
    Column("reviewer_id", plain(64), primary_key=True),
    Column("name", plain(64), nullable=False, unique=True),
    Column("roles", JSON, nullable=False),
    Column("skills", JSON, nullable=False),
    Column("password_hash", Text),
    Column("active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
)

tokens = Table(
    "review_tokens",
    metadata,
    Column("token_id", plain(64), primary_key=True),
    Column("reviewer_id", plain(64), nullable=False),
    Column("label", plain(64), nullable=False),
    Column("secret_sha256", plain(64), nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked", Boolean, nullable=False),
)

sessions = Table(
    "review_sessions",
    metadata,
    Column("secret_sha256", plain(64), primary_key=True),
    Column("reviewer_id", plain(64), nullable=False),
    Column("csrf", plain(64), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("review_sessions_of_reviewer", "reviewer_id"),
)

preferences = Table(
    "review_preferences",
    metadata,
    Column("reviewer_id", plain(64), primary_key=True),
    Column("body", JSON, nullable=False),
    Column("saved_at", Instant, nullable=False),
)
"""What each reviewer has set for himself, wherever he logs in."""
