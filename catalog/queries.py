"""What people ask of the catalog: where documents stand, what waits, what died; paged, never all at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, and_, exists, func, literal, select, tuple_

from catalog.database import Catalog, Query
from catalog.tables import Instant, documents, facts, submissions
from schemas.objects import ObjectRef
from schemas.records import ReviewRequested

UNFINISHED = ("submitted", "classified", "extracted")
"""States of a document whose newest run is still being worked on by an agent."""
PAGE = 500
AFTER = "~"
"""Sorts after every character of an id."""
_outcomes = facts.alias("outcomes")


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """Where one document stands.

    Attributes:
        state: Of its newest run: one of UNFINISHED, ``in_review``, ``dead_lettered``, or how its record
            ended (``accepted``, ``rejected``, ``partial``, ``split``, ``withdrawn``).
        run_cause: Why the newest run was opened; None until intake's message was seen.
        doc_type: As last classified.
        reason: Of a rejection, split or withdrawal.
        review_id: The review it waits for, if any.
        revision: Of the standing record, whichever run made it; None where there is none.
        record: The standing record's artifact.
        name: As its first submission was called.
    """

    document_id: str
    state: str
    run_id: str
    run_cause: str | None
    doc_type: str | None
    confidence: float | None
    reason: str | None
    review_id: str | None
    revision: int | None
    record_status: str | None
    record: ObjectRef | None
    parent_id: str | None
    name: str | None
    submitted_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Count:
    """How many documents of a type are in a state; ``doc_type`` is None while unknown."""

    state: str
    doc_type: str | None
    number: int


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
class SubmissionRow:
    """One time that a document's bytes came in; ``name`` is None where they came without one."""

    submission_id: str
    name: str | None
    at: datetime


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


async def document(catalog: Catalog, document_id: str) -> DocumentRow | None:
    """Return where a document stands, or None where nothing is known of it."""
    rows = await catalog.read(select(documents).where(documents.c.document_id == document_id))
    return _document(rows[0]) if rows else None


async def list_documents(
    catalog: Catalog,
    *,
    states: Iterable[str] = (),
    doc_type: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    parent_id: str | None = None,
    with_record: bool = False,
) -> AsyncIterator[DocumentRow]:
    """Yield documents in the order they were submitted.

    Args:
        catalog: Where to look.
        states: Only those in one of these states; all where empty.
        doc_type: Only this type.
        since: Submitted at or after.
        until: Submitted before.
        parent_id: Only children of this packet.
        with_record: Only those whose record has a revision.
    """
    at = documents.c.submitted_at
    wanted: list[ColumnElement[bool]] = []
    if allowed := tuple(states):
        wanted.append(documents.c.state.in_(allowed))
    if doc_type is not None:
        wanted.append(documents.c.doc_type == doc_type)
    if since is not None:
        wanted.append(at >= since)
    if until is not None:
        wanted.append(at < until)
    if parent_id is not None:
        wanted.append(documents.c.parent_id == parent_id)
    if with_record:
        wanted.append(documents.c.revision.is_not(None))

    def page(last: RowMapping | None) -> Query:
        query = select(documents).where(*wanted).order_by(at, documents.c.document_id).limit(PAGE)
        if last is None:
            return query
        place = tuple_(literal(last["submitted_at"], Instant), literal(last["document_id"]))
        return query.where(tuple_(at, documents.c.document_id) > place)

    async for row in catalog.pages(page):
        yield _document(row)


async def submissions_of(
    catalog: Catalog, document_ids: Iterable[str]
) -> dict[str, tuple[SubmissionRow, ...]]:
    """Return how often each of these documents came in, the first time first; at most a page of them."""
    ids = sorted(document_ids)
    found: dict[str, list[SubmissionRow]] = {one: [] for one in ids}
    rows = await catalog.read(
        select(submissions)
        .where(submissions.c.document_id.in_(ids))
        .order_by(submissions.c.document_id, submissions.c.at, submissions.c.submission_id)
    )
    for row in rows:
        found[row["document_id"]].append(SubmissionRow(row["submission_id"], row["name"], row["at"]))
    return {one: tuple(named) for one, named in found.items()}


async def known_submissions(catalog: Catalog, submission_ids: Iterable[str]) -> frozenset[str]:
    """Return which of these submissions brought in a document."""
    ids, known = sorted(submission_ids), submissions.c.submission_id
    found: set[str] = set()
    for start in range(0, len(ids), PAGE):
        rows = await catalog.read(select(known).where(known.in_(ids[start : start + PAGE])))
        found |= {row["submission_id"] for row in rows}
    return frozenset(found)


async def counts(catalog: Catalog) -> tuple[Count, ...]:
    """Return how many documents there are by state and type."""
    state, doc_type = documents.c.state, documents.c.doc_type
    number = func.count().label("number")
    rows = await catalog.read(select(state, doc_type, number).group_by(state, doc_type))
    found = [Count(row["state"], row["doc_type"], row["number"]) for row in rows]
    return tuple(sorted(found, key=lambda count: (count.state, count.doc_type or "")))


async def unfinished(catalog: Catalog, cause: str) -> int:
    """Return how many documents an agent still works on in a run of ``cause`` (``first``: live ones)."""
    rows = await catalog.read(
        select(func.count().label("number")).where(
            documents.c.run_cause == cause, documents.c.state.in_(UNFINISHED)
        )
    )
    return int(rows[0]["number"])


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
            record=_ref(row, "object"),
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


def _document(row: RowMapping) -> DocumentRow:
    values = {name: row[name] for name in DocumentRow.__slots__ if name != "record"}
    return DocumentRow(**values, record=_ref(row, "record") if row["record_uri"] else None)


def _ref(row: RowMapping, name: str) -> ObjectRef:
    return ObjectRef(
        uri=row[f"{name}_uri"],
        sha256=row[f"{name}_sha256"],
        size=row[f"{name}_size"],
        media_type="application/json",
    )
