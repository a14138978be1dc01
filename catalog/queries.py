"""What people ask of the catalog: where documents stand and how they came; paged, never all at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, func, literal, select, tuple_

from catalog.database import Catalog, Query
from catalog.tables import Instant, documents, submissions
from schemas.objects import ObjectRef

UNFINISHED = ("submitted", "classified", "extracted")
"""States of a document whose newest run is still being worked on by an agent."""
PAGE = 500
AFTER = "~"
"""Sorts after every character of an id."""


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
class SubmissionRow:
    """One time that a document's bytes came in; ``name`` is None where they came without one."""

    submission_id: str
    name: str | None
    at: datetime


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


def _document(row: RowMapping) -> DocumentRow:
    values = {name: row[name] for name in DocumentRow.__slots__ if name != "record"}
    return DocumentRow(**values, record=stored_ref(row, "record") if row["record_uri"] else None)


def stored_ref(row: RowMapping, name: str) -> ObjectRef:
    """Return the artifact that ``row`` keeps in its columns ``name``_uri, _sha256 and _size."""
    return ObjectRef(
        uri=row[f"{name}_uri"],
        sha256=row[f"{name}_sha256"],
        size=row[f"{name}_size"],
        media_type="application/json",
    )
