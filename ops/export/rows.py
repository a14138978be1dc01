"""Attempts and answers as rows.

No row holds text of a document but what a person said a value is: an attempt's prompts and replies stay in
the object that its row names.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import date, datetime

from catalog.database import Catalog
from catalog.queries import list_documents
from ops.trace.files import DocumentFiles
from schemas.errors import PermanentError
from schemas.layout import Frozen
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState
from store.protocol import ObjectStore
from store.reviewed import reviewed_between
from store.trail import AttemptRecord


class DamagedTrailError(PermanentError):
    """An attempt can't be read; what is half exported must not look whole."""


class AttemptRow(Frozen):
    """One attempt of a stage.

    Attributes:
        key: The object that holds the attempt whole: prompt, reply, tool calls, every verdict.
        seconds: How long it took.
        ended: ``computed`` anew, ``reused`` another run's result, or ``failed``.
        retries: Outside calls that were tried again.
        cost: In US dollars; None where a model's price is unknown.
    """

    document_id: str
    run_id: str
    stage: str
    attempt: int
    started: datetime
    seconds: float
    ended: str
    error: str | None
    retries: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    event_id: str
    event_type: str
    dataschema: str
    topic: str
    partition: int
    offset: int
    code_version: str
    key: str


class AnswerRow(Frozen):
    """What one person said of one field.

    Attributes:
        values: Normal forms; empty where the field is absent.
        rows: A list of rows as JSON, one object a row; None for other fields.
        inclusion: Probability with which the field was asked about at all; weigh by its inverse.
        volunteered: Nobody asked: no estimate may count it.
        field_ms: How long the person had the field before him.
        active_ms: How long the person worked on the whole record.
    """

    document_id: str
    run_id: str
    decision_id: str
    doc_type: str
    family: str
    lane: str
    reviewer: str
    reviewed_at: datetime
    hard: bool
    field: str
    state: str
    values: tuple[str, ...]
    raws: tuple[str, ...]
    rows: str | None
    inclusion: float | None
    volunteered: bool
    field_ms: int | None
    active_ms: int | None


async def attempt_rows(
    store: ObjectStore,
    catalog: Catalog,
    *,
    doc_type: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> AsyncIterator[AttemptRow]:
    """Yield every attempt at the documents that were submitted in a time, by document, as they were made.

    Raises:
        DamagedTrailError: An attempt can't be read; nothing half exported looks whole.
    """
    async for document in list_documents(catalog, doc_type=doc_type, since=since, until=until):
        files = await DocumentFiles.open(store, document.document_id)
        read = await files.each(files.under("trail"), AttemptRecord.model_validate_json)
        if problem := next(iter(files.problems.values()), None):
            raise DamagedTrailError(
                f"{problem.key}: {problem.sentence}; run doctrail verify", reason="damaged_trail"
            )
        for key, attempt in sorted(read.items(), key=lambda one: (one[1].started, one[0])):
            yield _attempt(attempt, key)


def _attempt(attempt: AttemptRecord, key: str) -> AttemptRow:
    told = AttemptRow.model_fields.keys() & AttemptRecord.model_fields.keys()
    return AttemptRow(
        **{name: getattr(attempt, name) for name in told},
        retries=sum(one.number > 1 for one in attempt.tries),
        input_tokens=attempt.tokens[0],
        output_tokens=attempt.tokens[1],
        key=key,
    )


async def answer_rows(
    store: ObjectStore, first: date, last: date, *, doc_type: str | None = None
) -> AsyncIterator[AnswerRow]:
    """Yield what people answered from ``first`` to ``last`` (UTC), a row a field, oldest first.

    Raises:
        DamagedObjectError: What somebody said can't be read.
    """
    for record in await reviewed_between(store, first, last):
        if doc_type in (None, record.doc_type):
            for field in record.fields:
                if field.state is not ReviewedState.NOT_REVIEWED:
                    yield _answer(record, field)


def _answer(record: ReviewedRecord, field: ReviewedField) -> AnswerRow:
    told = AnswerRow.model_fields.keys() & ReviewedRecord.model_fields.keys()
    return AnswerRow(
        **{name: getattr(record, name) for name in told},
        field=field.name,
        state=field.state.value,
        values=field.values,
        raws=field.raws,
        rows=json.dumps([dict(row) for row in field.rows]) if field.rows else None,
        inclusion=field.inclusion,
        volunteered=field.volunteered,
        field_ms=field.ms,
    )
