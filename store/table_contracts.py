"""What must hold of the tables of a record and of a decision: every cell accounted for; pure."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.decided import Decision
from schemas.fields import FieldState, FieldValue
from schemas.records import RecordStatus
from schemas.results import CellPlace, Record, RecordField, TableCoverage
from store.field_contracts import repeated


def check_tables(record: Record) -> Iterator[str]:
    """Every rows field that was read has its coverage, which agrees with its cells."""
    read = {entry.field.name: entry.field for entry in record.fields if entry.field.rows}
    stated = {table.field: table for table in record.coverage.tables}
    if list(stated) != list(read) or len(stated) != len(record.coverage.tables):
        yield f"coverage counts the tables {', '.join(stated)}; the record has {', '.join(read)}"
    for name in stated.keys() & read.keys():
        yield from _table(stated[name], read[name])
    for entry in record.fields:
        yield from _doubts(entry)
    if record.status is RecordStatus.ACCEPTED:
        open_tables = [table.field for table in stated.values() if table.missing or table.cannot_tell]
        if open_tables:
            yield f"an accepted record leaves cells of {', '.join(open_tables)} undecided"


def check_decided_rows(decision: Decision) -> Iterator[str]:
    """The rows a person decided have the same columns, each once, and no row is kept twice."""
    for entry in decision.fields:
        if entry.rows and (entry.value is not None or entry.values):
            yield f"field {entry.name!r} is decided as rows and as a value"
        origins = [row.origin for row in entry.rows if row.origin is not None]
        if len(set(origins)) < len(origins) or any(origin < 1 for origin in origins):
            yield f"field {entry.name!r} keeps rows {origins}"
        columns = [tuple(cell.column for cell in row.cells) for row in entry.rows]
        if len(set(columns)) > 1 or any(not names or repeated(names) for names in columns):
            yield f"field {entry.name!r} has rows of different columns"


def _table(stated: TableCoverage, field: FieldValue) -> Iterator[str]:
    where = f"coverage of {stated.field!r}"
    if (stated.rows, stated.columns) != (len(field.rows), len(field.columns)):
        yield (
            f"{where} counts {stated.rows} rows of {stated.columns} columns; "
            f"there are {len(field.rows)} of {len(field.columns)}"
        )
    states = [cell.state for cell in field.cells]
    if stated.with_value != states.count(FieldState.VALUE):
        yield f"{where} counts {stated.with_value} cells with a value, not {states.count(FieldState.VALUE)}"
    if stated.absent != states.count(FieldState.ABSENT):
        yield f"{where} counts {stated.absent} absent cells, not {states.count(FieldState.ABSENT)}"
    for state, places in (
        (FieldState.MISSING, stated.missing),
        (FieldState.CANNOT_TELL, stated.cannot_tell),
    ):
        if list(places) != places_of(field, state):
            yield f"{where} does not name the {state.value} cells"


def places_of(field: FieldValue, state: FieldState) -> list[CellPlace]:
    """Return where the cells in ``state`` stand, in the order of rows and columns."""
    return [
        CellPlace(row=number, column=cell.name)
        for number, row in enumerate(field.rows, start=1)
        for cell in row.cells
        if cell.state is state
    ]


def _doubts(entry: RecordField) -> Iterator[str]:
    for doubt in entry.cells:
        if not 1 <= doubt.row <= len(entry.field.rows) or doubt.column not in entry.field.columns:
            yield f"field {entry.field.name!r}: a doubt about row {doubt.row}, column {doubt.column!r}"
