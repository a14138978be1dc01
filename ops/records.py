"""The records as rows: one per document with a standing revision, its fields by name."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import IO

from agents.bundles import PinnedParts
from catalog.database import Catalog
from catalog.queries import DocumentRow, SubmissionRow, list_documents, submissions_of
from doctypes.definition import FieldSpec
from ops.deliverables import files_of, write_out
from ops.naming import name_of
from ops.record_row import RecordRow, Rows
from ops.tables import Table, Value
from ops.words import several
from ops.words.spreadsheet import cell
from schemas.errors import InvariantError
from schemas.fields import Cell, FieldState, FieldValue
from schemas.records import RecordStatus
from schemas.results import ArtifactKind, Record
from store.artifacts import get_artifact
from store.protocol import ObjectStore
from store.releases import load_run

AHEAD = 32
"""Records read at the same time."""

BETWEEN = "; "
"""Stands between the values of a list in one CSV cell."""


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
            for read in await _read(store, catalog, parts, waiting):
                yield read
            waiting = []
    for read in await _read(store, catalog, parts, waiting):
        yield read


async def with_files(
    store: ObjectStore, rows: AsyncIterator[RecordRow], folder: Path
) -> AsyncIterator[RecordRow]:
    """Yield the records, each once its files lie in a folder of its own: ``<folder>/<document id>/``.

    Raises:
        DigestMismatchError: What the store holds is not what the record refers to.
        PermanentError: The folder can't be written.
    """
    async for row in rows:
        await write_out(store, row.files, folder / row.document_id)
        yield row


async def _read(
    store: ObjectStore, catalog: Catalog, parts: PinnedParts, rows: list[DocumentRow]
) -> list[RecordRow]:
    came = await submissions_of(catalog, [row.document_id for row in rows])
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_row(store, parts, row, came[row.document_id])) for row in rows]
    return [task.result() for task in tasks]


async def _row(
    store: ObjectStore, parts: PinnedParts, row: DocumentRow, came: Sequence[SubmissionRow]
) -> RecordRow:
    if row.record is None or row.revision is None or row.record_status is None:
        raise InvariantError(f"document {row.document_id} is listed with a record that it does not have")
    record: Record = await get_artifact(store, row.record, ArtifactKind.RECORD)
    declared = await _declared(store, parts, row.run_id, record) if record.fields else ()
    lists = {spec.name for spec in declared if spec.many}
    return RecordRow(
        document_id=row.document_id,
        file_name=await name_of(store, row.name, row.document_id),
        file_names=tuple(dict.fromkeys(one.name for one in came if one.name)),
        submissions=max(len(came), 1),
        parent_id=row.parent_id,
        doc_type=record.doc_type,
        status=RecordStatus(row.record_status),
        revision=row.revision,
        run_id=row.run_id,
        submitted_at=row.submitted_at,
        changed_at=row.changed_at,
        fields={e.field.name: values_of(e.field, many=e.field.name in lists) for e in record.fields},
        absent=tuple(e.field.name for e in record.fields if e.field.state.value == "absent"),
        columns={e.field.name: e.field.columns for e in record.fields if e.field.columns},
        declared=declared,
        files=tuple(files_of(record)),
    )


async def _declared(
    store: ObjectStore, parts: PinnedParts, run_id: str, record: Record
) -> tuple[FieldSpec, ...]:
    bundle = (await load_run(store, run_id)).release.bundles.get(record.doc_type)
    return (await parts.schema(store, bundle)).fields if bundle is not None else ()


def values_of(field: FieldValue, *, many: bool) -> str | list[str] | Rows | None:
    """Return a field's value, the list of them, or its rows: a list field is a list whatever it holds.

    A rows field that nobody read is None, one that the document does not have an empty list.
    """
    if field.columns:
        decided = field.state in (FieldState.VALUE, FieldState.ABSENT)
        return [{cell.name: _value(cell) for cell in row.cells} for row in field.rows] if decided else None
    values = [reading.raw if reading.value is None else reading.value for reading in field.readings]
    if many or len(values) > 1:
        return values
    return values[0] if values else None


def _value(cell: Cell) -> str | None:
    return next((r.raw if r.value is None else r.value for r in cell.readings), None)


async def write_jsonl(rows: AsyncIterator[RecordRow], out: IO[str]) -> int:
    """Write one JSON object per line, values exactly as they are; returns how many."""
    count = 0
    async for row in rows:
        # ASCII only: a value can't command a terminal, and every reader decodes it.
        out.write(json.dumps(row.model_dump(mode="json"), ensure_ascii=True) + "\n")
        count += 1
    return count


def write_csv(table: Table, out: IO[str]) -> int:
    """Write a table for spreadsheets, nothing in it executable; returns how many rows."""
    writer = csv.writer(out)
    writer.writerow(column.name for column in table.columns)
    count = 0
    for row in table.rows():
        writer.writerow(cell(in_one(value)) for value in row)
        count += 1
    return count


def in_one(value: Value | Rows) -> str:
    """Return a field's values as one text; a list of rows by their number."""
    if not isinstance(value, list):
        return value or ""
    texts = [one for one in value if isinstance(one, str)]
    return BETWEEN.join(texts) if len(texts) == len(value) else several(len(value), "row")
