"""One look at live traffic: what the shadow reads of it, and what of that people are asked."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from doctypes.definition import DocType, FieldSpec
from evals.running import Runner
from evals.scoring.answers import Answer, AnsweredField, answered_field
from evals.scoring.compare import judge
from evals.scoring.table import NOT_ANSWERED
from evals.sets.form import TruthValue
from evals.shadow.keeping import (
    ALIKE,
    OTHERWISE,
    Note,
    Shadow,
    disputed,
    keep_note,
    read_so_far,
)
from evals.variants import Variant, learned_from
from review.pipeline.worth import worth_of_fields
from review.queue.lanes import Lane
from review.queue.queue import ReviewQueue
from review.queue.tasks import Task, TaskState
from schemas.canonical import derive_id
from schemas.errors import MissingObjectError
from schemas.message import new_traceparent
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind, Record
from store.artifacts import get_artifact
from store.protocol import ObjectStore
from store.releases import MissingPartError, RunManifest, load_run
from store.revisions import Revision, standing


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at live traffic found.

    Attributes:
        read: Documents that the shadow read now.
        otherwise: Of those, documents of which it reads a field otherwise.
        asked: Of those, documents that people are asked about.
    """

    read: int
    otherwise: int
    asked: int


@dataclass(frozen=True, slots=True)
class _Live:
    """A document of live traffic that the shadow is to read.

    Attributes:
        doc_type: As the live variant declares it.
    """

    document_id: str
    revision: Revision
    record: Record
    manifest: RunManifest


async def look_at(
    documents: Iterable[str],
    shadow: Shadow,
    variant: Variant,
    runner: Runner,
    queue: ReviewQueue,
    now: datetime,
) -> Look:
    """Let the shadow read live documents that it has not read, and ask people where it reads otherwise.

    The record is never touched: the shadow works in a layer that nothing outlives, and what people answer is
    heard by the comparison alone. Documents are taken in the order of their ids, so that whom the day's
    budget leaves out says nothing about who is right.

    Args:
        documents: Documents that came in since the shadow began.
        shadow: What runs beside what.
        variant: The one in the shadow.
        runner: Lets it read.
        queue: Where people are asked.
        now: The time.

    Raises:
        MissingObjectError: A part that the variant is pinned to is gone; nothing reads in its place.
        TransientError: A model, the store or the queue does not answer.
    """
    store = runner.store
    known = {*await read_so_far(store, shadow, ALIKE), *await read_so_far(store, shadow, OTHERWISE)}
    known |= await learned_from(store, variant)
    todo = sorted(key for key in set(documents) - known if ticket(shadow, key) < shadow.share)
    today = [
        note for note in await disputed(store, shadow) if note.asked and now - note.at < timedelta(days=1)
    ]
    left, found = shadow.budget - len(today), Look(0, 0, 0)
    for live, answer in await _read(todo, shadow, variant, runner):
        fields = differing(variant.doc_type, live.record, answer)
        ask = bool(fields) and left > 0
        if ask:
            left -= 1
            await queue.enrol([_task(live, fields, shadow, variant.doc_type, queue, now)])
        await keep_note(
            store,
            shadow,
            Note(
                document_id=live.document_id,
                run_id=live.revision.run_id,
                fields=fields,
                asked=ask,
                answer=runner.place(live.document_id, live.revision.record, variant),
                at=now,
            ),
        )
        found = Look(found.read + 1, found.otherwise + bool(fields), found.asked + ask)
    return found


def ticket(shadow: Shadow, document_id: str) -> float:
    """Return a number in [0, 1) that follows from shadow and document, evenly spread over documents."""
    drawn = hashlib.sha256(f"shadow:{shadow.variant}:{document_id}".encode()).digest()
    return int.from_bytes(drawn[:6], "big") / (1 << 48)


async def _read(
    todo: Sequence[str], shadow: Shadow, variant: Variant, runner: Runner
) -> list[tuple[_Live, Answer]]:
    """Return what the shadow answers about each document that the live variant read, in their order."""
    turns = asyncio.Semaphore(runner.at_once)

    async def one(document_id: str) -> tuple[_Live, Answer] | None:
        async with turns:
            live = await _live(runner.store, shadow, document_id)
            if live is None:
                return None
            try:
                return live, await runner.ask(document_id, live.revision.record, variant)
            except MissingObjectError as error:
                if error.uri.startswith(f"documents/{document_id}/"):
                    # Erased meanwhile.
                    return None
                raise

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(document_id)) for document_id in todo]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from failed
    return [found for task in tasks if (found := task.result()) is not None]


async def _live(store: ObjectStore, shadow: Shadow, document_id: str) -> _Live | None:
    """Return a document as the live variant left it; None where another one read it, or none did."""
    revision = await standing(store, document_id)
    if revision is None:
        return None
    try:
        record: Record = await get_artifact(store, revision.record, ArtifactKind.RECORD)
        manifest = await load_run(store, revision.run_id)
    except (MissingObjectError, MissingPartError):
        return None
    bundle = manifest.release.bundles.get(shadow.doc_type)
    mine = record.doc_type == shadow.doc_type and bundle is not None and bundle.digest == shadow.against
    return _Live(document_id, revision, record, manifest) if mine and record.fields else None


def differing(doc_type: DocType, record: Record, answer: Answer) -> tuple[str, ...]:
    """Return the names of fields that an answer has otherwise than what the live variant read."""
    told = {field.name: field for field in answer.fields}
    out = []
    for judged in record.fields:
        spec = next((one for one in doc_type.fields if one.name == judged.field.name), None)
        if spec is not None:
            one, other = answered_field(judged), told.get(spec.name, NOT_ANSWERED)
            if not judge(spec, _as_truth(spec, one), other.values, other.rows).right:
                out.append(spec.name)
    return tuple(out)


def _as_truth(spec: FieldSpec, field: AnsweredField) -> TruthValue:
    if spec.columns:
        return [dict(row) for row in field.rows] or None
    if not field.values:
        return None
    return list(field.values) if spec.many else field.values[0]


def _task(
    live: _Live, fields: tuple[str, ...], shadow: Shadow, doc_type: DocType, queue: ReviewQueue, now: datetime
) -> Task:
    """Return the question to a person: what do these fields say, whatever anybody read."""
    policy, run_id = queue.policy, live.revision.run_id
    subject = (Lane.SHADOW.value, live.document_id, run_id, shadow.variant)
    review_id = derive_id("review", *subject)
    worth = worth_of_fields(live.record, doc_type, fields)
    return Task(
        task_id=derive_id("review task", *subject),
        lane=Lane.SHADOW,
        queue=shadow.doc_type,
        state=TaskState.OPEN,
        version=1,
        document_id=live.document_id,
        run_id=run_id,
        run_number=live.manifest.number,
        review_id=review_id,
        record=ObjectRef.model_validate(live.revision.record.model_dump()),
        standing=None,
        cause_id=review_id,
        traceparent=new_traceparent(review_id),
        asked=fields,
        inclusion=dict.fromkeys(fields, 1.0),
        worth=worth.a_minute,
        worth_said=worth.said,
        rank=worth.rank(now, policy.orders.get(shadow.doc_type, "value")),
        requested_at=now,
        due_at=now + policy.due_after(Lane.SHADOW, shadow.doc_type),
    )
