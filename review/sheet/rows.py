"""A list of rows on the sheet: each row with its number and a value per column; and read back from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doctypes.definition import DocType, FieldSpec
from review.sheet.values import UNDECIDED, DecisionFileError, normal_value, require_known
from schemas.decided import DecidedCell, DecidedField, DecidedRow
from schemas.fields import Cell, FieldState, FieldValue, Row
from schemas.layout import Box
from schemas.results import CellDoubt, RecordField

ROW = "row"
"""The key under which a row of the sheet says which row of the record it is; a new one has none."""

Rows = list[dict[str, Any]] | str | None
"""Rows as they stand on the sheet; '?' for a table that nobody read, null where there is none."""


def rows_entry(judged: RecordField) -> dict[str, Any]:
    """Return what the sheet says of a table: its rows to edit, what is doubtful in them, where they stand."""
    field = judged.field
    return {
        "rows": sheet_rows(field),
        "columns": list(field.columns),
        "reasons": list(judged.reasons),
        "arithmetic": judged.arithmetic,
        "doubts": [_doubt(doubt, field.rows[doubt.row - 1]) for doubt in judged.cells],
        "places": [
            {ROW: number, "page": page, "box": box}
            for number, row in enumerate(field.rows, start=1)
            for page, box in _places(row)
        ],
    }


def sheet_rows(field: FieldValue) -> Rows:
    """Return the rows as they stand on the sheet; handing them back unchanged confirms them."""
    if field.state in (FieldState.MISSING, FieldState.CANNOT_TELL):
        return UNDECIDED
    if field.state is FieldState.ABSENT:
        return None
    return [
        {ROW: number, **{cell.name: _value(cell) for cell in row.cells}}
        for number, row in enumerate(field.rows, start=1)
    ]


def confirms(given: Any, field: FieldValue) -> bool:
    """Whether ``given`` is what the sheet said: numbers read from a file are texts there."""
    if isinstance(given, Mapping):
        given = given.get("rows")
    stands = sheet_rows(field)
    if isinstance(given, list) and isinstance(stands, list):
        texts = [{k: str(v) if k == ROW else v for k, v in row.items()} for row in stands]
        return bool(given == texts)
    return bool((given or None) == (stands or None))


def decided_rows(spec: FieldSpec, given: Any, field: FieldValue, doc_type: DocType) -> DecidedField:
    """Return the table that a file gives: every row with every column, null where the row has none.

    Args:
        spec: The rows field.
        given: What the file says: a list of rows, null, or an entry of the sheet that holds one.
        field: What the sheet was made from.
        doc_type: Says how dates are read.

    Raises:
        DecisionFileError: A row or cell that can't be taken as it is, named.
    """
    where = f"field {spec.name!r}"
    if isinstance(given, Mapping):
        if "rows" not in given:
            raise DecisionFileError(f"{where} has no 'rows'")
        given = given["rows"]
    if given == UNDECIDED:
        raise DecisionFileError(
            f"{where} is still {UNDECIDED!r}: write its rows, or null where the document has none"
        )
    if given is None or given == []:
        return DecidedField(name=spec.name)
    if not isinstance(given, list) or not all(isinstance(row, Mapping) for row in given):
        raise DecisionFileError(
            f"{where} takes a list of rows, each an object of columns and values, or null"
        )
    rows = tuple(
        _row(spec, row, len(field.rows), f"{where}, row {number}", doc_type)
        for number, row in enumerate(given, start=1)
    )
    seen: set[int] = set()
    for origin in (row.origin for row in rows if row.origin is not None):
        if origin in seen:
            raise DecisionFileError(f"{where}: two rows say {ROW!r}: {origin}; a new row has null there")
        seen.add(origin)
    return DecidedField(name=spec.name, rows=rows)


def _row(spec: FieldSpec, given: Mapping[str, Any], known: int, where: str, doc_type: DocType) -> DecidedRow:
    names = spec.column_names
    for name in given:
        if name != ROW and name not in names:
            require_known(name, names, f"{where} has a key")
    for name in names:
        if name not in given:
            raise DecisionFileError(
                f"{where} lacks column {name!r}: write its value, or null where the row has none"
            )
    cells = tuple(_cell(column, given[column.name], where, doc_type) for column in spec.columns)
    if all(cell.value is None for cell in cells):
        raise DecisionFileError(f"{where} is empty; leave it out")
    return DecidedRow(origin=_origin(given.get(ROW), known, where), cells=cells)


def _origin(given: Any, known: int, where: str) -> int | None:
    if given is None:
        return None
    number = int(given) if isinstance(given, str) and given.isdecimal() else 0
    if not 1 <= number <= known:
        raise DecisionFileError(
            f"{where}: {ROW!r} must be the number of one of the record's {known} rows, or null for a new one"
        )
    return number


def _cell(column: FieldSpec, given: Any, where: str, doc_type: DocType) -> DecidedCell:
    if given is None:
        return DecidedCell(column=column.name)
    place = f"{where}, column {column.name!r}"
    if not isinstance(given, str):
        raise DecisionFileError(f"{place} takes one value as text, or null")
    return DecidedCell(column=column.name, raw=given, value=normal_value(column, given, doc_type, place))


def _value(cell: Cell) -> str | None:
    if cell.state in (FieldState.MISSING, FieldState.CANNOT_TELL):
        return UNDECIDED
    if not cell.readings:
        return None
    first = cell.readings[0]
    return first.raw if first.value is None else first.value


def _doubt(doubt: CellDoubt, row: Row) -> dict[str, Any]:
    cell = row.cell(doubt.column)
    return {
        ROW: doubt.row,
        "column": doubt.column,
        "reason": doubt.reason,
        "raw": [reading.raw for reading in cell.readings],
        "alternatives": [
            reading.raw if reading.value is None else reading.value for reading in cell.alternatives
        ],
    }


def _places(row: Row) -> list[tuple[int, list[float]]]:
    """Return, per page, the box around a row's evidence."""
    boxes: dict[int, list[Box]] = {}
    for cell in row.cells:
        for reading in cell.readings:
            for evidence in reading.evidence:
                boxes.setdefault(evidence.page, []).append(evidence.box)
    return [
        (
            page,
            [
                round(side, 4)
                for side in (
                    min(b.x0 for b in own),
                    min(b.y0 for b in own),
                    max(b.x1 for b in own),
                    max(b.y1 for b in own),
                )
            ],
        )
        for page, own in sorted(boxes.items())
    ]
