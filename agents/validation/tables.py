"""Lists of rows: what speaks against each cell, in words, and every cell accounted for; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.validation.doubts import about_quotes, about_readings
from doctypes.definition import DocType, FieldSpec
from schemas.fields import Cell, FieldState, FieldValue, Row
from schemas.results import CellDoubt, CellPlace, TableCoverage

TOLD = 10
"""Doubts about cells that are told as reasons; all of them are kept with the field."""


def about_tables(
    doc_type: DocType, fields: dict[str, FieldValue], *, day_first: bool | None
) -> dict[str, tuple[CellDoubt, ...]]:
    """Return, per rows field, every doubt about a cell, in the order of rows and columns."""
    found = {
        spec.name: tuple(_doubts(spec, fields[spec.name], day_first))
        for spec in doc_type.fields
        if spec.columns and spec.name in fields
    }
    return {name: doubts for name, doubts in found.items() if doubts}


def told(spec: FieldSpec, doubts: Sequence[CellDoubt]) -> tuple[str, ...]:
    """Return the first of the doubts in words that name row and column, and how many there are besides."""
    shown = tuple(f"row {d.row}, {spec.column(d.column).title}: {d.reason}" for d in doubts[:TOLD])
    more = len(doubts) - len(shown)
    return (*shown, f"{more} more cells are doubtful") if more else shown


def table_coverage(field: FieldValue) -> TableCoverage:
    """Return how many cells are accounted for, naming those that are not."""
    states = [cell.state for cell in field.cells]
    return TableCoverage(
        field=field.name,
        rows=len(field.rows),
        columns=len(field.columns),
        with_value=states.count(FieldState.VALUE),
        absent=states.count(FieldState.ABSENT),
        missing=_places(field, FieldState.MISSING),
        cannot_tell=_places(field, FieldState.CANNOT_TELL),
    )


def unaccounted(field: FieldValue) -> bool:
    """Whether a table has cells about which nothing is known: a column declared after it was decided."""
    return any(cell.state is FieldState.MISSING for row in field.rows for cell in row.cells)


def _places(field: FieldValue, state: FieldState) -> tuple[CellPlace, ...]:
    return tuple(
        CellPlace(row=number, column=cell.name)
        for number, row in enumerate(field.rows, start=1)
        for cell in row.cells
        if cell.state is state
    )


def _doubts(spec: FieldSpec, field: FieldValue, day_first: bool | None) -> Iterator[CellDoubt]:
    seen: dict[tuple[object, ...], int] = {}
    for number, row in enumerate(field.rows, start=1):
        places = _evidence_of(row)
        twin = seen.setdefault(places, number) if places else number
        if twin != number:
            reason = f"the whole row was read from the same place as row {twin}"
            yield CellDoubt(row=number, column=row.cells[0].name, reason=reason)
        for column, cell in zip(spec.columns, row.cells, strict=True):
            about = (
                *_about(column, cell, day_first),
                *about_quotes(column, cell.readings, field, day_first=day_first),
            )
            for reason in dict.fromkeys(about):
                yield CellDoubt(row=number, column=column.name, reason=reason)


def _evidence_of(row: Row) -> tuple[object, ...]:
    # Rows of a machine are what they are; where the page prints them was searched for.
    readings = [reading for cell in row.cells for reading in cell.readings if reading.element is None]
    return tuple((e.line, e.start, e.end) for reading in readings for e in reading.evidence)


def _about(column: FieldSpec, cell: Cell, day_first: bool | None) -> Iterator[str]:
    match cell.state:
        case FieldState.MISSING:
            yield "nothing was decided about this cell"
        case FieldState.CANNOT_TELL:
            yield cell.note or "it could not be determined"
        case FieldState.ABSENT:
            if column.required:
                yield "required, but not found in this row"
        case FieldState.VALUE:
            if not cell.grounded:
                yield "not found in this row of the page"
            if cell.value is None:
                yield f"can't be read as a {column.kind.value}"
            yield from about_readings(column, cell.readings, day_first=day_first)
