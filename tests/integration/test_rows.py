"""An invoice from its PDF to two tables: the shipped type and reader, and a model that is scripted."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.actions.records import write_records_csv, write_records_jsonl
from catalog.connect import connect
from catalog.database import Catalog
from catalog.projector import Projector
from ops.records import record_rows
from ops.show import load_shown, show_text
from ops.trace import load_trace
from ops.trace.views.html import trace_html
from pages.reader import PageReader, ReadLimits
from schemas.records import RecordStatus
from schemas.results import Record
from tests.integration.installation import SAMPLES
from tests.integration.invoices import NAME, InvoiceWorkshop, truth

pytestmark = pytest.mark.anyio


@dataclass
class Done:
    """The sample after it ran through."""

    workshop: InvoiceWorkshop
    catalog: Catalog
    document_id: str

    async def record(self) -> Record:
        """Return the record that was published."""
        (completed,) = self.workshop.events("records.completed")
        return Record.model_validate(await self.workshop.read(completed["record"]))


@pytest.fixture
async def done(tmp_path: Path) -> AsyncIterator[Done]:
    async with (
        PageReader(ReadLimits(), workers=1) as reader,
        connect(f"sqlite:///{tmp_path}/catalog.db") as catalog,
    ):
        workshop = InvoiceWorkshop(types=("invoice",), reader=reader)  # type: ignore[arg-type]  # a real one
        workshop.handlers = (*workshop.handlers, Projector(catalog, workshop.store))
        document_id = await workshop.submit((SAMPLES / NAME).read_bytes(), name=NAME)
        yield Done(workshop, catalog, document_id)


async def test_an_invoices_table_is_accepted_and_exported_as_a_second_table(
    done: Done, tmp_path: Path
) -> None:
    record = await done.record()
    assert record.status is RecordStatus.ACCEPTED, record.reasons
    verdicts = {rule.rule: rule.verdict.value for rule in record.rules}
    assert (verdicts["line_amounts_follow"], verdicts["lines_add_up"]) == ("holds", "holds")

    written = await write_records_csv(record_rows(done.workshop.store, done.catalog), tmp_path / "out.csv")

    assert written.records == 1
    assert written.tables == ((tmp_path / "out.lines.csv", len(truth()["lines"])),)
    (head,) = _read(tmp_path / "out.csv")
    assert head["grand_total"] == truth()["grand_total"]
    assert "lines" not in head
    rows = _read(tmp_path / "out.lines.csv")
    keys = [(row["record_id"], row["revision"], row["row"]) for row in rows]
    assert keys == [(done.document_id, "1", str(number)) for number in range(1, len(rows) + 1)]
    own = ("record_id", "revision", "row")
    assert [{k: v for k, v in row.items() if v and k not in own} for row in rows] == truth()["lines"]


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


async def test_json_lines_nest_the_table(done: Done, tmp_path: Path) -> None:
    await write_records_jsonl(record_rows(done.workshop.store, done.catalog), tmp_path / "out.jsonl")

    (line,) = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    nested = [{k: v for k, v in row.items() if v is not None} for row in line["fields"]["lines"]]
    assert nested == truth()["lines"]


async def test_show_and_trace_tell_the_table_with_its_places(done: Done) -> None:
    store = done.workshop.store

    shown = show_text(await load_shown(store, done.document_id))
    html = await trace_html(await load_trace(store, done.document_id))

    description = truth()["lines"][0]["description"]
    (line,) = [line for line in shown.splitlines() if description in line and "1  " in line]
    assert "page 1, " in line
    assert f">{description}</bdi></a></td>" in html
    cells = [box for box in html.split('<a class="box ')[1:] if ' cell"' in box]
    printed = sum(len(row) for row in truth()["lines"])
    assert len(cells) >= printed
