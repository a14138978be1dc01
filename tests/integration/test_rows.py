"""An invoice from its PDF to two tables: the shipped type and reader, and a model that is scripted."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.actions.records import write_records_csv, write_records_jsonl
from catalog.connect import connect
from catalog.database import Catalog
from catalog.projector import Projector
from inference.protocol import ModelReply, ModelRequest, TextBlock
from inference.scripted import tool_reply
from ops.records import record_rows
from ops.show import load_shown, show_text
from ops.trace import load_trace
from ops.trace.views.html import trace_html
from pages.reader import PageReader, ReadLimits
from schemas.canonical import canonical_json
from schemas.certificates import Certificates
from schemas.layout_block import parse_block
from schemas.records import RecordStatus
from schemas.results import Record
from store.bundles import publish_bundle, publish_model
from store.releases import Release, publish_release
from tests.integration.installation import SAMPLES
from tests.unit.agents.bills import certificate
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio

NAME = "invoice-supplies.pdf"
Lines = list[tuple[str, str]]


def truth() -> dict[str, Any]:
    """Return what the sample's label says."""
    lines = (SAMPLES.parent / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    (label,) = [one for one in map(json.loads, lines) if one["file"].endswith(NAME)]
    fields: dict[str, Any] = label["fields"]
    return fields


@dataclass
class InvoiceWorkshop(Workshop):
    """The shipped invoice type, PDFs read for real, and a model that knows the sample's label."""

    known: dict[str, Any] = field(default_factory=truth)

    async def digest(self, now: object) -> str:
        """Publish the shipped type, everything certified."""
        from doctypes.folder import ROOT, load_folder

        folder = load_folder(ROOT / "invoice")
        names = ("doc_type", *(spec.name for spec in folder.doc_type.fields))
        certificates = canonical_json(Certificates(variant="v", certificates=tuple(map(certificate, names))))
        parts = folder.parts | {"thresholds.json": certificates}
        release = Release(
            bundles={"invoice": await publish_bundle(self.store, "invoice", parts)},
            classifier=await publish_model(self.store, b"classifier"),
            classifier_thresholds=await publish_model(self.store, certificates),
        )
        return (await publish_release(self.store, release))[0]

    def _answer(self, request: ModelRequest) -> ModelReply:
        block = request.turns[0].content[0]
        assert isinstance(block, TextBlock)
        lines = [(line.id, line.text) for page in parse_block(block.text).pages for line in page.lines]
        if request.tool_choice == "classify_document":
            answer: dict[str, Any] = {"doc_type": "invoice", "confidence": 0.95, "novelty": 0.1}
        else:
            schema = request.tools[0].input_schema["properties"]
            answer = {name: self._said(name, body, lines) for name, body in schema.items()}
        return tool_reply(request.tool_choice or "", answer, model=request.model)

    def _said(self, name: str, body: dict[str, Any], lines: Lines) -> dict[str, Any]:
        if body["x-kind"] == "rows":
            return {"rows": _rows(self.known[name], body, lines), "confidence": 0.95}
        value = self.known.get(name)
        quoted = [_quoted(value, lines)] if isinstance(value, str) else []
        return {"readings": quoted, "confidence": 0.95}


def _rows(rows: list[dict[str, str]], body: dict[str, Any], lines: Lines) -> list[dict[str, Any]]:
    """Return the label's rows as a model records them: each begins at the line of its description."""
    columns = body["properties"]["rows"]["items"]["properties"]
    found, start = [], 0
    for row in rows:
        start = next(n for n in range(start, len(lines)) if lines[n][1] == row["description"])
        near = lines[start : start + 5]
        found.append({name: _quoted(row[name], near) if name in row else None for name in columns})
        start += 1
    return found


def _quoted(value: str, lines: Lines) -> dict[str, Any]:
    """Return a reading whose quote has the value as its normal form, in whichever kind it has."""
    from doctypes.normalise import normalise
    from schemas.fields import FieldKind

    for kind in (FieldKind.TEXT, FieldKind.MONEY, FieldKind.PERCENTAGE, FieldKind.DATE, FieldKind.IDENTIFIER):
        for line, text in lines:
            for quote in (text, *text.split(" "), text.rpartition(": ")[2]):
                if quote and normalise(kind, quote, day_first=True).value == value:
                    return {"value": value, "quote": quote, "lines": [line]}
    return {"value": value, "quote": value, "lines": []}


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
