"""Records as rows: exact for programs, harmless in spreadsheets."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.database import Catalog
from ops.record_row import RecordRow
from ops.records import record_rows, values_of, write_csv, write_jsonl
from ops.tables import Column, as_tables
from ops.words.spreadsheet import cell
from schemas.canonical import derive_id, sha256_hex
from schemas.errors import MissingObjectError
from schemas.fields import Cell, EvidenceClass, FieldKind, FieldState, FieldValue, Reading, Row
from schemas.records import RecordStatus
from store.submissions import InboxNote, keep_note
from tests.unit.agents.slips import SURE
from tests.unit.agents.workshop import Workshop
from tests.unit.ops.rows import row, with_lines


async def each(rows: Sequence[RecordRow]) -> AsyncIterator[RecordRow]:
    for one in rows:
        yield one


async def tables(*rows: RecordRow) -> dict[str | None, list[list[str]]]:
    found = {}
    async with as_tables(each(rows)) as made:
        for table in made:
            out = io.StringIO(newline="")
            count = write_csv(table, out)
            found[table.name] = list(csv.reader(io.StringIO(out.getvalue(), newline="")))
            assert len(found[table.name]) == count + 1
    return found


async def table(*rows: RecordRow) -> list[list[str]]:
    return (await tables(*rows))[None]


@pytest.mark.parametrize(
    "value",
    [
        "=1+1",
        "+SUM(A1)",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u00a0=1",
        "\u3000=1",
        "\uff1d1+1",
        "+49 30 901820",
        "-",
        "=",
    ],
)
def test_what_a_spreadsheet_would_execute_is_shown_as_text(value: str) -> None:
    assert cell(value).startswith("'")


@pytest.mark.parametrize(
    "value", ["-12.50", "+3", "-1,234.56", "1140.00", "-5%", "1e5", "", "ACME (UK) Ltd", "a=b"]
)
def test_numbers_keep_their_sign_and_plain_text_its_form(value: str) -> None:
    assert cell(value) == value


def test_control_and_direction_characters_are_spelt_out() -> None:
    assert cell("AC\x1b[31mME\u202e") == "AC\\x1b[31mME\\u202e"


@given(st.text(max_size=40))
def test_no_cell_begins_as_a_formula(value: str) -> None:
    shown = cell(value)

    assert shown.startswith("'") or not shown.lstrip().startswith(("=", "@", "+", "-")) or shown == value
    assert shown.lstrip()[:1] not in ("=", "@")


@pytest.mark.anyio
async def test_a_table_has_one_column_per_field_of_any_record() -> None:
    head, first, second = await table(row(1, total="9.00"), row(2, total=None, note=["a", "b"]))

    assert head == [
        *("document_id", "file_name", "submissions", "doc_type", "status", "revision"),
        *("parent_id", "total", "note"),
    ]
    assert first[1:] == ["1.pdf", "1", "slip", "accepted", "1", "", "9.00", ""]
    assert second[6:] == ["", "", "a; b"]


@pytest.mark.anyio
async def test_a_field_named_as_a_column_of_ours_gets_a_name_of_its_own() -> None:
    head, first = await table(row(1, status="paid"))

    assert head[4::3] == ["status", "field_status"]
    assert first[4::3] == ["accepted", "paid"]


@pytest.mark.anyio
async def test_lists_of_rows_are_tables_of_their_own_keyed_by_record_revision_and_row() -> None:
    screws: dict[str, str | None] = {"description": "Screws", "amount": "4.10"}
    drill: dict[str, str | None] = {"description": "=drill()", "amount": None}
    found = await tables(
        with_lines(1, screws, drill, total="9.00"), row(2, total="1.00"), with_lines(3, None)
    )

    assert list(found) == [None, "lines"]
    assert found[None][0][7:] == ["total"]
    assert found["lines"] == [
        ["record_id", "revision", "row", "description", "amount"],
        [f"{1:064d}", "1", "1", "Screws", "4.10"],
        [f"{1:064d}", "1", "2", "'=drill()", ""],
    ]


@pytest.mark.anyio
async def test_tables_know_what_their_columns_hold_and_can_be_read_side_by_side() -> None:
    lines: list[dict[str, str | None]] = [{"description": f"Part {n}", "amount": f"{n}.00"} for n in range(3)]
    rows = [with_lines(n, *lines, total=f"{n}.00") for n in (1, 2)]

    async with as_tables(each(rows)) as (records, of_lines):
        pairs = [(one[0], other[2]) for one, other in zip(records.rows(), of_lines.rows(), strict=False)]
        again = list(of_lines.rows())

    assert records.columns[-1] == Column("total", FieldKind.MONEY)
    assert of_lines.columns[3:] == (Column("description", FieldKind.TEXT), Column("amount", FieldKind.MONEY))
    assert pairs == [(f"{1:064d}", "1"), (f"{2:064d}", "2")]
    assert [one[2:] for one in again] == [("1", "Part 0", "0.00"), ("2", "Part 1", "1.00"),
                                          ("3", "Part 2", "2.00")] * 2  # fmt: skip


@pytest.mark.anyio
async def test_a_table_that_no_record_has_rows_of_still_has_its_columns() -> None:
    found = await tables(with_lines(1), with_lines(2, None))

    assert found["lines"] == [["record_id", "revision", "row", "description", "amount"]]


@pytest.mark.anyio
async def test_json_lines_nest_the_rows() -> None:
    out = io.StringIO()

    await write_jsonl(each([with_lines(1, {"description": "Screws", "amount": None}, total="9.00")]), out)

    line = json.loads(out.getvalue())
    assert line["fields"] == {"total": "9.00", "lines": [{"description": "Screws", "amount": None}]}
    assert "declared" not in line


def test_rows_that_nobody_read_are_no_empty_list() -> None:
    cell = Cell(name="amount", state=FieldState.MISSING)
    read = FieldValue(name="lines", state=FieldState.VALUE, columns=("amount",), rows=(Row(cells=(cell,)),))
    none = read.model_copy(update={"state": FieldState.ABSENT, "rows": ()})
    unread = none.model_copy(update={"state": FieldState.MISSING})

    assert [values_of(field, many=False) for field in (read, none, unread)] == [[{"amount": None}], [], None]


@pytest.mark.anyio
async def test_json_lines_hold_every_value_exactly_and_command_no_terminal() -> None:
    out = io.StringIO()
    wild = "=1+1\x1b[2J\u202e\n"

    count = await write_jsonl(each([row(1, total=wild), row(2, total=None)]), out)

    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert count == 2
    assert out.getvalue().isascii()
    assert "\x1b" not in out.getvalue()
    assert (first["fields"]["total"], second["fields"]["total"]) == (wild, None)


@pytest.mark.anyio
async def test_records_come_in_the_order_their_documents_were_submitted(
    workshop: Workshop, catalog: Catalog
) -> None:
    documents = [
        await workshop.submit(f"SLIP\nshop: Bakery {number} Ltd\ntotal: {number}.00\n")
        for number in range(1, 9)
    ]
    await workshop.submit("SLIP\nshop: Doubtful Ltd\ntotal? 1.00\n")

    rows = [one async for one in record_rows(workshop.store, catalog, ahead=3)]

    assert [one.document_id for one in rows] == documents
    assert rows[6].fields == {"shop": "Bakery 7 Ltd", "total": "7.00", "note": None}
    assert (rows[6].status, rows[6].revision, rows[6].absent) == (RecordStatus.ACCEPTED, 1, ("note",))
    assert [one async for one in record_rows(workshop.store, catalog, doc_type="lease")] == []


def test_a_list_field_is_a_list_whatever_it_holds() -> None:
    def field(*values: str) -> FieldValue:
        readings = tuple(
            Reading(raw=value, value=value, evidence_class=EvidenceClass.INFERRED) for value in values
        )
        return FieldValue(name="tenant", state=FieldState.VALUE, readings=readings)

    assert [values_of(field(*given), many=True) for given in ((), ("a",), ("a", "b"))] == [
        [],
        ["a"],
        ["a", "b"],
    ]
    assert [values_of(field(*given), many=False) for given in ((), ("a",))] == [None, "a"]


@pytest.mark.anyio
async def test_a_record_that_is_gone_is_named_not_left_out(workshop: Workshop, catalog: Catalog) -> None:
    await workshop.submit(SURE)
    (completed,) = workshop.events("records.completed")
    del workshop.store.objects[completed["record"]["uri"]]

    with pytest.raises(ExceptionGroup) as failed:
        _ = [one async for one in record_rows(workshop.store, catalog)]

    assert isinstance(failed.value.exceptions[0], MissingObjectError)


@pytest.mark.anyio
async def test_the_same_bytes_under_many_names_are_one_record_that_names_them_all(
    workshop: Workshop, catalog: Catalog
) -> None:
    for name in ("a.txt", "b.txt", "a.txt"):
        document_id = sha256_hex(SURE.encode())
        event_id = derive_id("drop", name, document_id)
        note = InboxNote(event_id=event_id, name=name, path=name, at=workshop.now(), sha256=document_id)
        await keep_note(workshop.store, note)
        await workshop.submit(SURE, name=name)

    (found,) = [row async for row in record_rows(workshop.store, catalog)]

    assert (found.file_name, found.file_names, found.submissions) == ("a.txt", ("a.txt", "b.txt"), 2)
    assert json.loads(found.model_dump_json())["file_names"] == ["a.txt", "b.txt"]
