"""A table as read, put into words: the value, the printed characters and the lines of every cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from doctypes.normalise import normalise
from doctypes.stated import stated_value
from inference.reading.document import Document
from inference.tables.cells import GridCell, Number
from inference.tables.model import NUMERIC, ReadCell, TableColumn
from schemas.fields import FieldKind


@dataclass(frozen=True, slots=True)
class CellAnswer:
    """One cell: its normal form, the characters printed, the lines they stand on."""

    value: str
    quote: str
    lines: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """A list of rows as read; a column that a row does not print is not in it.

    Attributes:
        rows: None where the table was not looked for.
        confidence: That the whole table is right, or that there is none.
        summed: Whether a required column adds up to an amount that is printed below.
    """

    name: str
    rows: tuple[Mapping[str, CellAnswer], ...] | None
    confidence: float
    summed: bool = False


def cell_answer(document: Document, column: TableColumn, cell: ReadCell, sure: float) -> CellAnswer | None:
    """Return a cell in words, or None where what is printed has no meaning for its column."""
    lines = tuple(
        dict.fromkeys(document.segments[piece.segment].line for c in cell.cells for piece in c.pieces)
    )
    first = cell.cells[0]
    if column.kind in NUMERIC:
        if first.number is None:
            return None
        quote = _digits(first, first.number, column.kind)
        value = _number(first.number, column.kind)
        return CellAnswer(value, quote, _lines_of(document, first, quote, lines), sure)
    if cell.what == "rest" and first.number is not None:
        rest = first.number.rest
        return CellAnswer(rest, rest, lines, sure)
    quote = "\n".join(c.text for c in cell.cells)
    meant = normalise(column.kind, " ".join(c.text for c in cell.cells)).value
    return CellAnswer(meant, quote, lines, sure) if meant else None


def _lines_of(document: Document, cell: GridCell, quote: str, lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lines of a number: the one it stands on, where its unit stands on another."""
    for piece in cell.pieces:
        if quote in document.text[piece.start : piece.end]:
            return (document.segments[piece.segment].line,)
    return lines


def _digits(cell: GridCell, number: Number, kind: FieldKind) -> str:
    text = cell.text.strip()
    start, end = number.digits
    if kind is FieldKind.PERCENTAGE and number.percent:
        return text
    return text[start:end]


def _number(number: Number, kind: FieldKind) -> str:
    """Return a number's normal form; the document's decimal sign decides, not the one cell's."""
    exact = f"{Decimal(repr(number.value)):.{max(number.decimals, 2 if kind is FieldKind.MONEY else 0)}f}"
    # As a page prints it, 1.980 would be taken for two thousand less twenty; here it is decided already.
    return stated_value(kind, exact) or exact
