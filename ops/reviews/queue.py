"""The reviews that wait, with their reasons, and finding the one an operator means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from catalog.database import Catalog
from catalog.queries import document
from catalog.waiting import requested_reviews, reviews_waiting
from ops.identify import identify
from ops.naming import name_of
from ops.reviews.decide import split_review_id
from ops.trace.headline import doubts
from schemas.errors import PermanentError
from schemas.layout import Frozen
from schemas.results import ArtifactKind, Record
from store.artifacts import get_artifact
from store.protocol import ObjectStore


class UnknownReviewError(PermanentError):
    """No review, or several, match what was asked for; ``doctrail reviews list`` shows those that wait."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="unknown_review")


class WaitingLine(Frozen):
    """A review that waits.

    Attributes:
        doubts: Why, shortest form first.
        reasons: Why, in full.
    """

    review_id: str
    document_id: str
    name: str | None
    doc_type: str | None
    since: datetime
    doubts: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a review belongs; ``name`` is the document's, as first submitted."""

    review_id: str
    document_id: str
    run_id: str
    name: str | None


async def waiting(store: ObjectStore, catalog: Catalog) -> AsyncIterator[WaitingLine]:
    """Yield the reviews that wait for a person, with why."""
    async for review in reviews_waiting(catalog):
        record: Record = await get_artifact(store, review.record, ArtifactKind.RECORD)
        yield WaitingLine(
            review_id=review.review_id,
            document_id=review.document_id,
            name=await name_of(store, review.name, review.document_id),
            doc_type=review.doc_type,
            since=review.requested_at,
            doubts=tuple(doubts(record)),
            reasons=record.reasons,
        )


async def find_review(store: ObjectStore, catalog: Catalog, wanted: str) -> Place:
    """Return the review that ``wanted`` names: by its id or a prefix, or by its document.

    A packet that was split can be decided anew though nobody asked for it: by its document.

    Raises:
        UnknownReviewError: Several match, or the document waits for no review.
        UnknownIdError: It names no document either.
    """
    found = await requested_reviews(catalog, wanted)
    if len(found) > 1:
        named = " or ".join(review.review_id for review in found)
        raise UnknownReviewError(f"{wanted!r} may be review {named}; give more of it")
    for review in found:
        known = await document(catalog, review.document_id)
        name = await name_of(store, known.name if known else None, review.document_id)
        return Place(review.review_id, review.document_id, review.run_id, name)
    return await _of_document(store, catalog, wanted)


async def _of_document(store: ObjectStore, catalog: Catalog, wanted: str) -> Place:
    identified = await identify(store, catalog, wanted)
    row = await document(catalog, identified.document_id)
    if row is not None and row.state == "split":
        review_id = split_review_id(row.document_id, row.run_id)
        name = await name_of(store, row.name, row.document_id)
        return Place(review_id, row.document_id, row.run_id, name)
    if row is None or row.review_id is None:
        state = f": it is {row.state.replace('_', ' ')}" if row else ""
        raise UnknownReviewError(f"document {wanted!r} waits for no review{state}")
    name = await name_of(store, row.name, row.document_id)
    return Place(row.review_id, row.document_id, row.run_id, name)
