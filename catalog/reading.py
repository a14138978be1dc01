"""Completing a fact with what lies in the store: the document's type, its name, when a person decided."""

from __future__ import annotations

from dataclasses import replace

import structlog

from catalog.database import Batch
from catalog.facts import Fact, fact_of
from schemas.documents import DocumentClassified, DocumentSubmitted
from schemas.errors import PermanentError
from schemas.message import Envelope, Message
from schemas.objects import ObjectRef
from schemas.records import ReviewDecided
from schemas.results import ArtifactKind
from store.artifacts import get_artifact
from store.protocol import ObjectStore
from store.submissions import load_submission

log = structlog.get_logger("catalog")


async def batch_of(store: ObjectStore, envelope: Envelope[Message]) -> Batch:
    """Return what the catalog keeps of one message.

    An artifact that is missing or damaged leaves its columns empty, loudly: the fact itself stands.
    """
    fact, data = fact_of(envelope), envelope.data
    if isinstance(data, DocumentSubmitted) and data.submission_id is not None:
        submission = await load_submission(store, data.submission_id)
        return Batch([fact], [submission] if submission is not None else [])
    try:
        if isinstance(data, DocumentClassified) and data.result is not None:
            fact = await _with_type(store, fact, data.result)
        elif isinstance(data, ReviewDecided):
            decision = await get_artifact(store, data.decision, ArtifactKind.DECISION)
            fact = replace(fact, at=decision.decided_at)
    except PermanentError:
        log.exception("catalog.artifact_unreadable", fact=fact.fact_id, topic=fact.topic)
    return Batch([fact])


async def _with_type(store: ObjectStore, fact: Fact, ref: ObjectRef) -> Fact:
    found = await get_artifact(store, ref, ArtifactKind.CLASSIFICATION)
    return replace(fact, doc_type=found.doc_type, confidence=found.confidence)
