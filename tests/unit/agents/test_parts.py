"""A long document is asked about in parts: all of it, and what they say is put together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from agents.extraction.chunks import chunks_of, halves
from agents.extraction.merging import Part, merge
from doctypes.definition import DocType, FieldSpec
from inference.endpoints.failures import RefusedRequestError
from inference.protocol import ModelReply, ModelRequest, StopReason, TextBlock
from schemas.errors import PermanentError
from schemas.fields import (
    Cell,
    Evidence,
    EvidenceClass,
    FieldKind,
    FieldState,
    FieldValue,
    Reading,
    Row,
)
from schemas.layout import Box
from tests.unit.agents.large import LARGE, SLIP, answering, extracted, field, unchanged
from tests.unit.agents.layouts import layout
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio


@pytest.fixture
def workshop() -> Workshop:
    return Workshop(named=LARGE)


LONG = "SLIP\nshop: Corner Bakery Ltd\fpage two\ftotal: 9.00\fpage four\fnote: for Ann"


async def test_a_long_document_is_asked_in_parts_and_each_field_knows_its_own(workshop: Workshop) -> None:
    workshop.asking = {"pages": 2, "second": "none"}
    asked = answering(workshop, unchanged)
    await workshop.submit(LONG)

    assert ["pages 1 to 2" in one.system for one in asked] == [True, False, False, False]
    places = {name: (await field(workshop, name))["read_by"]["pages"] for name in ("shop", "total", "note")}
    assert places == {"shop": [1, 2], "total": [2, 3], "note": [4, 5]}
    assert len((await extracted(workshop))["more_replies"]) == 3


async def test_parts_that_differ_leave_a_value_and_an_alternative_and_say_so(workshop: Workshop) -> None:
    workshop.asking = {"pages": 2, "second": "none"}
    answering(workshop, unchanged)
    await workshop.submit("SLIP\nshop: First Ltd\fnothing\ftwo\fshop: Other Ltd")

    found = await field(workshop, "shop")
    assert (found["readings"][0]["raw"], found["alternatives"][0]["raw"]) == ("First Ltd", "Other Ltd")
    assert found["read_by"]["parts_differ"]
    assert "differ" in found["note"]


async def test_a_part_that_a_model_declines_leaves_nothing_for_absent(workshop: Workshop) -> None:
    workshop.asking = {"pages": 2, "second": "none"}

    def decline_the_last(request: ModelRequest, reply: ModelReply) -> ModelReply:
        if "pages 4 to 5" not in request.system:
            return reply
        return reply.model_copy(update={"stop_reason": StopReason.REFUSAL, "content": ()})

    answering(workshop, decline_the_last)
    await workshop.submit(LONG)

    assert (await field(workshop, "note"))["state"] == "missing"
    assert (await field(workshop, "shop"))["read_by"]["parts_differ"]
    assert (await extracted(workshop))["degraded"][0].startswith("pages 4-5: ")


TOO_LONG = RefusedRequestError("x refused the request: Input is too long", reason="model_request_too_long")


async def test_a_part_that_is_too_much_is_asked_about_in_halves_and_nothing_is_left_out(
    workshop: Workshop,
) -> None:
    workshop.asking = {"second": "none"}

    def short_of_memory(request: ModelRequest, reply: ModelReply) -> ModelReply:
        block = request.turns[0].content[0]
        assert isinstance(block, TextBlock)
        if block.text.count("\npage ") > 2:
            raise TOO_LONG
        return reply

    answering(workshop, short_of_memory)
    await workshop.submit(LONG)

    values = {name: (await field(workshop, name))["state"] for name in ("shop", "total", "note")}
    pages = {name: (await field(workshop, name))["read_by"]["pages"] for name in values}
    assert set(values.values()) == {"value"}
    assert pages == {"shop": [1, 2], "total": [2, 3], "note": [4, 5]}


async def test_a_model_that_ran_out_of_room_is_not_asked_the_same_again(workshop: Workshop) -> None:
    workshop.asking = {"second": "none"}

    def full(_: ModelRequest, reply: ModelReply) -> ModelReply:
        return reply.model_copy(update={"stop_reason": StopReason.CONTEXT_EXCEEDED})

    asked = answering(workshop, full)
    with pytest.raises(PermanentError) as caught:
        await workshop.submit(SLIP)

    assert caught.value.reason == "model_context_exceeded"
    assert len(asked) == 1


@pytest.mark.parametrize("count", [1, 2, 3, 7, 40])
@pytest.mark.parametrize("pages", [2, 3, 40])
def test_parts_hold_every_page_and_overlap(count: int, pages: int) -> None:
    chunks = chunks_of(layout(*[(f"page {n}",) for n in range(count)]), pages=pages, tokens=100_000)

    assert {n for chunk in chunks for n in range(chunk.first, chunk.last + 1)} == set(range(1, count + 1))
    assert all(before.last == after.first for before, after in pairwise(chunks))
    assert all(chunk.last - chunk.first < pages for chunk in chunks)
    assert [p.number for chunk in chunks for p in chunk.layout.pages] == [
        n for chunk in chunks for n in range(chunk.first, chunk.last + 1)
    ]


@pytest.mark.parametrize("count", [2, 3, 4, 9])
def test_halves_hold_every_page_and_come_to_an_end(count: int) -> None:
    (whole,) = chunks_of(layout(*[(f"page {n}",) for n in range(count)]), pages=40, tokens=100_000)
    left, ends = [whole], []
    while left:
        chunk = left.pop()
        smaller = halves(chunk)
        left += smaller
        ends += [] if smaller else [chunk]

    assert {chunk.first for chunk in ends} == set(range(1, count + 1))
    assert all(chunk.first == chunk.last for chunk in ends)


def test_a_page_larger_than_a_request_is_a_part_of_its_own() -> None:
    chunks = chunks_of(layout(("a",), ("x" * 90,) * 40, ("b",)), pages=40, tokens=1000)

    assert [chunk.pages for chunk in chunks] == [(1, 1), (2, 2), (3, 3)]


def reading(value: str, line: str, start: int = 0) -> Reading:
    box = Box(x0=0, y0=0, x1=1, y1=1)
    place = Evidence(
        page=int(line.partition(".")[0]), line=line, start=start, end=start + len(value), box=box, quote=value
    )
    return Reading(raw=value, value=value, evidence=(place,), evidence_class=EvidenceClass.VERBATIM)


COLUMN = FieldSpec(name="item", title="Item", description="An item.", kind=FieldKind.TEXT)
LISTS = DocType(
    name="t",
    title="T",
    description="A type.",
    version="1",
    fields=(
        FieldSpec(name="people", title="P", description="People.", kind=FieldKind.PERSON, many=True),
        FieldSpec(name="items", title="I", description="Items.", kind=FieldKind.ROWS, columns=(COLUMN,)),
    ),
)


def part(pages: tuple[int, int], people: Sequence[Reading], items: Sequence[Reading]) -> Part:
    rows = tuple(Row(cells=(Cell(name="item", state=FieldState.VALUE, readings=(one,)),)) for one in items)
    return Part(
        pages,
        (
            FieldValue(
                name="people",
                state=FieldState.VALUE if people else FieldState.ABSENT,
                readings=tuple(people),
            ),
            FieldValue(
                name="items",
                state=FieldState.VALUE if rows else FieldState.ABSENT,
                columns=("item",),
                rows=rows,
            ),
        ),
    )


def test_lists_and_tables_of_parts_are_put_together_and_what_two_saw_stands_once() -> None:
    parts = [
        part((1, 2), [reading("Ann", "1.1")], [reading("bread", "1.2"), reading("milk", "2.1")]),
        part(
            (2, 3),
            [reading("Bob", "3.1"), reading("Ann", "2.3")],
            [reading("milk", "2.1"), reading("milk", "3.2")],
        ),
    ]
    people, items = merge(LISTS, parts)

    assert [one.value for one in people.field.readings] == ["Ann", "Bob"]
    assert [row.cells[0].readings[0].evidence[0].line for row in items.field.rows] == ["1.2", "2.1", "3.2"]
    assert merge(LISTS, parts) == merge(LISTS, parts)


def test_a_table_without_one_of_its_parts_is_no_table() -> None:
    missing = Part(
        (2, 3),
        (
            FieldValue(name="people", state=FieldState.MISSING),
            FieldValue(name="items", state=FieldState.MISSING, columns=("item",)),
        ),
    )
    people, items = merge(LISTS, [part((1, 2), [reading("Ann", "1.1")], [reading("bread", "1.2")]), missing])

    assert {people.field.state, items.field.state} == {FieldState.MISSING}
    assert "pages 2-3" in (items.field.note or "")
