"""The eight topics: one table of names, payloads, keys and readers. Nothing else is published.

A ninth one is foreign: object stores write their own notifications into it, and only intake reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.documents import DocumentClassified, DocumentDropped, DocumentExtracted, DocumentSubmitted
from schemas.message import Message
from schemas.records import DeadLettered, RecordCompleted, ReviewDecided, ReviewRequested
from schemas.s3_events import ObjectsAnnounced


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, the payload it carries, what it is keyed by, and who reads it.

    Attributes:
        consumers: The handlers, by name, that an incompatible change of the payload would break.
    """

    name: str
    message: type[Message]
    key: str
    consumers: tuple[str, ...] = ()


TOPICS: Mapping[str, Topic] = {
    message.event: Topic(message.event, message, key, consumers)
    for message, key, consumers in (
        (DocumentDropped, "anything: a foreign producer's, or the event id", ("intake",)),
        (DocumentSubmitted, "document_id", ("gatekeeper", "catalog")),
        (DocumentClassified, "document_id", ("extraction", "validation", "catalog")),
        (DocumentExtracted, "document_id", ("validation", "catalog")),
        (RecordCompleted, "document_id", ("review", "catalog")),
        (ReviewRequested, "document_id", ("review", "catalog")),
        (ReviewDecided, "document_id", ("gatekeeper", "validation", "review", "catalog")),
        (DeadLettered, "document_id where known, else the event id", ("catalog",)),
    )
}

ANNOUNCED = Topic(ObjectsAnnounced.event, ObjectsAnnounced, "anything: the store's", ("intake",))
"""Where object stores send their notifications; they know nothing of our envelope."""

READ: Mapping[str, Topic] = {**TOPICS, ANNOUNCED.name: ANNOUNCED}
"""Every topic that an agent reads."""
