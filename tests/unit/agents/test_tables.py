"""Bills with tables through the four agents: evidence and coverage per cell, tables that people decide."""

from __future__ import annotations

from typing import Any

import pytest

from agents.extraction.grounding import LineIndex
from schemas.decided import DecidedCell, DecidedField, DecidedRow
from schemas.fields import EvidenceClass, FieldValue
from schemas.results import Extraction, FieldDecision, Record
from tests.unit.agents.bills import SURE, TORN, UNREAD, BillWorkshop, bill_row, cell
from tests.unit.agents.layouts import layout
from tests.unit.agents.workshop import decision

pytestmark = pytest.mark.anyio


@pytest.fixture
def bills() -> BillWorkshop:
    return BillWorkshop()


async def record_of(bills: BillWorkshop) -> Record:
    """Return the newest record or draft."""
    message = (bills.events("records.completed") or bills.events("reviews.requested"))[-1]
    return Record.model_validate(await bills.read(message["record"]))


async def extracted(bills: BillWorkshop) -> FieldValue:
    """Return the table as extracted."""
    found = Extraction.model_validate(await bills.read(bills.events("documents.extracted")[-1]["result"]))
    return found.fields[2]


def lines_of(record: Record) -> Any:
    return record.fields[2]


def cells(table: FieldValue) -> list[list[str | None]]:
    return [[cell.value for cell in row.cells] for row in table.rows]


async def test_a_table_is_read_with_evidence_for_every_cell(bills: BillWorkshop) -> None:
    await bills.submit(SURE)

    table = await extracted(bills)
    assert table.columns == ("item", "quantity", "amount")
    assert cells(table) == [["Rye bread", "2", "8.00"], ["Bag", None, "1.00"]]
    quantity = table.rows[0].cell("quantity").readings[0]
    assert quantity.evidence_class is EvidenceClass.VERBATIM
    assert [(e.line, e.start, e.end, e.quote) for e in quantity.evidence] == [("1.4", 14, 15, "2")]
    assert quantity.evidence[0].box.x0 == 0.14


async def test_a_whole_table_is_accepted_by_its_certificate(bills: BillWorkshop) -> None:
    await bills.submit(SURE)

    record = await record_of(bills)
    assert record.status == "accepted"
    assert lines_of(record).decision is FieldDecision.ACCEPTED
    assert lines_of(record).arithmetic == "0.97 ≥ 0.80 accepted"
    (table,) = record.coverage.tables
    assert (table.rows, table.columns, table.with_value, table.absent) == (2, 3, 5, 1)
    assert [rule.verdict.value for rule in record.rules] == ["holds"]


async def test_a_cell_nobody_decided_keeps_the_record_from_being_accepted(bills: BillWorkshop) -> None:
    await bills.submit(TORN)

    record = await record_of(bills)
    assert record.status is None
    assert lines_of(record).reasons == ("row 2, Quantity: nothing was decided about this cell",)
    assert [(d.row, d.column) for d in lines_of(record).cells] == [(2, "quantity")]
    assert [(p.row, p.column) for p in record.coverage.tables[0].missing] == [(2, "quantity")]
    assert record.reasons == ("lines: row 2, Quantity: nothing was decided about this cell",)


async def test_a_table_that_was_not_read_is_missing_and_not_without_rows(bills: BillWorkshop) -> None:
    await bills.submit(UNREAD)

    record = await record_of(bills)
    assert record.status is None
    assert lines_of(record).field.state == "missing"
    assert lines_of(record).reasons == ("the table was not read",)
    assert record.coverage.missing == ("lines",)
    assert record.rules[0].explanation == "lines is missing"


async def test_a_table_that_a_document_does_not_have_is_absent(bills: BillWorkshop) -> None:
    await bills.submit("BILL\nshop: Corner Bakery Ltd\ntotal: 9.00\n")

    record = await record_of(bills)
    assert (record.status, lines_of(record).field.state) == ("accepted", "absent")
    assert record.coverage.tables == ()


async def test_a_number_that_stands_elsewhere_is_no_evidence_for_a_cell(bills: BillWorkshop) -> None:
    bills.rows = [bill_row("1.4", "Rye bread", "2", "8.00") | {"amount": cell("1.4", "9.00")}]
    await bills.submit(SURE)

    table = await extracted(bills)
    assert table.rows[0].cell("amount").readings[0].evidence_class is EvidenceClass.UNGROUNDED
    record = await record_of(bills)
    assert "row 1, Amount: not found in this row of the page" in lines_of(record).reasons


async def test_a_row_read_twice_is_told(bills: BillWorkshop) -> None:
    bills.rows = [bill_row("1.4", "Rye bread", "2", "8.00")] * 2
    await bills.submit(SURE)

    reasons = lines_of(await record_of(bills)).reasons
    assert "row 2, Item: the whole row was read from the same place as row 1" in reasons


async def test_a_required_column_that_a_row_lacks_and_a_value_of_another_kind_are_told(
    bills: BillWorkshop,
) -> None:
    strange = bill_row("1.5", "Bag", "–", "1.00") | {"quantity": cell("1.5", "Bag")}
    bills.rows = [bill_row("1.4", "Rye bread", "2", "8.00") | {"amount": None}, strange]
    await bills.submit(SURE)

    reasons = lines_of(await record_of(bills)).reasons
    assert reasons[0] == "row 1, Amount: required, but not found in this row"
    assert reasons[1].startswith("row 2, Quantity: ")


