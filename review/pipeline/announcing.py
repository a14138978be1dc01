"""A decision on its way into the pipeline: stored create-once under its review, announced in fixed bytes."""

from __future__ import annotations

from schemas.canonical import derive_id
from schemas.decided import Decision
from schemas.handling import Outgoing
from schemas.message import child_traceparent, encode, seal
from schemas.records import ReviewDecided
from store.protocol import ref_of


def announcement(decision: Decision, body: bytes, key: str, *, cause: str, traceparent: str) -> Outgoing:
    """Return the message about a stored decision: the same bytes however often it is asked.

    Args:
        decision: As it stands in the store.
        body: Its bytes there.
        key: Its key there.
        cause: Id of the event that asked for the review.
        traceparent: Of that event.
    """
    event_id = derive_id("event", key, 0)
    envelope = seal(
        ReviewDecided(
            decision_id=decision.decision_id,
            review_id=decision.review_id,
            run_id=decision.run_id,
            kind=decision.kind,
            decision=ref_of(key, body),
        ),
        event_id=event_id,
        source="doctrail/review",
        subject=decision.document_id,
        time=decision.decided_at,
        traceparent=child_traceparent(traceparent, event_id),
        cause=cause,
    )
    return Outgoing(ReviewDecided.event, decision.document_id, event_id, encode(envelope))
