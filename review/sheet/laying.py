"""A person's field laid over what was read, for the rules to judge; a field as values to compare; pure."""

from __future__ import annotations

from doctypes.definition import FieldSpec
from review.sheet.answers import Answer
from schemas.decided import DecidedCell, DecidedField, DecidedRow
from schemas.fields import Cell, Deliverable, EvidenceClass, FieldState, FieldValue, Reading, Row


def answer_of(field: FieldValue) -> Answer:
    """Return what was read, as normal values; for a table its rows, each with a value per column."""
    if field.columns:
        return [[_first(cell) for cell in row.cells] for row in field.rows]
    return [reading.raw if reading.value is None else reading.value for reading in field.readings]


def answer_decided(decided: DecidedField) -> Answer:
    """Return what a person decided, in the same form."""
    if decided.rows:
        return [[cell.value for cell in row.cells] for row in decided.rows]
    if decided.values:
        return list(decided.values)
    return [] if decided.value is None else [decided.value]


def kept(spec: FieldSpec, field: FieldValue) -> DecidedField:
    """Return the decision that a field is right as it was read."""
    if spec.columns:
        rows = tuple(
            DecidedRow(origin=number, cells=tuple(_kept_cell(cell) for cell in row.cells))
            for number, row in enumerate(field.rows, start=1)
        )
        return DecidedField(name=spec.name, rows=rows)
    if spec.many:
        raws = "; ".join(reading.raw for reading in field.readings)
        values = tuple(r.value for r in field.readings if r.value is not None)
        return DecidedField(name=spec.name, raw=raws or None, values=values)
    if not field.readings:
        return DecidedField(name=spec.name)
    return DecidedField(name=spec.name, raw=field.readings[0].raw, value=field.readings[0].value)


def laid(spec: FieldSpec, decided: DecidedField, read: FieldValue) -> FieldValue:
    """Return the field with the person's values, as rules read it; rows that stayed are those read."""
    if spec.columns:
        return FieldValue(
            name=spec.name,
            state=FieldState.VALUE if decided.rows else FieldState.ABSENT,
            confidence=1.0,
            columns=spec.column_names,
            rows=tuple(_row(row, read) for row in decided.rows),
        )
    values = decided.values or ((decided.value,) if decided.value is not None else ())
    files = {reading.value: reading.file for reading in read.readings}
    return FieldValue(
        name=spec.name,
        state=FieldState.VALUE if values else FieldState.ABSENT,
        confidence=1.0,
        readings=tuple(_reading(value, decided.file or files.get(value)) for value in values),
    )


def _first(cell: Cell) -> str | None:
    if not cell.readings:
        return None
    first = cell.readings[0]
    return first.raw if first.value is None else first.value


def _kept_cell(cell: Cell) -> DecidedCell:
    raw = cell.readings[0].raw if cell.readings else None
    return DecidedCell(column=cell.name, raw=raw, value=cell.value)


def _row(row: DecidedRow, read: FieldValue) -> Row:
    known = read.rows[row.origin - 1] if row.origin and row.origin <= len(read.rows) else None
    said = [(cell.column, cell.value) for cell in row.cells]
    # Of thousands of rows a key changes one.
    if known and [_settled(cell) for cell in known.cells] == said:
        return known
    return Row(cells=tuple(_cell(cell) for cell in row.cells))


def _settled(cell: Cell) -> tuple[str, str | None] | None:
    """Return what was read of a cell; None where nobody knows."""
    return (cell.name, cell.value) if cell.state in (FieldState.VALUE, FieldState.ABSENT) else None


def _cell(cell: DecidedCell) -> Cell:
    if cell.value is None:
        return Cell(name=cell.column, state=FieldState.ABSENT, confidence=1.0)
    return Cell(name=cell.column, state=FieldState.VALUE, readings=(_reading(cell.value),), confidence=1.0)


def _reading(value: str, file: Deliverable | None = None) -> Reading:
    return Reading(raw=value, value=value, confidence=1.0, evidence_class=EvidenceClass.INFERRED, file=file)
