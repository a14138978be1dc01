"""The eight topics: one table of names, payloads and keys. Nothing else is published."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.documents import DocumentClassified, DocumentDropped, DocumentExtracted, DocumentSubmitted
from schemas.message import Message
from schemas.records import DeadLettered, RecordCompleted, ReviewDecided, ReviewRequested


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, the payload it carries and what it is keyed by."""

    name: str
    message: type[Message]
    key: str


TOPICS: dict[str, Topic] = {
    message.event: Topic(message.event, message, key)
    for message, key in (
        (DocumentDropped, "anything: a foreign producer's, or the event id"),
        (DocumentSubmitted, "document_id"),
        (DocumentClassified, "document_id"),
        (DocumentExtracted, "document_id"),
        (RecordCompleted, "document_id"),
        (ReviewRequested, "document_id"),
        (ReviewDecided, "document_id"),
        (DeadLettered, "document_id where known, else the event id"),
    )
}
