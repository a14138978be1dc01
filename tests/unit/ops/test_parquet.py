"""Records as Parquet: typed, exact, and with the same columns whatever the records hold."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from doctypes.definition import FieldSpec
from ops.parquet import UNREAD, _decimal, write_parquet
from ops.record_row import RecordRow, Rows
from ops.tables import as_tables
from schemas.fields import FieldKind
from schemas.records import RecordStatus
from tests.unit.ops.conftest import NOW

pytestmark = pytest.mark.anyio


def spec(name: str, kind: FieldKind, *, many: bool = False, columns: tuple[FieldSpec, ...] = ()) -> FieldSpec:
    return FieldSpec(name=name, title=name, description=name, kind=kind, many=many, columns=columns)


DECLARED = (
    spec("issue_date", FieldKind.DATE),
    spec("total", FieldKind.MONEY),
    spec("notes", FieldKind.TEXT, many=True),
    spec("paid", FieldKind.DATE, many=True),
    spec("rate", FieldKind.PERCENTAGE),
    spec(
        "lines",
        FieldKind.ROWS,
        columns=(spec("description", FieldKind.TEXT), spec("amount", FieldKind.MONEY)),
    ),
)


def row(number: int, **fields: str | list[str] | Rows | None) -> RecordRow:
    return RecordRow(
        document_id=f"{number:064d}",
        file_name=f"{number}.pdf",
        doc_type="slip",
        status=RecordStatus.ACCEPTED,
        revision=2,
        run_id=f"{number:064d}",
        submitted_at=NOW,
        changed_at=NOW,
        fields=fields,
        columns={"lines": ("description", "amount")} if "lines" in fields else {},
        declared=DECLARED,
    )


async def written(*rows: RecordRow, declared: Sequence[FieldSpec] = DECLARED) -> list[pa.Table]:
    async def each() -> AsyncIterator[RecordRow]:
        for one in rows:
            yield one

    found = []
    async with as_tables(each(), declared) as tables:
        for table in tables:
            out = io.BytesIO()
            count = write_parquet(table, out)
            found.append(parquet.read_table(io.BytesIO(out.getvalue())))
            assert found[-1].num_rows == count
    return found


async def test_values_have_the_types_of_their_kinds() -> None:
    (records, _) = await written(
        row(1, issue_date="2026-11-21", total="1980.00", notes=["a", "b"], paid=["2026-12-01"], rate="19"),
        row(2, issue_date=None, total="-0.5", notes=[], paid=None, rate=None),
    )

    first, second = records.to_pylist()
    assert (first["issue_date"], first["total"], first["rate"]) == (
        date(2026, 11, 21),
        Decimal("1980.00"),
        Decimal(19),
    )
    assert (first["notes"], first["paid"]) == (["a", "b"], [date(2026, 12, 1)])
    assert (second["issue_date"], second["total"], second["notes"], second["paid"]) == (
        None,
        Decimal("-0.5"),
        [],
        None,
    )
    assert (first["revision"], first["submissions"], first[UNREAD]) == (2, 1, [])
    assert records.schema.field("issue_date").type == pa.date32()
    assert records.schema.field("total").type == pa.decimal128(38, 9)


async def test_a_list_of_rows_is_a_table_of_its_own() -> None:
    screws: Rows = [{"description": "Screws", "amount": "4.10"}, {"description": None, "amount": None}]

    (_, lines) = await written(row(1, lines=screws))

    assert lines.to_pylist() == [
        {
            "record_id": f"{1:064d}",
            "revision": 2,
            "row": 1,
            "description": "Screws",
            "amount": Decimal("4.10"),
        }
        | {UNREAD: []},
        {"record_id": f"{1:064d}", "revision": 2, "row": 2, "description": None, "amount": None, UNREAD: []},
    ]


async def test_the_schema_is_the_same_whatever_the_records_hold() -> None:
    lines: Rows = [{"amount": "1.00"}]
    full = await written(row(1, total="1.00", issue_date="2026-11-21", lines=lines))
    some = await written(row(1, notes=["a"]), row(2, total=None))
    none = await written()

    assert [table.schema for table in full] == [table.schema for table in some]
    assert [table.schema for table in full] == [table.schema for table in none]
    assert none[0].num_rows == 0


@pytest.mark.parametrize("value", ["12,5O", "NaN", "Infinity", "1E-12", "1e40", "next week"])
async def test_what_is_none_of_its_kind_is_kept_as_it_stands(value: str) -> None:
    (records, _) = await written(row(1, total=value, paid=["2026-12-01", value]))

    (found,) = records.to_pylist()
    assert (found["total"], found["paid"]) == (None, [date(2026, 12, 1), None])
    assert found[UNREAD] == [("total", value), ("paid[2]", value)]


async def test_fields_that_types_declare_differently_are_text() -> None:
    other = spec("total", FieldKind.TEXT)

    (records, _) = await written(row(1, total="1.00"), declared=(*DECLARED, other))

    assert records.schema.field("total").type == pa.string()
    assert records.to_pylist()[0]["total"] == "1.00"


async def test_a_field_named_as_a_column_of_ours_keeps_its_own_kind() -> None:
    declared = (spec("revision", FieldKind.DATE),)

    (records,) = await written(declared=declared)

    assert records.schema.field("revision").type == pa.int32()
    assert records.schema.field("field_revision").type == pa.date32()


async def test_many_records_are_written_in_groups() -> None:
    (records, _) = await written(*(row(n, total=f"{n}.00") for n in range(5000)))

    assert records.column("total").to_pylist() == [Decimal(n) for n in range(5000)]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**28), max_value=10**28))
def test_an_amount_is_exact_or_told_apart(number: Decimal) -> None:
    found: Any = _decimal(str(number))

    assert found is None or found == number
    assert found is not None or len(number.as_tuple().digits) > 38
