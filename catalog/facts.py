"""From a message to the fact that the catalog keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.documents import DocumentClassified, DocumentExtracted, DocumentSubmitted
from schemas.message import Envelope, Message
from schemas.objects import ObjectRef
from schemas.records import DeadLettered, RecordCompleted, ReviewDecided, ReviewRequested


@dataclass(frozen=True, slots=True)
class Fact:
    """What one message says; equal messages give equal facts, in whatever order they come.

    Attributes:
        fact_id: The event id; the object's key for a dead letter and the decision's id for a decision,
            because those are all that the store remembers of their messages.
        trigger_id: Id of the event that led to this one.
        origin_id: For a dead letter: id of the message that could not be handled.
    """

    fact_id: str
    topic: str
    document_id: str
    at: datetime
    source: str
    run_id: str | None = None
    trigger_id: str | None = None
    run_cause: str | None = None
    submission_id: str | None = None
    parent_id: str | None = None
    route: str | None = None
    reason: str | None = None
    doc_type: str | None = None
    confidence: float | None = None
    decided_by: str | None = None
    object_uri: str | None = None
    object_sha256: str | None = None
    object_size: int | None = None
    revision: int | None = None
    status: str | None = None
    review_id: str | None = None
    decision_id: str | None = None
    kind: str | None = None
    agent: str | None = None
    error_class: str | None = None
    attempts: int | None = None
    origin_id: str | None = None
    origin_topic: str | None = None


def fact_of(envelope: Envelope[Message]) -> Fact:
    """Return the fact in ``envelope``; what lies in artifacts is added by ``catalog.reading``."""
    match envelope.data:
        case DocumentSubmitted() as data:
            return _fact(
                envelope,
                data.original,
                run_cause=data.run_cause,
                submission_id=data.submission_id,
                parent_id=data.parent.document_id if data.parent else None,
            )
        case DocumentClassified() as data:
            return _fact(
                envelope,
                data.result,
                route=data.route.value,
                reason=data.reason,
                decided_by=data.decided_by,
            )
        case DocumentExtracted() as data:
            return _fact(envelope, data.result)
        case RecordCompleted() as data:
            return _fact(
                envelope,
                data.record,
                revision=data.revision,
                status=data.status.value,
                decision_id=data.decision_id,
            )
        case ReviewRequested() as data:
            return _fact(envelope, data.record, review_id=data.review_id)
        case ReviewDecided() as data:
            return decision_fact(envelope.subject, data, envelope.time)
        case DeadLettered() as data:
            return _dead_letter(envelope, data)
        case other:
            raise TypeError(f"the catalog keeps no facts of {type(other).__name__}")


def decision_fact(document_id: str, data: ReviewDecided, at: datetime) -> Fact:
    """Return the fact of a decision: the same whether read from its message or from its artifact."""
    return Fact(
        fact_id=data.decision_id,
        topic=ReviewDecided.event,
        document_id=document_id,
        at=at,
        source="doctrail/review",
        run_id=data.run_id,
        review_id=data.review_id,
        decision_id=data.decision_id,
        kind=data.kind.value,
        object_uri=data.decision.uri,
        object_sha256=data.decision.sha256,
        object_size=data.decision.size,
    )


def _dead_letter(envelope: Envelope[Message], data: DeadLettered) -> Fact:
    return Fact(
        fact_id=data.dead_letter.uri,
        topic=DeadLettered.event,
        document_id=envelope.subject,
        at=envelope.time,
        source=f"doctrail/{data.agent}",
        run_id=data.run_id,
        reason=data.reason,
        agent=data.agent,
        error_class=data.error_class.value,
        attempts=data.attempts,
        origin_id=data.event_id,
        origin_topic=data.origin_topic,
        object_uri=data.dead_letter.uri,
        object_sha256=data.dead_letter.sha256,
        object_size=data.dead_letter.size,
    )


def _fact(envelope: Envelope[Message], ref: ObjectRef | None, **facts: str | int | None) -> Fact:
    return Fact(
        fact_id=envelope.id,
        topic=envelope.data.event,
        document_id=envelope.subject,
        at=envelope.time,
        source=envelope.source,
        run_id=envelope.run,
        trigger_id=envelope.cause,
        object_uri=ref.uri if ref else None,
        object_sha256=ref.sha256 if ref else None,
        object_size=ref.size if ref else None,
        **facts,  # type: ignore[arg-type]  # names and types are those of Fact
    )
