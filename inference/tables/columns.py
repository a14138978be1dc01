"""The columns of a table as its rows show them, each with the heading above it."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np

from inference.reading.document import Floats
from inference.tables.cells import Grid, GridCell
from inference.tables.heads import Head, HeadColumn

MOST_PARTS = 16

_SHARED = 0.3
_WIDE_TEXT = 0.06
_MOSTLY = 0.5
_USUALLY = 0.6
_SKIP_HEAD, _SKIP_BODY = -0.35, -0.6


@dataclass(frozen=True)
class Part:
    """A column of the table, or its numbers (``number``) or what follows them (``rest``), or its ``text``.

    Attributes:
        column: Which column, counted from the left.
        cells: Per row of the table: its cell, or None.
        head: The heading above it, where there is one.
    """

    column: int
    what: str
    x0: float
    x1: float
    cells: tuple[GridCell | None, ...]
    head: HeadColumn | None

    @property
    def values(self) -> Floats:
        """The numbers per row; nan where there is none."""
        return np.array(
            [np.nan if c is None or c.number is None else c.number.value for c in self.cells],
            dtype=np.float64,
        )


def parts_of(grid: Grid, anchors: Sequence[int], head: Head | None) -> list[Part]:
    """Return the parts of the columns that the lines ``anchors`` (one per row of the table) show."""
    if not anchors:
        return []
    spans = extents_of([cell for index in anchors for cell in grid.lines[index].cells])
    rows = [_placed(grid.lines[index].cells, spans) for index in anchors]
    beside = _beside(grid, anchors, spans)
    if beside:
        found = extents_of([cell for row in beside for cell in row])
        spans = sorted([*spans, *found])
        rows = [
            _placed([*grid.lines[index].cells, *more], spans)
            for index, more in zip(anchors, beside, strict=True)
        ]
    heads = _headed(spans, head)
    out: list[Part] = []
    for number, (x0, x1) in enumerate(spans):
        cells = tuple(row.get(number) for row in rows)
        filled = [cell for cell in cells if cell is not None]
        numbers = [cell.number for cell in filled if cell.number is not None]
        kinds = ["text"]
        if len(numbers) >= _MOSTLY * len(filled):
            rests = sum(bool(n.rest) and not n.percent for n in numbers)
            kinds = ["number", "rest"] if rests >= _MOSTLY * len(numbers) else ["number"]
        out += [Part(number, what, x0, x1, cells, heads.get(number)) for what in kinds]
    return out[:MOST_PARTS]


def _beside(grid: Grid, anchors: Sequence[int], spans: Sequence[tuple[float, float]]) -> list[list[GridCell]]:
    """Return, per row, the cells that stand a line off all others, in a column of their own.

    Empty where less than most rows have such a cell at the same distance.
    """
    own = set(anchors)
    for offset in (1, -1, 2):
        found = [_free_cells(grid, anchor, anchor + offset, own, spans) for anchor in anchors]
        if sum(bool(cells) for cells in found) >= _USUALLY * len(anchors):
            return found
    return []


def _free_cells(
    grid: Grid, anchor: int, line: int, own: Container[int], spans: Sequence[tuple[float, float]]
) -> list[GridCell]:
    if line in own or not 0 <= line < len(grid.lines) or grid.lines[line].page != grid.lines[anchor].page:
        return []
    height = max(cell.height for cell in grid.lines[anchor].cells)
    if abs(grid.lines[line].y0 - grid.lines[anchor].y0) > 3 * height:
        return []
    return [
        cell for cell in grid.lines[line].cells if all(min(cell.x1, b) <= max(cell.x0, a) for a, b in spans)
    ]


def extents_of(cells: Sequence[GridCell]) -> list[tuple[float, float]]:
    """Return the extents of the columns that cells stand in; a long text counts by its beginning."""
    found: list[list[float]] = []
    ordered = sorted(
        (cell.x0, cell.x1 if cell.number else min(cell.x1, cell.x0 + _WIDE_TEXT)) for cell in cells
    )
    for x0, x1 in ordered:
        for column in found:
            if min(x1, column[1]) - max(x0, column[0]) > _SHARED * min(x1 - x0, column[1] - column[0]):
                column[0], column[1] = min(x0, column[0]), max(x1, column[1])
                break
        else:
            found.append([x0, x1])
    return sorted((x0, x1) for x0, x1 in found)


def extent_at(cell: GridCell, extents: Sequence[tuple[float, float]]) -> int:
    """Return which of the extents a cell shares most with."""
    shared = [min(cell.x1, x1) - max(cell.x0, x0) for x0, x1 in extents]
    return shared.index(max(shared))


def _placed(cells: Sequence[GridCell], spans: Sequence[tuple[float, float]]) -> dict[int, GridCell]:
    out: dict[int, GridCell] = {}
    for cell in cells:
        wide = cell.x1 if cell.number else min(cell.x1, cell.x0 + _WIDE_TEXT)
        shared = [min(wide, x1) - max(cell.x0, x0) for x0, x1 in spans]
        out.setdefault(shared.index(max(shared)), cell)
    return out


def _headed(spans: Sequence[tuple[float, float]], head: Head | None) -> dict[int, HeadColumn]:
    """Return the heading of each column: the best alignment that keeps both in their order."""
    if head is None:
        return {}
    n, m = len(head.columns), len(spans)
    best = np.full((n + 1, m + 1), -np.inf)
    best[0, 0] = 0.0
    step = np.zeros((n + 1, m + 1), dtype=np.int64)
    for i in range(n + 1):
        for j in range(m + 1):
            options = [
                (best[i - 1, j] + _SKIP_HEAD if i else -np.inf),
                (best[i, j - 1] + _SKIP_BODY if j else -np.inf),
                (best[i - 1, j - 1] + _nearness(head.columns[i - 1], spans[j - 1]) if i and j else -np.inf),
            ]
            if i or j:
                step[i, j] = int(np.argmax(options))
                best[i, j] = max(options)
    out: dict[int, HeadColumn] = {}
    i, j = n, m
    while i or j:
        taken = step[i, j]
        if taken == 2:
            out[j - 1] = head.columns[i - 1]
        i, j = i - (taken != 1), j - (taken != 0)
    return out


def _nearness(column: HeadColumn, span: tuple[float, float]) -> float:
    x0, x1 = span
    middle = abs((column.x0 + column.x1 - x0 - x1) / 2)
    distance = min(abs(column.x0 - x0), abs(column.x1 - x1), middle)
    shared = min(column.x1, x1) - max(column.x0, x0)
    return 1.0 - 15 * distance - (min(2.0, -shared * 20) if shared <= 0 else 0.0)
