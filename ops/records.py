"""The records as rows: one per document with a standing revision, its fields by name."""

from __future__ import annotations

import asyncio
import csv
import json
import tempfile
from collections.abc import AsyncIterator
from datetime import datetime
from typing import IO

from agents.bundles import PinnedParts
from catalog.database import Catalog
from catalog.queries import DocumentRow, list_documents
from ops.words.spreadsheet import cell
from schemas.errors import InvariantError
from schemas.fields import FieldValue
from schemas.layout import Frozen
from schemas.records import RecordStatus
from schemas.results import ArtifactKind, Record
from store.artifacts import get_artifact
from store.protocol import ObjectStore
from store.releases import load_run

AHEAD = 32
"""Records read at the same time."""

BETWEEN = "; "
"""Stands between the values of a list in one CSV cell."""

_HEAD = ("document_id", "file_name", "doc_type", "status", "revision")


class RecordRow(Frozen):
    """One record as it stands.

    Attributes:
        document_id: Also the record's id.
        file_name: As the file was called when it was first submitted.
        fields: Normal form by field name: a list of values for a list field, None where there is none.
        absent: Fields of which it was decided that the document does not have them.
    """

    document_id: str
    file_name: str | None
    doc_type: str
    status: RecordStatus
    revision: int
    run_id: str
    submitted_at: datetime
    changed_at: datetime
    fields: dict[str, str | list[str] | None]
    absent: tuple[str, ...] = ()


async def record_rows(
    store: ObjectStore, catalog: Catalog, *, doc_type: str | None = None, ahead: int = AHEAD
) -> AsyncIterator[RecordRow]:
    """Yield the standing records in the order their documents were submitted, ``ahead`` read at a time.

    Raises:
        PipelineError: A record can't be read; ``doctrail verify`` says more.
    """
    parts = PinnedParts()
    waiting: list[DocumentRow] = []
    async for row in list_documents(catalog, doc_type=doc_type, with_record=True):
        waiting.append(row)
        if len(waiting) == ahead:
            for read in await _read(store, parts, waiting):
                yield read
            waiting = []
    for read in await _read(store, parts, waiting):
        yield read


async def _read(store: ObjectStore, parts: PinnedParts, rows: list[DocumentRow]) -> list[RecordRow]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_row(store, parts, row)) for row in rows]
    return [task.result() for task in tasks]


async def _row(store: ObjectStore, parts: PinnedParts, row: DocumentRow) -> RecordRow:
    if row.record is None or row.revision is None or row.record_status is None:
        raise InvariantError(f"document {row.document_id} is listed with a record that it does not have")
    record: Record = await get_artifact(store, row.record, ArtifactKind.RECORD)
    lists = await _list_fields(store, parts, row.run_id, record) if record.fields else frozenset()
    return RecordRow(
        document_id=row.document_id,
        file_name=row.name,
        doc_type=record.doc_type,
        status=RecordStatus(row.record_status),
        revision=row.revision,
        run_id=row.run_id,
        submitted_at=row.submitted_at,
        changed_at=row.changed_at,
        fields={e.field.name: values_of(e.field, many=e.field.name in lists) for e in record.fields},
        absent=tuple(e.field.name for e in record.fields if e.field.state.value == "absent"),
    )


async def _list_fields(store: ObjectStore, parts: PinnedParts, run_id: str, record: Record) -> frozenset[str]:
    """Return the fields that hold any number of values, as the document's newest run declares them."""
    bundle = (await load_run(store, run_id)).release.bundles.get(record.doc_type)
    if bundle is None:
        return frozenset()
    return frozenset(spec.name for spec in (await parts.schema(store, bundle)).fields if spec.many)


def values_of(field: FieldValue, *, many: bool) -> str | list[str] | None:
    """Return a field's value, or the list of them: a list field is a list whatever it holds."""
    values = [reading.raw if reading.value is None else reading.value for reading in field.readings]
    if many or len(values) > 1:
        return values
    return values[0] if values else None


async def write_jsonl(rows: AsyncIterator[RecordRow], out: IO[str]) -> int:
    """Write one JSON object per line, values exactly as they are; returns how many."""
    count = 0
    async for row in rows:
        # ASCII only: a value can't command a terminal, and every reader decodes it.
        out.write(json.dumps(row.model_dump(mode="json"), ensure_ascii=True) + "\n")
        count += 1
    return count


async def write_csv(rows: AsyncIterator[RecordRow], out: IO[str]) -> int:
    """Write a table with one column per field of any record in it; returns how many rows.

    Rows are kept aside in a temporary file until the columns are known, so that memory stays flat.
    """
    names: dict[str, None] = {}
    count = 0
    with tempfile.TemporaryFile("w+", encoding="utf-8") as aside:
        async for row in rows:
            names |= dict.fromkeys(row.fields)
            aside.write(row.model_dump_json() + "\n")
            count += 1
        aside.seek(0)
        writer = csv.writer(out)
        writer.writerow([*_HEAD, *(_column(name) for name in names)])
        for line in aside:
            writer.writerow(_cells(RecordRow.model_validate_json(line), list(names)))
    return count


def _column(field: str) -> str:
    return f"field_{field}" if field in _HEAD else field


def _cells(row: RecordRow, names: list[str]) -> list[str]:
    head = [row.document_id, cell(row.file_name or ""), row.doc_type, row.status.value, str(row.revision)]
    return head + [cell(in_one(row.fields.get(name))) for name in names]


def in_one(value: str | list[str] | None) -> str:
    """Return a field's values as one text."""
    return BETWEEN.join(value) if isinstance(value, list) else value or ""
