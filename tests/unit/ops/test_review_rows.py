"""A table on the reviewer's sheet: rows corrected, added, removed and put in order, or refused by name."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bus.sqlite import SqliteBus
from ops.reviews.decide import Review, hand_in, load_review
from ops.reviews.file import read_decision
from ops.reviews.sheet import sheet
from review.sheet.values import DecisionFileError
from schemas.decided import DecidedCell, DecidedField, Decision
from schemas.handling import Outgoing
from schemas.records import ReviewDecided
from tests.unit.agents.bills import SURE, TORN, UNREAD, BillWorkshop

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def bills() -> BillWorkshop:
    return BillWorkshop()


async def asked(bills: BillWorkshop, text: str) -> Review:
    """Submit ``text`` and return the review it leads to."""
    document_id = await bills.submit(text)
    request = bills.events("reviews.requested")[-1]
    return await load_review(bills.store, document_id, request["run_id"], request["review_id"])


def decided(review: Review, content: object) -> Decision:
    return read_decision(json.dumps(content).encode(), review, reviewer="ann", now=NOW)


def rows_of(decision: Decision) -> list[tuple[int | None, list[str | None]]]:
    (field,) = decision.fields
    return [(row.origin, [cell.value for cell in row.cells]) for row in field.rows]


def row(number: int | None, item: str | None, quantity: str | None, amount: str | None) -> dict[str, Any]:
    return {"row": number, "item": item, "quantity": quantity, "amount": amount}


BREAD, BAG = row(1, "Rye bread", "2", "8.00"), row(2, "Bag", "1", "1.00")


async def test_the_sheet_shows_rows_to_edit_with_doubts_and_places(bills: BillWorkshop) -> None:
    review = await asked(bills, TORN)

    entry = sheet(review, name=None)["fields"]["lines"]

    assert entry["rows"] == [BREAD, row(2, "Bag", "?", "1.00")]
    assert entry["columns"] == ["item", "quantity", "amount"]
    assert entry["doubts"] == [
        {
            "row": 2,
            "column": "quantity",
            "reason": "nothing was decided about this cell",
            "raw": [],
            "alternatives": [],
        }
    ]
    assert entry["places"][1] == {"row": 2, "page": 1, "box": [0.02, 0.1, 0.19, 0.12]}


async def test_rows_are_corrected_added_removed_and_put_in_order(bills: BillWorkshop, bus: SqliteBus) -> None:
    review = await asked(bills, TORN)
    filled = sheet(review, name=None)
    filled["fields"]["lines"]["rows"] = [row(None, "Rolls", None, "7.50"), BAG | {"amount": "1,50"}]

    decision = decided(review, filled)

    assert rows_of(decision) == [(None, ["Rolls", None, "7.50"]), (2, ["Bag", "1", "1.50"])]
    assert decision.fields[0].rows[1].cells[2] == DecidedCell(column="amount", raw="1,50", value="1.50")

    await hand_in(bills.store, bus, review, decision)
    async with bus.consumer([ReviewDecided.event], "test") as consumer:
        await bills.drive([Outgoing(r.topic, r.key, "", r.body) for r in await consumer.poll(100, 0.1)])
    completed = bills.events("records.completed")[-1]
    fields = (await bills.read(completed["record"]))["fields"]
    assert [len(f["field"].get("rows", [])) for f in fields] == [0, 0, 2]
    assert completed["status"] == "accepted"


async def test_a_bare_list_will_do_and_none_or_null_says_that_there_is_no_table(bills: BillWorkshop) -> None:
    review = await asked(bills, UNREAD)

    assert rows_of(decided(review, {"fields": {"lines": [BREAD | {"row": None}]}})) == [
        (None, ["Rye bread", "2", "8.00"])
    ]
    nones: tuple[object, ...] = (None, [], {"rows": None}, {"rows": []})
    for none in nones:
        assert decided(review, {"fields": {"lines": none}}).fields == (DecidedField(name="lines"),)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([BREAD, row(2, "Bag", "?", "1.00")], "row 2, column 'quantity' is still '?'"),
        ([BREAD, row(2, "Bag", "few", "1.00")], "row 2, column 'quantity': 'few' can't be read as number"),
        ([BREAD, row(2, "Bag", "", "1.00")], "row 2, column 'quantity' is empty; write null"),
        ([BREAD, row(2, "Bag", "1", "x")], "row 2, column 'amount': 'x' can't be read as money; write it as"),
        ([BREAD, row(1, "Bag", "1", "1.00")], "two rows say 'row': 1; a new row has null there"),
        (
            [row(3, "Bag", "1", "1.00")],
            "row 1: 'row' must be the number of one of the record's 2 rows, or null",
        ),
        ([row(0, "Bag", "1", "1.00")], "'row' must be the number of one of"),
        ([{"row": "first", **{k: v for k, v in BAG.items() if k != "row"}}], "'row' must be the number"),
        ([{"row": 1, "item": "Bag", "amount": "1.00"}], "row 1 lacks column 'quantity': write its value, or"),
        (
            [BAG | {"colour": "red"}],
            "row 1 has a key 'colour' that means nothing here; there is item, quantity",
        ),
        ([BAG | {"quantity": True}], "row 1, column 'quantity' takes one value as text, or null"),
        ([row(1, None, None, None)], "row 1 is empty; leave it out"),
        ("?", "field 'lines' is still '?': write its rows, or null where the document has none"),
        ("Bag", "field 'lines' takes a list of rows, each an object of columns and values, or null"),
        (["Bag"], "field 'lines' takes a list of rows"),
        ({"value": []}, "field 'lines' has no 'rows'"),
    ],
)
async def test_a_table_that_cannot_be_taken_is_named_with_row_and_column(
    bills: BillWorkshop, rows: object, sentence: str
) -> None:
    review = await asked(bills, TORN)

    with pytest.raises(DecisionFileError) as refused:
        decided(review, {"fields": {"lines": rows}})

    assert sentence in str(refused.value)


async def test_a_table_that_was_not_in_doubt_is_decided_only_where_it_was_changed(
    bills: BillWorkshop,
) -> None:
    review = await asked(bills, SURE.replace("total: 9.00", "total? 9.00"))
    filled = sheet(review, name=None)
    assert list(filled["other_fields"]) == ["shop", "lines"]

    assert [field.name for field in decided(review, filled).fields] == ["total"]
    filled["other_fields"]["lines"]["rows"].reverse()
    assert [field.name for field in decided(review, filled).fields] == ["total", "lines"]
    filled["other_fields"]["lines"]["rows"] = None
    assert decided(review, filled).fields[1] == DecidedField(name="lines")


async def test_the_same_table_is_the_same_decision(bills: BillWorkshop) -> None:
    review = await asked(bills, TORN)
    one = decided(review, {"fields": {"lines": [BREAD, BAG]}})
    other = decided(review, {"fields": {"lines": [BAG, BREAD]}})

    assert one.decision_id == decided(review, {"fields": {"lines": {"rows": [BREAD, BAG]}}}).decision_id
    assert one.decision_id != other.decision_id
