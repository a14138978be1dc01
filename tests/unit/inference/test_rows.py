"""Lists of rows and a model that reads none: it says so, and learns everything else as before."""

from __future__ import annotations

import asyncio

import jsonschema
import pytest

from doctypes.definition import DocType, FieldSpec
from inference.extractor.fields import sketches_of
from inference.extractor.file import dump_extractor
from inference.extractor.training import train
from inference.labelled.documents import LabelledDocument
from inference.local import UNTRAINED, LocalModel
from inference.protocol import ModelRequest, TextBlock, Tool, Turn
from inference.reading.blocks import from_plain
from inference.train.card import Making, extractor_card
from schemas.fields import FieldKind

AMOUNT = FieldSpec(name="amount", title="Amount", description="How much.", kind=FieldKind.MONEY)
LINES = FieldSpec(
    name="lines", title="Lines", description="What is billed.", kind=FieldKind.ROWS, columns=(AMOUNT,)
)
TOTAL = FieldSpec(name="total", title="Total", description="The sum.", kind=FieldKind.MONEY)


def bill(*fields: FieldSpec) -> DocType:
    return DocType(name="bill", title="Bill", description="", version="1", fields=fields)


async def nothing(_digest: str) -> bytes:
    raise AssertionError("no variant is asked for")


def asked(doc_type: DocType) -> dict[str, object]:
    """Return what the untrained local model records of a page with a table."""
    tool = Tool(name="record_fields", description="Record.", input_schema=doc_type.tool_schema())
    turn = Turn(role="user", content=(TextBlock(text="Screws  4.10\nBolts  5.00\nTotal  9.10"),))
    request = ModelRequest(model=UNTRAINED, system="", turns=(turn,), tools=(tool,), tool_choice=tool.name)
    answer = asyncio.run(LocalModel(nothing).complete(request)).tool_input("record_fields")
    jsonschema.validate(answer, tool.input_schema)
    assert answer is not None
    return answer


@pytest.mark.parametrize("fields", [(TOTAL, LINES), (LINES, TOTAL), (LINES,)])
def test_the_local_model_says_that_it_read_no_rows_and_answers_the_rest(
    fields: tuple[FieldSpec, ...],
) -> None:
    answer = asked(bill(*fields))

    assert list(answer) == [field.name for field in fields]
    assert answer["lines"] == {"rows": None}


def test_a_table_is_no_plain_field_to_look_for() -> None:
    assert [sketch.name for sketch in sketches_of(bill(TOTAL, LINES).tool_schema())] == ["total"]


def test_training_leaves_tables_out_certifies_nothing_about_them_and_says_so() -> None:
    documents = [
        LabelledDocument(
            f"{n}",
            from_plain(f"Bill {n}\nScrews  {n}.10\nTotal  {n}.50"),
            {"total": (f"{n}.50",), "lines": ()},
        )
        for n in range(20, 32)
    ]

    trained, plain = train(documents, bill(TOTAL, LINES)), train(documents, bill(TOTAL))

    assert trained.tables == ("lines",)
    assert [certificate.field for certificate in trained.certificates] == ["total"]
    assert dump_extractor(trained.extractor, schema_digest="s", training={}) == dump_extractor(
        plain.extractor, schema_digest="s", training={}
    )
    making = Making(sources=(), seed=0, digest="d", size=1)
    assert "Lists of rows (`lines`) are not read by this model" in extractor_card("Bill", trained, making)
    assert "Lists of rows" not in extractor_card("Bill", plain, making)
