"""Facts, submissions, documents, and the views that derive a document's state."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Float, Integer, Text

from catalog.tables import DEAD, Instant, plain
from catalog.views import DOCUMENT_STATES, RUN_STATES

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    _facts()
    _submissions()
    _documents()
    op.execute(RUN_STATES)
    op.execute(DOCUMENT_STATES)


def _facts() -> None:
    op.create_table(
        "facts",
        Column("position", Integer, primary_key=True),
        Column("fact_id", plain(255), nullable=False, unique=True),
        Column("generation", Integer, nullable=False, server_default="0"),
        Column("topic", plain(64), nullable=False),
        Column("document_id", plain(64), nullable=False),
        Column("run_id", plain(64)),
        Column("at", Instant, nullable=False),
        Column("source", plain(64), nullable=False),
        Column("trigger_id", plain(64)),
        Column("run_cause", plain(64)),
        Column("submission_id", plain(64)),
        Column("parent_id", plain(64)),
        Column("route", plain(16)),
        Column("reason", plain(64)),
        Column("doc_type", plain(64)),
        Column("confidence", Float),
        Column("decided_by", plain(16)),
        Column("object_uri", plain(512)),
        Column("object_sha256", plain(64)),
        Column("object_size", Integer),
        Column("revision", Integer),
        Column("status", plain(16)),
        Column("review_id", plain(64)),
        Column("decision_id", plain(64)),
        Column("kind", plain(16)),
        Column("agent", plain(64)),
        Column("error_class", plain(32)),
        Column("attempts", Integer),
        Column("origin_id", plain(64)),
        Column("origin_topic", plain(64)),
    )
    op.create_index("facts_of_document", "facts", ["document_id", "topic", "at"])
    op.create_index("facts_of_run", "facts", ["run_id", "topic"])
    op.create_index("facts_of_review", "facts", ["review_id", "topic"])
    op.create_index("facts_by_trigger", "facts", ["trigger_id", "source"])
    op.create_index("facts_of_cause", "facts", ["run_cause", "document_id"])
    op.create_index(
        "facts_of_origin", "facts", ["origin_id", "fact_id"], sqlite_where=DEAD, postgresql_where=DEAD
    )


def _submissions() -> None:
    op.create_table(
        "submissions",
        Column("submission_id", plain(64), primary_key=True),
        Column("document_id", plain(64), nullable=False),
        Column("name", Text),
        Column("path", Text),
        Column("uri", Text),
        Column("size", Integer, nullable=False),
        Column("at", Instant, nullable=False),
    )
    op.create_index("submissions_of_document", "submissions", ["document_id", "at"])
    op.create_index("submissions_by_name", "submissions", ["name"])
    op.create_index("submissions_by_path", "submissions", ["path"])


def _documents() -> None:
    op.create_table(
        "documents",
        Column("document_id", plain(64), primary_key=True),
        Column("state", plain(16), nullable=False),
        Column("run_id", plain(64), nullable=False),
        Column("run_cause", plain(64)),
        Column("doc_type", plain(64)),
        Column("confidence", Float),
        Column("reason", plain(64)),
        Column("review_id", plain(64)),
        Column("revision", Integer),
        Column("record_status", plain(16)),
        Column("record_uri", plain(512)),
        Column("record_sha256", plain(64)),
        Column("record_size", Integer),
        Column("parent_id", plain(64)),
        Column("name", Text),
        Column("submitted_at", Instant, nullable=False),
        Column("changed_at", Instant, nullable=False),
    )
    op.create_index("documents_in_order", "documents", ["submitted_at", "document_id"])
    op.create_index("documents_by_state", "documents", ["state", "doc_type"])
    op.create_index("documents_in_state", "documents", ["state", "document_id"])
    op.create_index("documents_by_type", "documents", ["doc_type", "submitted_at", "document_id"])
    op.create_index("documents_of_parent", "documents", ["parent_id"])
    op.create_index("documents_of_cause", "documents", ["run_cause", "state"])
