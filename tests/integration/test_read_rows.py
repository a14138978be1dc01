"""An invoice's table read by the shipped local model: rows with evidence, and the rules over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from doctypes.folder import ROOT
from inference.extractor.fields import tables_of
from inference.extractor.file import load_extractor
from inference.extractor.model import extract_tables
from inference.extractor.shaping import shaped
from inference.protocol import ModelReply, ModelRequest, TextBlock
from inference.reading.blocks import read_document
from inference.scripted import tool_reply
from pages.reader import PageReader, ReadLimits
from schemas.fields import EvidenceClass
from schemas.results import Record
from tests.integration.installation import SAMPLES
from tests.integration.invoices import NAME, InvoiceWorkshop, truth

pytestmark = pytest.mark.anyio


@dataclass
class ReadingWorkshop(InvoiceWorkshop):
    """The same, but that the shipped model reads the table itself."""

    def _answer(self, request: ModelRequest) -> ModelReply:
        reply = super()._answer(request)
        said = reply.tool_input("record_fields")
        block = request.turns[0].content[0]
        if said is None or not isinstance(block, TextBlock):
            return reply
        schema = request.tools[0].input_schema
        extractor = load_extractor((ROOT / "invoice" / "model").read_bytes())
        tables = extract_tables(extractor, read_document(block.text), tables_of(schema))
        answer: dict[str, Any] = {**said, **shaped((), schema, tables)}
        return tool_reply("record_fields", answer, model=request.model)


async def test_the_shipped_model_reads_an_invoices_rows_with_evidence_and_they_add_up() -> None:
    async with PageReader(ReadLimits(), workers=1) as reader:
        workshop = ReadingWorkshop(types=("invoice",), reader=reader)  # type: ignore[arg-type]  # a real one
        await workshop.submit((SAMPLES / NAME).read_bytes(), name=NAME)
        (completed,) = [*workshop.events("records.completed"), *workshop.events("reviews.requested")]
        record = Record.model_validate(await workshop.read(completed["record"]))

    (table,) = [one.field for one in record.fields if one.field.name == "lines"]
    said = [{cell.name: cell.value for cell in row.cells if cell.value} for row in table.rows]
    assert said == truth()["lines"]
    readings = [reading for cell in table.cells for reading in cell.readings]
    assert all(reading.evidence for reading in readings)
    assert EvidenceClass.UNGROUNDED not in {reading.evidence_class for reading in readings}
    verdicts = {rule.rule: rule.verdict.value for rule in record.rules}
    assert (verdicts["line_amounts_follow"], verdicts["lines_add_up"]) == ("holds", "holds")
