"""Tables as Parquet: one schema per document type, whatever the records hold; dates and amounts as such."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, datetime
from decimal import Context, Decimal, InvalidOperation
from itertools import islice
from types import NoneType, UnionType
from typing import IO, TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from ops.tables import COUNTS, Column, Table, Value
from schemas.fields import FieldKind

if TYPE_CHECKING:
    import pyarrow as pa

UNREAD = "_unread"
"""Column of values that are none of their column's kind, by column, as they stand; no field begins so."""
DIGITS, DECIMALS = 38, 9
"""Of every amount: as many as Parquet's readers agree on; exact, or the value is told under UNREAD."""
GROUP_ROWS = 4096
"""Rows of one row group, and the most that are in memory."""

_DECIMAL = frozenset({FieldKind.MONEY, FieldKind.NUMBER, FieldKind.QUANTITY, FieldKind.PERCENTAGE})
_EXACT = Context(prec=DIGITS)


def write_parquet(table: Table, out: IO[bytes]) -> int:
    """Write ``table``; an empty one has its schema all the same. Returns how many rows."""
    from pyarrow import parquet

    schema = schema_of(table.columns)
    rows, count = table.rows(), 0
    with parquet.ParquetWriter(out, schema) as writer:
        while some := list(islice(rows, GROUP_ROWS)):
            writer.write_table(_group(table.columns, some, schema))
            count += len(some)
    return count


async def write_models(kind: type[BaseModel], rows: AsyncIterator[BaseModel], out: IO[bytes]) -> int:
    """Write ``rows`` of ``kind``, a column a field; returns how many.

    Fields are texts, numbers, truths, times or tuples of texts, each of them or nothing.
    """
    import pyarrow as pa
    from pyarrow import parquet

    schema, count = model_schema(kind), 0
    held: list[dict[str, Any]] = []
    with parquet.ParquetWriter(out, schema) as writer:
        async for row in rows:
            held.append(row.model_dump())
            count += 1
            if len(held) == GROUP_ROWS:
                writer.write_table(pa.Table.from_pylist(held, schema=schema))
                held = []
        writer.write_table(pa.Table.from_pylist(held, schema=schema))
    return count


def model_schema(kind: type[BaseModel]) -> pa.Schema:
    """Return the schema of a table of ``kind``."""
    import pyarrow as pa

    plain = {
        str: pa.string(),
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        datetime: pa.timestamp("us", tz="UTC"),
        tuple[str, ...]: pa.list_(pa.string()),
    }
    fields = []
    for name, field in kind.model_fields.items():
        hint: Any = field.annotation
        given = get_args(hint) if isinstance(hint, UnionType) else (hint,)
        (one,) = [each for each in given if each is not NoneType]
        fields.append(pa.field(name, plain[one], nullable=NoneType in given))
    return pa.schema(fields)


def schema_of(columns: Sequence[Column]) -> pa.Schema:
    """Return the schema of a table with ``columns``, and of what could not be read as their kinds."""
    import pyarrow as pa

    fields = [pa.field(column.name, _type(column)) for column in columns]
    return pa.schema([*fields, pa.field(UNREAD, pa.map_(pa.string(), pa.string()))])


def _type(column: Column) -> pa.DataType:
    import pyarrow as pa

    if column.name in COUNTS and column.kind is None:
        return pa.int32()
    kind = pa.string()
    if column.kind is FieldKind.DATE:
        kind = pa.date32()
    elif column.kind in _DECIMAL:
        kind = pa.decimal128(DIGITS, DECIMALS)
    return pa.list_(pa.field("item", kind)) if column.many else kind


def _group(columns: Sequence[Column], rows: Sequence[tuple[Value, ...]], schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    unread: list[list[tuple[str, str]]] = [[] for _ in rows]
    arrays = [
        pa.array(list(_cells(column, (row[place] for row in rows), unread)), type=schema.field(place).type)
        for place, column in enumerate(columns)
    ]
    return pa.Table.from_arrays([*arrays, pa.array(unread, type=schema.field(UNREAD).type)], schema=schema)


def _cells(column: Column, values: Iterator[Value], unread: list[list[tuple[str, str]]]) -> Iterator[Any]:
    for number, value in enumerate(values):
        if value is None:
            yield None
        elif isinstance(value, list):
            yield [
                _cell(column, f"{column.name}[{i}]", one, unread[number]) for i, one in enumerate(value, 1)
            ]
        else:
            cell = _cell(column, column.name, value, unread[number])
            yield [cell] if column.many else cell


def _cell(column: Column, place: str, value: str, unread: list[tuple[str, str]]) -> Any:
    if column.name in COUNTS and column.kind is None:
        return int(value)
    if column.kind is FieldKind.DATE:
        read: Any = _date(value)
    elif column.kind in _DECIMAL:
        read = _decimal(value)
    else:
        return value
    if read is None:
        unread.append((place, value))
    return read


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _decimal(value: str) -> Decimal | None:
    try:
        number = Decimal(value)
        if not number.is_finite():
            return None
        exact = number.quantize(Decimal(1).scaleb(-DECIMALS), context=_EXACT)
    except InvalidOperation:
        return None
    return exact if exact == number else None
