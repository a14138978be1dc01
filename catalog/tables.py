"""The catalog's tables: one row per fact, a row per submission, and where each document stands."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Column, Dialect, Float, Index, Integer, MetaData, String, Table, Text, text
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = MetaData()
DEAD = text("origin_id IS NOT NULL")
"""Only dead letters have an origin, and they are few: their index stays small."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC time as text of one width: sorts as it counts, on every database."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Return the text of ``value``."""
        del dialect
        return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Return the time in ``value``."""
        del dialect
        return None if value is None else datetime.fromisoformat(value)


def plain(length: int) -> TypeEngine[str]:
    """Return a text type that compares byte by byte, so that ids can be searched by prefix."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


facts = Table(
    "facts",
    metadata,
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
    Index("facts_of_document", "document_id", "topic", "at"),
    Index("facts_of_run", "run_id", "topic"),
    Index("facts_of_review", "review_id", "topic"),
    Index("facts_by_trigger", "trigger_id", "source"),
    Index("facts_of_cause", "run_cause", "document_id"),
    Index("facts_of_origin", "origin_id", "fact_id", sqlite_where=DEAD, postgresql_where=DEAD),
)

submissions = Table(
    "submissions",
    metadata,
    Column("submission_id", plain(64), primary_key=True),
    Column("document_id", plain(64), nullable=False),
    Column("name", Text),
    Column("path", Text),
    Column("uri", Text),
    Column("size", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Index("submissions_of_document", "document_id", "at"),
    Index("submissions_by_name", "name"),
    Index("submissions_by_path", "path"),
)

documents = Table(
    "documents",
    metadata,
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
    Index("documents_in_order", "submitted_at", "document_id"),
    Index("documents_by_state", "state", "doc_type"),
    Index("documents_in_state", "state", "document_id"),
    Index("documents_by_type", "doc_type", "submitted_at", "document_id"),
    Index("documents_of_parent", "parent_id"),
    Index("documents_of_cause", "run_cause", "state"),
)
"""The view ``document_states``, kept for each document whenever one of its facts arrives."""
