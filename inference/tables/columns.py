"""The columns of a table as its rows show them, and what is known about each: words, kind, arithmetic."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

import numpy as np

from inference.reading.document import Floats
from inference.tables.cells import Grid, GridCell, looks_like_money
from inference.tables.heads import Head, HeadColumn

MOST_PARTS = 16
MOST_NUMERIC = 9
"""Columns of numbers that are multiplied with one another; a table of more is a grid of something else."""
MOST_COMPUTED = 80
PART_FEATURES = 36
SUM_BELOW = 30
"""Place of the fact that a part adds up to an amount below it: 1 for several rows, less for one."""
ARITHMETIC = (27, 28, 29, SUM_BELOW)
"""Places of the facts about products and sums among them."""

_SHARED = 0.3
_WIDE_TEXT = 0.06
_MOSTLY = 0.5
_USUALLY = 0.6
_SAME_EDGE = 0.012
_AFTER = 80
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
    return int(np.argmax([min(cell.x1, x1) - max(cell.x0, x0) for x0, x1 in extents]))


def _placed(cells: Sequence[GridCell], spans: Sequence[tuple[float, float]]) -> dict[int, GridCell]:
    out: dict[int, GridCell] = {}
    for cell in cells:
        wide = cell.x1 if cell.number else min(cell.x1, cell.x0 + _WIDE_TEXT)
        shared = [min(wide, x1) - max(cell.x0, x0) for x0, x1 in spans]
        out.setdefault(int(np.argmax(shared)), cell)
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


def part_features(grid: Grid, parts: Sequence[Part], last_line: int, meanings: int) -> tuple[Floats, Floats]:
    """Return what is known about parts: PART_FEATURES numbers each, and the chances of their headings.

    Args:
        grid: The document.
        parts: Of one table.
        last_line: Line of the table's last row; amounts printed below it may be its sums.
        meanings: How many meanings headings have.
    """
    values = np.zeros((len(parts), PART_FEATURES))
    chances = np.zeros((len(parts), meanings))
    below = amounts_below(grid, last_line)
    products = _products(parts)
    columns = max((part.column for part in parts), default=0) + 1
    numeric = [part.column for part in parts if part.what == "number"]
    longest = max((_mean_length(part) for part in parts if part.what == "text"), default=0.0)
    for number, part in enumerate(parts):
        row = values[number]
        if part.head is not None:
            chances[number] = part.head.chances
            row[0], row[1] = 1.0, part.head.lines
        row[2:5] = part.what == "number", part.what == "rest", part.what == "text"
        row[5] = part.column / max(1, columns - 1)
        row[6] = columns - 1 - part.column
        row[7] = bool(numeric) and part.column == numeric[-1]
        row[8] = bool(numeric) and part.column == numeric[0]
        row[9] = columns
        row[10] = len(part.cells)
        row[11] = sum(cell is not None for cell in part.cells) / len(part.cells)
        row[12:20] = _number_facts(part)
        row[20:26] = _text_facts(part)
        row[26] = part.what == "text" and _mean_length(part) == longest
        row[27:30] = products[number]
        row[30] = _sum_below(part, below)
        row[31] = _counts_up(part)
        row[32] = part.x0
        row[33] = part.x1 - part.x0
        row[34:36] = _text_below(grid, part)
    return values, chances


def _text_below(grid: Grid, part: Part) -> tuple[float, float]:
    """Return in what share of rows a text stands right below the cell, and how long it is."""
    lengths = []
    filled = [cell for cell in part.cells if cell is not None]
    for cell in filled:
        below = grid.line_of[cell.row] + 1
        if below < len(grid.lines) and grid.lines[below].page == cell.page:
            lengths += [
                len(other.text)
                for other in grid.lines[below].cells
                if other.number is None and abs(other.x0 - cell.x0) < _SAME_EDGE
            ][:1]
    return len(lengths) / max(1, len(filled)), min(float(np.mean(lengths)) if lengths else 0.0, 80) / 20


def _number_facts(part: Part) -> list[float]:
    numbers = [cell.number for cell in part.cells if cell is not None and cell.number is not None]
    if not numbers or part.what == "text":
        return [0.0] * 8
    values = [abs(n.value) for n in numbers]
    share = 1 / len(numbers)
    return [
        sum(n.decimals == 2 for n in numbers) * share,
        sum(n.decimals > 2 for n in numbers) * share,
        sum(v == int(v) for v in values) * share,
        sum(n.percent for n in numbers) * share,
        sum(n.currency for n in numbers) * share,
        float(np.log10(np.median(values) + 0.01)),
        sum(v <= 30 for v in values) * share,
        len(set(values)) * share,
    ]


def _text_facts(part: Part) -> list[float]:
    texts = [_said(part, cell) for cell in part.cells if cell is not None]
    if not texts:
        return [0.0] * 6
    joined = "".join(texts)
    return [
        min(float(np.mean([len(text) for text in texts])), 80) / 20,
        float(np.mean([text.count(" ") for text in texts])),
        sum(c.isdigit() for c in joined) / max(1, len(joined)),
        sum(c.isupper() for c in joined) / max(1, len(joined)),
        len(set(texts)) / len(texts),
        float(np.mean([any(c.isdigit() for c in text) and " " not in text for text in texts])),
    ]


def _said(part: Part, cell: GridCell) -> str:
    if part.what == "rest" and cell.number is not None:
        return cell.number.rest
    return cell.text


def _mean_length(part: Part) -> float:
    lengths = [len(cell.text) for cell in part.cells if cell is not None]
    return float(np.mean(lengths)) if lengths else 0.0


def _products(parts: Sequence[Part]) -> Floats:
    """Return, per part, in what share of rows it is a product, a factor of one, a discount in one."""
    out = np.zeros((len(parts), 3))
    numeric = [n for n, part in enumerate(parts) if part.what == "number"][:MOST_NUMERIC]
    if len(numeric) < 3:
        return out
    table = np.abs(np.array([parts[n].values[:MOST_COMPUTED] for n in numeric]))
    percents = [k for k, n in enumerate(numeric) if parts[n].values.size and _percents(parts[n])]
    for a in range(len(numeric)):
        for b in range(a + 1, len(numeric)):
            raw = table[a] * table[b]
            worth = np.where((table[a] == 1) | (table[b] == 1), 0.4, 1.0)
            for c in range(len(numeric)):
                if c in (a, b):
                    continue
                right = _equal(raw, table[c]) * worth
                for d in percents:
                    if d not in (a, b, c):
                        reduced = _equal(raw * (1 - table[d] / 100), table[c]) * worth * (table[d] > 0)
                        if reduced.sum() > 0:
                            out[numeric[d], 2] = max(out[numeric[d], 2], float(np.mean(reduced)))
                        right = np.maximum(right, reduced)
                share = float(np.mean(right))
                out[numeric[c], 0] = max(out[numeric[c], 0], share)
                for factor in (a, b):
                    out[numeric[factor], 1] = max(out[numeric[factor], 1], share)
    return out


def _percents(part: Part) -> bool:
    return any(cell is not None and cell.number is not None and cell.number.percent for cell in part.cells)


def _equal(found: Floats, printed: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        close = np.abs(found - printed) <= np.maximum(0.011, 0.0006 * printed)
        return np.asarray(close & (printed > 0), dtype=np.float64)


def amounts_below(grid: Grid, last_line: int) -> Floats:
    """Return the amounts that are printed not far below a line, without their signs."""
    lines = grid.lines[last_line + 1 : last_line + 1 + _AFTER]
    out = [
        cell.number.value for line in lines for cell in line.numbers if cell.number and looks_like_money(cell)
    ]
    out += [
        amount
        for line in lines
        for cell in line.cells
        if cell.number is None
        for amount in last_amount(grid, cell)
    ]
    return np.abs(np.array(out, dtype=np.float64))


def last_amount(grid: Grid, cell: GridCell) -> list[float]:
    """Return the amount that a text ends with, as in ``Total 12.40``."""
    from inference.tables.cells import number_in

    words = cell.text.split()
    for count in (1, 2, 3):
        if len(words) > count:
            number = number_in(" ".join(words[-count:]), grid.decimal)
            if number is not None and number.decimals == 2:
                return [number.value]
    return []


def _sum_below(part: Part, below: Floats) -> float:
    """Return 1 where the part's sum is printed below the table (less for one row), 0 where it is not."""
    values = part.values
    if part.what != "number" or np.isnan(values).any() or not len(below):
        return 0.0
    total = abs(float(np.round(values.sum(), 2)))
    if total < 0.005 or (np.abs(below - total) > 0.021).all():
        return 0.0
    return 1.0 if len(values) > 1 else 0.5


def _counts_up(part: Part) -> float:
    values = part.values
    if part.what != "number" or len(values) < 2:
        return 0.5 * (part.what == "number" and len(values) == 1 and values[0] == 1)
    steps = np.diff(values)
    return float(np.mean(steps == steps[0]) if steps[0] > 0 else 0.0)
