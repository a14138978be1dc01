"""The trail and what people answered, as rows for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
from pyarrow import parquet

from catalog.database import Catalog
from ops.export import Form
from ops.export.rows import AnswerRow, AttemptRow, DamagedTrailError, answer_rows, attempt_rows
from ops.export.writing import write_rows
from schemas.layout import Frozen
from schemas.objects import ObjectRef
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState
from store.memory import MemoryStore
from store.reviewed import keep_reviewed
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio

SAID_AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
RECORD = ReviewedRecord(
    document_id="d" * 64,
    run_id="r" * 64,
    decision_id="c" * 64,
    doc_type="slip",
    schema_digest="5" * 64,
    family="f" * 64,
    layout=ObjectRef(uri="documents/x", sha256="0" * 64, size=1, media_type="application/json"),
    lane="audit",
    reviewer="ann",
    reviewed_at=SAID_AT,
    fields=(
        ReviewedField(
            name="shop",
            state=ReviewedState.CORRECTED,
            values=("=cmd()",),
            raws=("=cmd()",),
            inclusion=0.25,
        ),
        ReviewedField(name="note", state=ReviewedState.ABSENT, inclusion=0.25, ms=900),
        ReviewedField(name="lines", state=ReviewedState.CONFIRMED, rows=({"item": "Rye"},), inclusion=0.25),
        ReviewedField(name="total", state=ReviewedState.NOT_REVIEWED),
    ),
)


async def written(kind: type[Frozen], rows: AsyncIterator[Frozen], form: Form) -> tuple[int, io.BytesIO]:
    held = io.BytesIO()
    text = io.TextIOWrapper(held, encoding="utf-8", newline="", write_through=True)
    count = await write_rows(kind, rows, text, form)
    text.flush()
    text.detach()
    held.seek(0)
    return count, held


async def answers() -> MemoryStore:
    store = MemoryStore()
    await keep_reviewed(store, RECORD)
    return store


async def test_every_attempt_is_a_row_that_names_the_object_it_tells_of(
    workshop: Workshop, catalog: Catalog
) -> None:
    first = await workshop.submit(SURE)
    await workshop.submit(DOUBTFUL)

    rows = [row async for row in attempt_rows(workshop.store, catalog)]

    assert [row.stage for row in rows if row.document_id == first] == [
        "intake",
        "gatekeeper",
        "extraction",
        "validation",
    ]
    assert all([await workshop.store.fetch(row.key) for row in rows])
    assert sum(row.input_tokens for row in rows) > 0


async def test_documents_are_chosen_by_type_and_day(workshop: Workshop, catalog: Catalog) -> None:
    await workshop.submit(SURE)
    some = [row async for row in attempt_rows(workshop.store, catalog)]
    day = some[0].started

    assert not [row async for row in attempt_rows(workshop.store, catalog, doc_type="lease")]
    assert not [row async for row in attempt_rows(workshop.store, catalog, since=day.replace(year=2100))]
    assert not [row async for row in attempt_rows(workshop.store, catalog, until=day.replace(year=2000))]


async def test_an_attempt_that_cannot_be_read_ends_the_export_by_name(
    workshop: Workshop, catalog: Catalog
) -> None:
    await workshop.submit(SURE)
    (key, *_) = [row.key async for row in attempt_rows(workshop.store, catalog)]
    await workshop.store.replace(key, b"{half")

    with pytest.raises(DamagedTrailError, match=key):
        [row async for row in attempt_rows(workshop.store, catalog)]


async def test_a_field_that_nobody_looked_at_is_no_row() -> None:
    store = await answers()

    rows = [row async for row in answer_rows(store, date.min, date.max)]

    assert [(row.field, row.state) for row in rows] == [
        ("shop", "corrected"),
        ("note", "absent"),
        ("lines", "confirmed"),
    ]
    assert not [row async for row in answer_rows(store, date.min, date(2026, 11, 19))]
    assert not [row async for row in answer_rows(store, date.min, date.max, doc_type="lease")]


async def test_parquet_json_lines_and_csv_say_the_same() -> None:
    store = await answers()

    def rows() -> AsyncIterator[AnswerRow]:
        return answer_rows(store, date.min, date.max)

    count, lines = await written(AnswerRow, rows(), Form.JSONL)
    _, table = await written(AnswerRow, rows(), Form.PARQUET)
    _, sheet = await written(AnswerRow, rows(), Form.CSV)

    listed = [json.loads(line) for line in lines]
    read = parquet.read_table(table).to_pylist()
    cells = list(csv.DictReader(io.TextIOWrapper(sheet, encoding="utf-8", newline="")))
    assert (count, len(listed), len(read), len(cells)) == (3, 3, 3, 3)
    assert [row["values"] for row in listed] == [row["values"] for row in read] == [["=cmd()"], [], []]
    assert cells[0]["values"] == "'=cmd()"
    assert read[0]["reviewed_at"] == SAID_AT
    assert json.loads(read[2]["rows"]) == [{"item": "Rye"}]
    assert (read[1]["field_ms"], cells[0]["field_ms"]) == (900, "")


@pytest.mark.parametrize("kind", [AttemptRow, AnswerRow])
async def test_without_rows_the_columns_are_there_all_the_same(kind: type[Frozen]) -> None:
    async def none() -> AsyncIterator[Frozen]:
        nothing: tuple[Frozen, ...] = ()
        for row in nothing:
            yield row

    _, table = await written(kind, none(), Form.PARQUET)
    _, sheet = await written(kind, none(), Form.CSV)

    assert parquet.read_table(table).column_names == list(kind.model_fields)
    assert sheet.read().decode().strip().split(",") == list(kind.model_fields)
