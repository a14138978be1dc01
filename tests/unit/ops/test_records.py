"""Records as rows: exact for programs, harmless in spreadsheets."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.database import Catalog
from ops.records import RecordRow, record_rows, values_of, write_csv, write_jsonl
from ops.words.spreadsheet import cell
from schemas.errors import MissingObjectError
from schemas.fields import EvidenceClass, FieldState, FieldValue, Reading
from schemas.records import RecordStatus
from tests.unit.agents.workshop import SURE, Workshop

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def row(number: int, **fields: str | list[str] | None) -> RecordRow:
    return RecordRow(
        document_id=f"{number:064d}",
        file_name=f"{number}.pdf",
        doc_type="slip",
        status=RecordStatus.ACCEPTED,
        revision=1,
        run_id=f"{number:064d}",
        submitted_at=NOW,
        changed_at=NOW,
        fields=fields,
    )


async def each(rows: Sequence[RecordRow]) -> AsyncIterator[RecordRow]:
    for one in rows:
        yield one


async def table(*rows: RecordRow) -> list[list[str]]:
    out = io.StringIO(newline="")
    assert await write_csv(each(rows), out) == len(rows)
    return list(csv.reader(io.StringIO(out.getvalue(), newline="")))


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

    assert head == ["document_id", "file_name", "doc_type", "status", "revision", "total", "note"]
    assert first[1:] == ["1.pdf", "slip", "accepted", "1", "9.00", ""]
    assert second[5:] == ["", "a; b"]


@pytest.mark.anyio
async def test_a_field_named_as_a_column_of_ours_gets_a_name_of_its_own() -> None:
    head, first = await table(row(1, status="paid"))

    assert head[3::2] == ["status", "field_status"]
    assert first[3::2] == ["accepted", "paid"]


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
