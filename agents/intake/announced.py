"""From an object store's notification to one inbox message per object; nothing is fetched for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from schemas.canonical import derive_id
from schemas.documents import DocumentDropped
from schemas.handling import Outgoing
from schemas.message import Envelope, Message, child_traceparent, encode, seal
from schemas.s3_events import ObjectsAnnounced


def announcements(
    envelope: Envelope[Message], announced: ObjectsAnnounced, is_own: Callable[[str], bool]
) -> Sequence[Outgoing]:
    """Return an inbox message for every object; the same notification gives the same bytes.

    What we wrote ourselves (``is_own``) is none: where notifications tell of the store's own bucket, each
    answer to one would bring the next. That an object was announced before is seen when it is let in: its
    submission is known by uri and etag.
    """
    return [
        _inbox_message(envelope, position, DocumentDropped(**found.model_dump()))
        for position, found in enumerate(announced.objects)
        if not is_own(found.uri)
    ]


def _inbox_message(envelope: Envelope[Message], position: int, dropped: DocumentDropped) -> Outgoing:
    event_id = derive_id("announced", envelope.id, position)
    sealed = seal(
        dropped,
        event_id=event_id,
        source="doctrail/intake",
        subject=event_id,
        time=envelope.time,
        traceparent=child_traceparent(envelope.traceparent, event_id),
        cause=envelope.id,
    )
    return Outgoing(DocumentDropped.event, event_id, event_id, encode(sealed))
