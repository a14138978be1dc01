"""Decisions that reach the pipeline without the queue, by a file handed in: evidence like any other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from review.pipeline.telling import Said, keep
from review.queue.lanes import Lane
from review.sheet.content import Content, Parts, read_content
from review.sheet.laying import answer_decided, answer_of
from schemas.decided import DecidedField, Decision
from schemas.fields import FieldValue
from schemas.message import Envelope, Message
from schemas.objects import ObjectRef
from schemas.records import ReviewRequested
from schemas.results import FieldDecision
from schemas.reviewed import ReviewedRecord
from schemas.versions import decode
from store import keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.stages import Outcome


async def asked_by(store: ObjectStore, document_id: str, run_id: str) -> AsyncIterator[Envelope[Message]]:
    """Yield what Validation published for a run, as its outcomes keep it."""
    async for key in store.list(f"{keys.document(document_id)}/outcomes/{run_id}/validation"):
        data = await store.fetch(key)
        for message in parse(data, Outcome, key).messages if data is not None else ():
            yield decode(message.topic, message.body.encode())


async def tell_outside(store: ObjectStore, parts: Parts, decision: Decision) -> ReviewedRecord | None:
    """Keep what a decision that was handed in as a file says of what was read, create-once, and return it.

    Whoever edits a file sees every field in doubt and must decide it; what else he changes he was not asked.
    None where there is nothing to tell: nothing was read, no run asked for its review, or it is told.

    Raises:
        MissingObjectError: The record or its pages are not in the store.
    """
    told = keys.reviewed(decision.document_id, decision.decision_id)
    if await store.head(told) is not None:
        return None
    record = await _record(store, decision)
    if record is None:
        return None
    content = await read_content(store, parts, decision.run_id, record)
    if content.doc_type is None:
        return None
    asked = tuple(one.field.name for one in content.record.fields if one.decision is FieldDecision.REVIEW)
    said = Said(
        decision_id=decision.decision_id,
        document_id=decision.document_id,
        run_id=decision.run_id,
        lane=Lane.ROUTED.value,
        record=record,
        asked=asked,
        inclusion=dict.fromkeys(asked, 1.0),
        reviewer=decision.reviewer,
        decided_at=decision.decided_at,
        body=_body(content, decision),
    )
    return await keep(store, content, said)


async def _record(store: ObjectStore, decision: Decision) -> ObjectRef | None:
    """Return the draft that the review is about."""
    async for envelope in asked_by(store, decision.document_id, decision.run_id):
        data = envelope.data
        if isinstance(data, ReviewRequested) and data.review_id == decision.review_id:
            return ObjectRef.model_validate(data.record.model_dump())
    return None


def _body(content: Content, decision: Decision) -> dict[str, Any]:
    """Return the decision in the form in which the queue keeps one."""
    read = {judged.field.name: judged.field for judged in content.record.fields}
    known = [one for one in decision.fields if one.name in read]
    return {
        "kind": decision.kind.value,
        "doc_type": decision.doc_type,
        "fields": [_entry(read[one.name], one) for one in known],
        "decided": [one.model_dump(mode="json") for one in known],
    }


def _entry(field: FieldValue, decided: DecidedField) -> dict[str, Any]:
    before, after = answer_of(field), answer_decided(decided)
    action = "absent" if not after else "accept" if after == before else "correct"
    return {"path": decided.name, "before": before, "after": after, "action": action, "ms": 0}
