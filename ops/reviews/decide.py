"""Reviews that wait for a person: reading one, and handing a decision in, once."""

from __future__ import annotations

from dataclasses import dataclass

from agents.bundles import PinnedParts
from agents.decisions import of_document
from bus.protocol import Bus
from doctypes.definition import DocType
from review.pipeline.announcing import announcement
from review.pipeline.outside import asked_by
from schemas.canonical import derive_id, stored_json
from schemas.classification import Classification
from schemas.decided import Decision
from schemas.errors import PermanentError
from schemas.fields import FieldKind
from schemas.layout import Layout
from schemas.message import Envelope, Message
from schemas.records import RecordCompleted, RecordStatus, ReviewRequested
from schemas.results import ArtifactKind, Record
from store import keys
from store.artifacts import check_artifact, get_artifact
from store.parsing import parse
from store.protocol import ObjectStore
from store.releases import RunManifest, load_run, run_slots


class ReviewClosedError(PermanentError):
    """The review can't be decided any more: someone did already, or a newer run took the document over."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="review_closed")


@dataclass(frozen=True, slots=True)
class Review:
    """A review that a person is asked for.

    Attributes:
        request: The ``reviews.requested`` envelope, as the outcome keeps it.
        manifest: The run it belongs to.
        record: The draft record with its doubts.
        doc_type: The type's schema as pinned; None where the type itself is in doubt.
        page_count: Pages that could be read; 0 for a container.
        proposed: Page ranges that the model would split the file into, where that is in doubt or done.
        layout: The document's words, where the type has a field that is shown by them.
    """

    review_id: str
    document_id: str
    request: Envelope[Message]
    manifest: RunManifest
    record: Record
    doc_type: DocType | None
    page_count: int = 0
    proposed: tuple[tuple[int, int], ...] = ()
    layout: Layout | None = None

    @property
    def known_types(self) -> tuple[str, ...]:
        """The types a reviewer may name."""
        return tuple(sorted(self.manifest.release.bundles))


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What became of a decision.

    Attributes:
        again: The same decision had been handed in before.
    """

    decision: Decision
    again: bool


def split_review_id(document_id: str, run_id: str) -> str:
    """Return the id under which a person may decide anew how a packet is split, unasked."""
    return derive_id("split review", document_id, run_id)


async def load_review(store: ObjectStore, document_id: str, run_id: str, review_id: str) -> Review:
    """Return a review as it was requested.

    Raises:
        ReviewClosedError: The run never asked for it.
    """
    request = await _request(store, document_id, run_id, review_id)
    if not isinstance(request.data, ReviewRequested | RecordCompleted):
        raise ReviewClosedError(f"message {request.id} does not ask for a review")
    manifest = await load_run(store, run_id)
    record: Record = await get_artifact(store, request.data.record, ArtifactKind.RECORD)
    bundle = manifest.release.bundles.get(record.doc_type) if record.extraction else None
    schema = await PinnedParts().schema(store, bundle) if bundle else None
    found: Classification = await get_artifact(store, record.classification, ArtifactKind.CLASSIFICATION)
    proposed = found.proposed or tuple(child.pages for child in found.children if child.pages)
    pages = found.page_count if found.layout else 0
    shown = schema is not None and any(spec.kind is FieldKind.PRESENCE for spec in schema.fields)
    layout = await get_artifact(store, found.layout, ArtifactKind.LAYOUT) if shown and found.layout else None
    return Review(review_id, document_id, request, manifest, record, schema, pages, proposed, layout)


async def hand_in(store: ObjectStore, bus: Bus, review: Review, decision: Decision) -> HandedIn:
    """Store the decision once and announce it; the same decision handed in again is announced again.

    Raises:
        ReviewClosedError: Another decision stands, or a newer run took the document over.
    """
    key = keys.review_draft(review.document_id, review.review_id)
    body = stored_json(decision)
    problems = check_artifact(ArtifactKind.DECISION, key, body)
    if problems:
        raise PermanentError(f"the decision can't be kept: {problems[0]}", reason="decision")
    if await store.head(key) is None:
        await _require_open(store, review)
    written = await store.create(key, body)
    standing = parse(written.data, Decision, key)
    if standing.decision_id != decision.decision_id:
        raise ReviewClosedError(_decided_already(review.review_id, standing))
    request = review.request
    sent = announcement(standing, written.data, key, cause=request.id, traceparent=request.traceparent)
    await bus.publish([sent])
    return HandedIn(standing, again=not written.created)


async def _require_open(store: ObjectStore, review: Review) -> None:
    for made in await of_document(store, review.document_id):
        if made.review_id == review.review_id:
            raise ReviewClosedError(_decided_already(review.review_id, made))
    newest = (await run_slots(store, review.document_id))[-1]
    if newest.run_id != review.manifest.run_id:
        raise ReviewClosedError(
            f"review {review.review_id} is superseded: run {newest.number} of the document is newer than "
            f"run {review.manifest.number}, which asked; see `doctrail reviews list`"
        )


def _decided_already(review_id: str, made: Decision) -> str:
    return (
        f"review {review_id} was decided already by {made.reviewer!r} at "
        f"{made.decided_at:%Y-%m-%d %H:%M} UTC with another result; nothing was changed"
    )


async def _request(store: ObjectStore, document_id: str, run_id: str, review_id: str) -> Envelope[Message]:
    async for envelope in asked_by(store, document_id, run_id):
        if isinstance(envelope.data, ReviewRequested) and envelope.data.review_id == review_id:
            return envelope
        is_split = isinstance(envelope.data, RecordCompleted) and envelope.data.status is RecordStatus.SPLIT
        if is_split and review_id == split_review_id(document_id, run_id):
            return envelope
    raise ReviewClosedError(f"run {run_id} of document {document_id} never asked for review {review_id}")
