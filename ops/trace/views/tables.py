"""A list of rows in the tree: its rows in columns, each with its place; doubts and evidence below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ops.trace.views.elements import element_words
from ops.words import several, shown, spoken, unit
from ops.words.tree import Node, Tone, joined
from schemas.decided import DecidedField
from schemas.fields import Cell, Evidence, FieldState, FieldValue, Reading, Row
from schemas.layout import Box
from schemas.results import CellDoubt, RecordField

MOST_ROWS = 20
"""Rows shown of one table, where not everything is asked for: the doubtful ones first."""

_WIDEST = 32
_NOTHING = {
    FieldState.ABSENT: "–",
    FieldState.MISSING: "missing",
    FieldState.CANNOT_TELL: "cannot tell",
}


def row_nodes(judged: RecordField | None, field: FieldValue, *, full: bool) -> tuple[Node, ...]:
    """Return a line per row below a head of the columns' names; what is left out is counted."""
    if not field.rows:
        return ()
    doubts = doubts_by_row(judged)
    numbers = chosen_rows(field, doubts, most=None if full else MOST_ROWS)
    texts = [[cell_text(cell, _WIDEST) for cell in field.rows[number - 1].cells] for number in numbers]
    widths = [max(map(len, column)) for column in zip(field.columns, *texts, strict=True)]
    nodes = [Node("row", _aligned(field.columns, widths).rstrip(), "quiet")]
    for number, cells in zip(numbers, texts, strict=True):
        row, own = field.rows[number - 1], doubts.get(number, [])
        below = [Node("because", f"{doubt.column}: {shown(doubt.reason, None)}", "doubt") for doubt in own]
        below += [node for cell in row.cells for node in _evidence(cell)] if full else []
        text = f"{_aligned(cells, widths)}   {row_place(row) or ''}".rstrip()
        nodes.append(Node(str(number), text, "doubt" if own else "plain", tuple(below)))
    left = len(field.rows) - len(numbers)
    if left:
        nodes.append(Node("…", f"{several(left, 'row')} more; trace --full shows all", "quiet"))
    return tuple(nodes)


def chosen_rows(
    field: FieldValue, doubts: dict[int, list[CellDoubt]], *, most: int | None
) -> tuple[int, ...]:
    """Return the numbers of the rows to show in order, doubtful ones before others where not all fit."""
    numbers = range(1, len(field.rows) + 1)
    if most is None or len(field.rows) <= most:
        return tuple(numbers)
    return tuple(sorted(sorted(numbers, key=lambda number: (number not in doubts, number))[:most]))


def doubts_by_row(judged: RecordField | None) -> dict[int, list[CellDoubt]]:
    """Return the doubts about a table's cells, by row."""
    found: dict[int, list[CellDoubt]] = {}
    for doubt in judged.cells if judged else ():
        found.setdefault(doubt.row, []).append(doubt)
    return found


def cell_text(cell: Cell, limit: int | None) -> str:
    """Return a cell's value, or the sign or words for its state."""
    if cell.state is not FieldState.VALUE:
        return _NOTHING[cell.state]
    return shown(_value(cell.readings[0]), limit)


def row_place(row: Row) -> str | None:
    """Return where on its page a row stands; a row over two pages names both."""
    pages: dict[int, Box] = {}
    for evidence in _places(row):
        pages[evidence.page] = _around(pages.get(evidence.page), evidence.box)
    said = [
        f"page {page}, {box.y0 * 100:.0f}–{box.y1 * 100:.0f} % down" for page, box in sorted(pages.items())
    ]
    return " and ".join(said) or None


def decided_rows_words(decided: DecidedField) -> str:
    """Return how many rows a person decided on, and how many of them are new."""
    added = sum(row.origin is None for row in decided.rows)
    return joined(several(len(decided.rows), "row"), f"{added} added" if added else None)


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))


def _places(row: Row) -> Iterable[Evidence]:
    return (evidence for cell in row.cells for reading in cell.readings for evidence in reading.evidence)


def _around(box: Box | None, other: Box) -> Box:
    if box is None:
        return other
    return Box(
        x0=min(box.x0, other.x0), y0=min(box.y0, other.y0), x1=max(box.x1, other.x1), y1=max(box.y1, other.y1)
    )


def _evidence(cell: Cell) -> list[Node]:
    """Return where a cell's value stands, and what else it could be."""
    nodes = []
    for reading in cell.readings:
        kind = spoken(reading.evidence_class.value)
        tone: Tone = "quiet" if cell.grounded else "bad"
        quotes = [f"“{shown(e.quote, None)}” line {shown(e.line)}" for e in reading.evidence]
        if reading.element is not None:
            quotes.insert(0, f"“{shown(reading.raw, None)}” {element_words(reading.element, full=False)}")
        where = ", ".join(quotes) or f"“{shown(reading.raw, None)}”, no place on a page"
        sure = None if cell.confidence is None else unit(cell.confidence)
        nodes.append(Node(cell.name, joined(kind, where, sure), tone))
    others = (f"or {shown(_value(other), None)} at {unit(other.confidence)}" for other in cell.alternatives)
    nodes += [Node(cell.name, other, "quiet") for other in others]
    return nodes


def _value(reading: Reading) -> str:
    return reading.raw if reading.value is None else reading.value
