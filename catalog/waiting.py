"""What waits for people: reviews to decide, and messages that an agent gave up on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, and_, exists, literal, select, tuple_

from catalog.database import Catalog, Query
from catalog.queries import AFTER, PAGE, stored_ref
from catalog.tables import documents, facts
from schemas.objects import ObjectRef
from schemas.records import ReviewRequested

_outcomes = facts.alias("outcomes")


@dataclass(frozen=True, slots=True)
class WaitingReview:
    """A review that a person has to decide; ``record`` is the draft with the reasons."""

    review_id: str
    document_id: str
    run_id: str
    doc_type: str | None
    name: str | None
    requested_at: datetime
    record: ObjectRef


@dataclass(frozen=True, slots=True)
class RequestedReview:
    """A review that was asked for, decided since or not."""

    review_id: str
    document_id: str
    run_id: str


@dataclass(frozen=True, slots=True)
class DeadLetterRow:
    """A message that an agent gave up on.

    Attributes:
        key: Key of the dead letter object.
        document_id: The document, or the message's own id where none is known.
        open: The agent has not answered this message since.
    """

    key: str
    document_id: str
    run_id: str | None
    agent: str
    error_class: str
    reason: str
    attempts: int
    origin_id: str
    origin_topic: str
    at: datetime
    open: bool


async def reviews_waiting(catalog: Catalog) -> AsyncIterator[WaitingReview]:
    """Yield the reviews that wait for a person, by document."""
    draft = facts.alias("draft")
    asked = and_(draft.c.review_id == documents.c.review_id, draft.c.topic == ReviewRequested.event)

    def page(last: RowMapping | None) -> Query:
        query = (
            select(documents, draft.c.at, draft.c.object_uri, draft.c.object_sha256, draft.c.object_size)
            .join(draft, asked)
            .where(documents.c.state == "in_review")
            .order_by(documents.c.state, documents.c.document_id)
            .limit(PAGE)
        )
        return query if last is None else query.where(documents.c.document_id > last["document_id"])

    async for row in catalog.pages(page):
        yield WaitingReview(
            review_id=row["review_id"],
            document_id=row["document_id"],
            run_id=row["run_id"],
            doc_type=row["doc_type"],
            name=row["name"],
            requested_at=row["at"],
            record=stored_ref(row, "object"),
        )


async def requested_reviews(catalog: Catalog, prefix: str, limit: int = 20) -> tuple[RequestedReview, ...]:
    """Return the reviews, waiting or not, whose id begins with ``prefix``; at most ``limit``."""
    id_of = facts.c.review_id
    rows = await catalog.read(
        select(id_of, facts.c.document_id, facts.c.run_id)
        .where(facts.c.topic == ReviewRequested.event, id_of >= prefix, id_of < prefix + AFTER)
        .distinct()
        .order_by(id_of, facts.c.document_id, facts.c.run_id)
        .limit(limit)
    )
    return tuple(RequestedReview(row["review_id"], row["document_id"], row["run_id"]) for row in rows)


async def dead_letters(catalog: Catalog, *, open_only: bool = True) -> AsyncIterator[DeadLetterRow]:
    """Yield dead letters by message; by default only those whose message was not answered since."""
    answered = exists().where(
        _outcomes.c.trigger_id == facts.c.origin_id, _outcomes.c.source == facts.c.source
    )
    wanted: list[ColumnElement[bool]] = [facts.c.origin_id.is_not(None)]
    if open_only:
        wanted.append(~answered)

    def page(last: RowMapping | None) -> Query:
        place = (facts.c.origin_id, facts.c.fact_id)
        query = select(facts, (~answered).label("open")).where(*wanted).order_by(*place).limit(PAGE)
        if last is None:
            return query
        return query.where(tuple_(*place) > tuple_(literal(last["origin_id"]), literal(last["fact_id"])))

    async for row in catalog.pages(page):
        yield DeadLetterRow(
            key=row["fact_id"],
            document_id=row["document_id"],
            run_id=row["run_id"],
            agent=row["agent"],
            error_class=row["error_class"],
            reason=row["reason"],
            attempts=row["attempts"],
            origin_id=row["origin_id"],
            origin_topic=row["origin_topic"],
            at=row["at"],
            open=bool(row["open"]),
        )
