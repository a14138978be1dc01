"""From the rows a model recorded to a table: every declared column once in every row, every cell grounded."""

from __future__ import annotations

from typing import Any

from agents.extraction.readings import MAX_ALTERNATIVES, Page
from doctypes.definition import FieldSpec
from schemas.fields import Cell, Evidence, FieldState, FieldValue, Row

_STATES = {
    FieldState.MISSING: "the model could not read the table",
    FieldState.ABSENT: "the model found no such rows in the document",
}


def table_value(spec: FieldSpec, recorded: dict[str, Any], page: Page) -> FieldValue:
    """Return a rows field: *missing* where the model gave no rows at all, absent where it found none."""
    rows = recorded["rows"]
    state = FieldState.MISSING if rows is None else FieldState.VALUE if rows else FieldState.ABSENT
    return FieldValue(
        name=spec.name,
        state=state,
        confidence=page.confidence(recorded) if rows is not None else None,
        note=_STATES.get(state),
        columns=spec.column_names,
        rows=tuple(_row(spec, row, page) for row in rows or ()),
    )


def _row(spec: FieldSpec, recorded: dict[str, Any], page: Page) -> Row:
    named = [line for cell in recorded.values() if cell is not None for line in cell["lines"]]
    taken: list[Evidence] = []
    cells: list[Cell] = []
    for column in spec.columns:
        cell = _cell(column, recorded, page, named, taken)
        taken += [evidence for reading in cell.readings for evidence in reading.evidence]
        cells.append(cell)
    return Row(cells=tuple(cells))


def _cell(
    column: FieldSpec,
    row: dict[str, Any],
    page: Page,
    named: list[str],
    taken: list[Evidence],
) -> Cell:
    """Return one cell: null is *absent* from the row, a column the model left out is *missing*."""
    if column.name not in row:
        note = "the model did not answer for this cell"
        return Cell(name=column.name, state=FieldState.MISSING, note=note)
    recorded = row[column.name]
    if recorded is None:
        return Cell(name=column.name, state=FieldState.ABSENT)
    others = recorded.get("alternatives", ())[:MAX_ALTERNATIVES]
    return Cell(
        name=column.name,
        state=FieldState.VALUE,
        readings=(page.read_cell(column, recorded, named, taken),),
        confidence=page.confidence(recorded),
        alternatives=tuple(page.read_cell(column, other, named) for other in others),
    )
