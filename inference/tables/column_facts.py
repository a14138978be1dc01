"""What is known about the columns of a table: words, kind, place, products, sums printed below."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inference.reading.document import Floats
from inference.tables.cells import Grid, GridCell, looks_like_money, number_in
from inference.tables.columns import Part

MOST_NUMERIC = 9
"""Columns of numbers that are multiplied with one another; a table of more is a grid of something else."""
MOST_COMPUTED = 80
PART_FEATURES = 36
SUM_BELOW = 30
"""Place of the fact that a part adds up to an amount below it: 1 for several rows, less for one."""
ARITHMETIC = (27, 28, 29, SUM_BELOW)
"""Places of the facts about products and sums among them."""

_SAME_EDGE = 0.012
_AFTER = 80


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