async def test_a_table_without_certificate_goes_to_a_person_once(bills: BillWorkshop) -> None:
    bills.certified = ("doc_type", "shop", "total")
    await bills.submit(SURE)

    record = await record_of(bills)
    assert [f.decision.value for f in record.fields] == ["accepted", "accepted", "review"]
    assert lines_of(record).reasons == ("no confidence on this field is certified yet",)


async def test_a_broken_rule_over_rows_doubts_the_table_and_what_it_is_held_against(
    bills: BillWorkshop,
) -> None:
    await bills.submit(SURE.replace("total: 9.00", "total: 10.00"))

    record = await record_of(bills)
    assert record.rules[0].fields == ("lines", "total")
    said = ("rule rows_add_up is broken: the rows add up to 9.00, the total is 10.00",)
    assert [f.reasons for f in record.fields] == [(), said, said]


async def test_many_doubts_are_told_in_short_and_kept_in_full(bills: BillWorkshop) -> None:
    rows = "".join(f"- Part {n} | torn | 1.00\n" for n in range(1, 31))
    await bills.submit(f"BILL\nshop: Corner Bakery Ltd\ntotal: 30.00\n{rows}")

    lines = lines_of(await record_of(bills))
    assert len(lines.cells) == 30
    assert len(lines.reasons) == 11
    assert lines.reasons[-1] == "20 more cells are doubtful"
    assert lines.arithmetic.startswith("0.97 ≥ 0.80; 30 of 90 cells doubtful")


def decided(*rows: tuple[int | None, str, str | None, str]) -> DecidedField:
    return DecidedField(
        name="lines",
        rows=tuple(
            DecidedRow(
                origin=origin,
                cells=(
                    DecidedCell(column="item", value=item),
                    DecidedCell(column="quantity", value=quantity),
                    DecidedCell(column="amount", value=amount),
                ),
            )
            for origin, item, quantity, amount in rows
        ),
    )


async def test_a_persons_table_stands_as_a_whole_and_keeps_the_evidence_of_what_stayed(
    bills: BillWorkshop,
) -> None:
    document = await bills.submit(TORN)
    table = decided((2, "Bag", "1", "1.00"), (1, "Rye bread", "2", "8.00"), (None, "Tip", None, "0.00"))

    await bills.decide(decision(bills, document, fields=(table,)))

    record = await record_of(bills)
    lines = lines_of(record)
    assert (record.status, lines.decision) == ("accepted", FieldDecision.HUMAN)
    assert cells(lines.field) == [["Bag", "1", "1.00"], ["Rye bread", "2", "8.00"], ["Tip", None, "0.00"]]
    evidence = [[bool(r.evidence) for c in row.cells for r in c.readings] for row in lines.field.rows]
    assert evidence == [[True, False, True], [True, True, True], [False, False]]
    assert lines.field.rows[0].cell("item").readings[0].evidence[0].line == "1.5"
    assert cells(lines.model_field) == [["Rye bread", "2", "8.00"], ["Bag", None, "1.00"]]


async def test_a_person_may_say_that_there_is_no_table(bills: BillWorkshop) -> None:
    document = await bills.submit(UNREAD)

    await bills.decide(decision(bills, document, fields=(DecidedField(name="lines"),)))

    record = await record_of(bills)
    assert (record.status, lines_of(record).field.state) == ("accepted", "absent")


async def test_a_column_declared_after_a_person_decided_sends_the_table_to_a_person_again(
    bills: BillWorkshop,
) -> None:
    document = await bills.submit(TORN)
    table = decided((1, "Rye bread", "2", "8.00"))
    older = table.model_copy(
        update={"rows": (table.rows[0].model_copy(update={"cells": table.rows[0].cells[:2]}),)}
    )

    await bills.decide(decision(bills, document, fields=(older,)))

    request = bills.events("reviews.requested")[-1]
    draft = Record.model_validate(await bills.read(request["record"]))
    assert bills.events("records.completed") == []
    assert "row 1, Amount: nothing was decided about this cell" in lines_of(draft).reasons


async def test_the_model_has_room_to_record_a_table_and_is_told_its_columns(bills: BillWorkshop) -> None:
    await bills.submit(SURE)

    request = bills.requests[-1]
    assert request.max_tokens == 16_384
    assert "`lines` (rows of `item`, `quantity`, `amount`); `amount` (money) as printed" in request.system
    row = request.tools[0].input_schema["properties"]["lines"]["properties"]["rows"]["items"]
    assert list(row["properties"]) == ["item", "quantity", "amount"]


def test_two_cells_of_one_line_with_the_same_text_have_two_places() -> None:
    index = LineIndex(layout(("Bread 4.00 4.00",)))

    first = index.ground_cell("4.00", ["1.1"], ["1.1"])
    second = index.ground_cell("4.00", ["1.1"], ["1.1"], taken=first)
    third = index.ground_cell("4.00", ["1.1"], ["1.1"], taken=(*first, *second))

    assert [e.start for e in (*first, *second, *third)] == [6, 11, 6]


def test_a_wrapped_description_is_found_over_the_lines_it_names() -> None:
    index = LineIndex(layout(("Bread,", "4.00", "whole grain")))

    found = index.ground_cell("Bread, whole grain", ["1.3", "1.1"], ["1.1", "1.2", "1.3"])

    assert [(e.line, e.quote) for e in found] == [("1.1", "Bread,"), ("1.3", "whole grain")]


def test_a_cell_that_names_no_line_is_looked_for_in_its_row_alone() -> None:
    index = LineIndex(layout(("2", "Bread", "2")))

    assert [e.line for e in index.ground_cell("2", [], ["1.2", "1.3"])] == ["1.3"]
    assert index.ground_cell("2", [], []) == ()
