"""Tables in show and trace: rows in columns, doubts by cell, boxes on the page, long tables cut short."""

from __future__ import annotations

import re

import pytest

from ops.show import load_shown, show_text
from ops.trace import load_trace
from ops.trace.views.html import trace_html
from ops.trace.views.pages import evidence_boxes
from ops.trace.views.tables import MOST_ROWS, row_place
from ops.trace.views.text import trace_text
from schemas.decided import DecidedCell, DecidedField, DecidedRow
from schemas.fields import Row
from tests.unit.agents.bills import SURE, TORN, UNREAD, BillWorkshop
from tests.unit.agents.workshop import decision

pytestmark = pytest.mark.anyio


@pytest.fixture
def bills() -> BillWorkshop:
    return BillWorkshop()


async def shown(bills: BillWorkshop, text: str) -> str:
    return show_text(await load_shown(bills.store, await bills.submit(text)))


async def test_rows_stand_in_columns_with_their_place_and_doubts(bills: BillWorkshop) -> None:
    assert (
        """
   └─ ? lines  2 rows             0.97 · to review
      ├─ row  item       quantity  amount
      ├─ 1    Rye bread  2         8.00     page 1, 8–10 % down
      └─ 2    Bag        missing   1.00     page 1, 10–12 % down
         └─ because  quantity: nothing was decided about this cell
"""
        in await shown(bills, TORN)
    )


async def test_what_is_covered_of_a_table_is_counted(bills: BillWorkshop) -> None:
    said = await shown(bills, TORN)

    assert "lines: 5 of 6 cells with a value, 0 absent, 1 missing, 0 cannot tell" in said
    assert said.startswith("waits for review")
    assert ": lines: row 2, Quantity: nothing was decided about this cell\n" in said


async def test_a_table_without_rows_is_told_by_its_state(bills: BillWorkshop) -> None:
    assert "? lines  missing " in await shown(bills, UNREAD)


def long(count: int, torn: int) -> str:
    lines = [f"- Part {n} | {'torn' if n == torn else n} | 1.00" for n in range(1, count + 1)]
    return f"BILL\nshop: Corner Bakery Ltd\ntotal: {count}.00\n" + "\n".join(lines) + "\n"


async def test_of_a_long_table_the_doubtful_rows_are_shown_and_the_others_counted(
    bills: BillWorkshop,
) -> None:
    document_id = await bills.submit(long(40, torn=33))
    said = show_text(await load_shown(bills.store, document_id))

    numbers = [int(n) for n in re.findall(r"[├└]─ (\d+) +Part", said)]
    assert numbers == [*range(1, MOST_ROWS), 33]
    assert f"…    {40 - MOST_ROWS} rows more; trace --full shows all" in said
    full = trace_text(await load_trace(bills.store, document_id, full=True), full=True)
    assert len(re.findall(r"[├└]─ \d+ +Part", full)) == 40
    assert "item      verbatim · “Part 7” line 1.10 · 0.90" in full


async def test_every_shown_cell_has_its_box_and_only_doubtful_cells_are_marked(bills: BillWorkshop) -> None:
    bills.certified = ("doc_type", "shop", "total")
    document_id = await bills.submit(TORN)
    trace = await load_trace(bills.store, document_id)

    boxes = [box for box in evidence_boxes(trace.run) if box.cell]

    assert [(box.cell, box.label) for box in boxes] == [
        ((1, "item"), "lines 1, item"),
        ((1, "quantity"), "lines 1, quantity"),
        ((1, "amount"), "lines 1, amount"),
        ((2, "item"), "lines 2, item"),
        ((2, "amount"), "lines 2, amount"),
    ]
    assert {box.tone for box in boxes} == {"quiet"}
    html = await trace_html(trace)
    for box in boxes:
        assert html.count(f'href="#{box.anchor}"') == 1
        assert html.count(f'id="{box.anchor}"') == 1
    assert '<td class="doubt" title="nothing was decided about this cell"><bdi>missing</bdi></td>' in html


async def test_a_value_in_a_cell_commands_neither_terminal_nor_page(bills: BillWorkshop) -> None:
    wild = "\x1b[2J<script>alert(1)</script>"
    document_id = await bills.submit(SURE.replace("Rye bread", wild))

    said = show_text(await load_shown(bills.store, document_id))
    html = await trace_html(await load_trace(bills.store, document_id))

    assert "\x1b" not in said
    assert "<script>" not in html
    assert "\x1b" not in html


async def test_a_persons_table_is_told_with_how_much_of_it_is_new(bills: BillWorkshop) -> None:
    document_id = await bills.submit(TORN)
    cells = tuple(DecidedCell(column=name, value="1") for name in ("item", "quantity", "amount"))
    rows = (DecidedRow(origin=1, cells=cells), DecidedRow(cells=cells))
    await bills.decide(decision(bills, document_id, fields=(DecidedField(name="lines", rows=rows),)))

    said = trace_text(await load_trace(bills.store, document_id))

    assert "lines  2 rows · 1 added" in said
    assert "model read  2 rows · 0.97" in said


async def test_a_row_over_two_pages_names_both_and_one_without_place_none(bills: BillWorkshop) -> None:
    bills.rows = "as read"
    document_id = await bills.submit(SURE)
    record = (await load_shown(bills.store, document_id)).record
    assert record is not None
    row = record.fields[2].field.rows[0]
    cell = row.cells[0]
    reading = cell.readings[0]
    moved = reading.evidence[0].model_copy(update={"page": 2, "line": "2.1"})
    other = cell.model_copy(update={"readings": (reading.model_copy(update={"evidence": (moved,)}),)})

    assert row_place(Row(cells=(*row.cells[1:], other))) == "page 1, 8–10 % down and page 2, 8–10 % down"
    assert row_place(Row(cells=(record.fields[2].field.rows[1].cells[1],))) is None
