"""Records as tables, whatever writes them: one row per record, and one table more per list of rows."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import IO

from doctypes.definition import FieldSpec
from ops.record_row import RecordRow
from schemas.fields import FieldKind

Value = str | list[str] | None
"""What a cell holds: a normal form, a list of them, or nothing."""

HEAD = ("document_id", "file_name", "submissions", "doc_type", "status", "revision", "parent_id")
ROW_HEAD = ("record_id", "revision", "row")
COUNTS = frozenset({"submissions", "revision", "row"})
"""Columns of ours that hold a number."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        kind: Of the field or column it holds, as declared; None for a column of ours, or where types differ.
        many: Its cells are lists of values.
    """

    name: str
    kind: FieldKind | None = None
    many: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose rows can be read any number of times, while the tables it was made with are open.

    Attributes:
        name: The rows field it holds; None for the table of the records.
        columns: In order; every row has a cell for each.
    """

    name: str | None
    columns: tuple[Column, ...]
    _aside: IO[bytes]

    def rows(self) -> Iterator[tuple[Value, ...]]:
        """Yield the rows: of records as they came, of a list of rows in each record's order."""
        names = [column.name for column in self.columns]
        self._aside.seek(0)
        while line := self._aside.readline():
            # The place is kept here: another table may be read in between.
            place = self._aside.tell()
            yield from self._of(RecordRow.model_validate_json(line), names)
            self._aside.seek(place)

    def _of(self, record: RecordRow, names: list[str]) -> Iterator[tuple[Value, ...]]:
        if self.name is None:
            yield (
                record.document_id,
                record.file_name,
                str(record.submissions),
                record.doc_type,
                record.status.value,
                str(record.revision),
                record.parent_id,
                *(_plain(record.fields.get(_field(name, HEAD))) for name in names[len(HEAD) :]),
            )
            return
        rows = record.fields.get(self.name)
        for number, row in enumerate(rows if isinstance(rows, list) else (), start=1):
            if isinstance(row, dict):
                cells = (row.get(_field(name, ROW_HEAD)) for name in names[len(ROW_HEAD) :])
                yield (record.document_id, str(record.revision), str(number), *cells)


@dataclass(slots=True)
class _Kinds:
    """What the columns of one table hold, in the order they were first met."""

    head: tuple[str, ...]
    known: dict[str, tuple[FieldKind | None, bool]] = field(default_factory=dict)

    def note(self, name: str, kind: FieldKind | None, many: bool) -> None:
        """Add a column; where two types declare it differently it has no kind."""
        known = self.known.setdefault(name, (kind, many))
        if known != (kind, many):
            self.known[name] = (None, known[1] or many)

    def columns(self) -> tuple[Column, ...]:
        """Return the columns, ours first."""
        ours = [Column(name) for name in self.head]
        return (*ours, *(Column(_column(n, self.head), kind, many) for n, (kind, many) in self.known.items()))


@asynccontextmanager
async def as_tables(
    rows: AsyncIterator[RecordRow], declared: Sequence[FieldSpec] = ()
) -> AsyncIterator[tuple[Table, ...]]:
    """Give the table of the records, then one per rows field that any of them declares.

    The table of a rows field is keyed by record, revision and row, counted from 1. Records are kept aside in
    a temporary file until the columns are known, so that memory stays flat.

    Args:
        rows: The records.
        declared: Fields that have their columns and tables whether or not a record holds them.
    """
    records, tables = _Kinds(HEAD), dict[str, _Kinds]()
    for spec in declared:
        if spec.columns:
            table = tables.setdefault(spec.name, _Kinds(ROW_HEAD))
            for column in spec.columns:
                table.note(column.name, column.kind, many=False)
        else:
            records.note(spec.name, spec.kind, spec.many)
    with tempfile.TemporaryFile() as aside:
        async for row in rows:
            _note(row, records, tables)
            aside.write(row.model_dump_json().encode() + b"\n")
        found = [(None, records.columns()), *((name, kinds.columns()) for name, kinds in tables.items())]
        yield tuple(Table(name, columns, aside) for name, columns in found)


def _note(row: RecordRow, records: _Kinds, tables: dict[str, _Kinds]) -> None:
    declared = {spec.name: spec for spec in row.declared}
    for name in row.fields:
        spec = declared.get(name)
        if name in row.columns:
            kinds = {column.name: column.kind for column in spec.columns} if spec else {}
            table = tables.setdefault(name, _Kinds(ROW_HEAD))
            for column in row.columns[name]:
                table.note(column, kinds.get(column), many=False)
        else:
            records.note(name, spec.kind if spec else None, spec.many if spec else False)


def _plain(value: str | list[str] | list[dict[str, str | None]] | None) -> Value:
    if isinstance(value, list):
        return [one for one in value if isinstance(one, str)]
    return value


def _column(field: str, head: tuple[str, ...]) -> str:
    return f"field_{field}" if field in head else field


def _field(column: str, head: tuple[str, ...]) -> str:
    bare = column.removeprefix("field_")
    return bare if bare in head else column
