"""What arithmetic says of a table: columns that multiply, rows that add up to an amount below them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from doctypes.normalise import normalise
from inference.reading.document import Floats
from inference.reading.patterns import PERCENT
from inference.tables.cells import Line
from inference.tables.column_facts import SUM_BELOW, amounts_below
from inference.tables.columns import Part, extent_at, extents_of
from schemas.fields import FieldKind

if TYPE_CHECKING:
    from inference.tables.model import Reading

LEAST_ROWS = 2
"""Rows below which a sum shows nothing: an amount that stands alone is printed again below anyway."""

_LIKELY = 4
_MOST_ROWS = 80
_USUAL = 0.55
_WORTH = 2.5
_OF_ONE = 0.4
_MOST_LEFT_OUT = 12
_MOST_TAXES = 3
_CENT = 0.011
_BORNE_OUT = 0.6
_MOST_LINES, _MOST_COLUMNS = 40, 8


@dataclass(frozen=True)
class Product:
    """Three columns of which the third is the product of the first two in a share of the rows."""

    columns: tuple[int, int, int]
    share: float

    def holds(self, line: Line, extents: Sequence[tuple[float, float]]) -> float:
        """Return 1 where a line's numbers agree, 0 where they do not, a half where nothing is known."""
        if self.share < _BORNE_OUT:
            return 0.5
        at = _numbers_at(line, extents)
        return float(_agree(*(at.get(column) for column in self.columns)))


def product_of(lines: Sequence[Line], extents: Sequence[tuple[float, float]]) -> Product:
    """Return the columns whose numbers are most often a product; the share of lines that bear it out."""
    rows = [_numbers_at(line, extents) for line in lines[:_MOST_LINES]]
    counts = Counter(column for row in rows for column in row)
    usual = [column for column, _ in counts.most_common(_MOST_COLUMNS)]
    best = Product((0, 0, 0), 0.0)
    for a, b in combinations(sorted(usual), 2):
        for c in usual:
            if c not in (a, b):
                share = sum(_agree(row.get(a), row.get(b), row.get(c)) for row in rows) / len(rows)
                if share > best.share:
                    best = Product((a, b, c), share)
    return best


def _numbers_at(line: Line, extents: Sequence[tuple[float, float]]) -> dict[int, float]:
    return {extent_at(cell, extents): abs(cell.number.value) for cell in line.numbers if cell.number}


def _agree(one: float | None, other: float | None, amount: float | None) -> bool:
    if one is None or other is None or amount is None:
        return False
    return abs(one * other - amount) <= max(0.011, 0.0006 * amount)


def products_speak(
    odds: Floats, names: Sequence[str], parts: Sequence[Part], products: Sequence[tuple[str, str, str]]
) -> Floats:
    """Return what to add to the log odds (columns by parts) of parts that multiply as their columns do.

    Only the likeliest parts of each column are tried. Rows with a factor of one count for less: there a
    price with tax equals the amount as well as one without.
    """
    out = np.zeros_like(odds)
    for wanted in products:
        if any(name not in names for name in wanted):
            continue
        rows = [names.index(name) for name in wanted]
        best, share = _likeliest_product(odds[rows], parts)
        if best:
            out[rows, list(best)] += _WORTH * share
    return out


def _likeliest_product(odds: Floats, parts: Sequence[Part]) -> tuple[tuple[int, ...], float]:
    """Return which parts multiply and are likely, and in what share of rows; none where none do.

    Args:
        odds: Log odds of two factors and their product (three rows) by parts.
        parts: Of the table.
    """
    likely = [
        [int(n) for n in np.argsort(-mine, kind="stable")[:_LIKELY] if parts[int(n)].what == "number"]
        for mine in odds
    ]
    best: tuple[int, ...] = ()
    share, highest = 0.0, -np.inf
    for chosen in product(*likely):
        if len(set(chosen)) < len(chosen):
            continue
        agree = _share(*(parts[n] for n in chosen))
        worth = float(sum(odds[row, n] for row, n in enumerate(chosen))) + 3 * _WORTH * agree
        if agree >= _USUAL and worth > highest:
            best, share, highest = chosen, agree, worth
    return best, share


def _share(one: Part, other: Part, amount: Part) -> float:
    """Return in what share of rows an amount is the product of two numbers."""
    a, b, c = (np.abs(part.values[:_MOST_ROWS]) for part in (one, other, amount))
    with np.errstate(invalid="ignore"):
        right = (np.abs(a * b - c) <= np.maximum(0.011, 0.0006 * c)) & (c > 0)
        worth = np.where((a == 1) | (b == 1), _OF_ONE, 1.0)
    known = ~np.isnan(c) & (c > 0)
    return float((right * worth).sum() / known.sum()) if known.any() else 0.0


def rows_that_add_up(reading: Reading, needed: Sequence[str]) -> list[int] | None:
    """Return the rows of a reading without the last ones, where only those add up to an amount below.

    None where nothing does, or where the rows left out look like the others: a sum that is carried to the
    next page adds up as well. Where all rows add up too, the last ones may be a tax that makes the total;
    one that states its rate and is that share of the rows above it surely is.
    """
    for one in reading.chosen:
        if one.column.name in needed:
            whole = bool(reading.facts[one.column.name][SUM_BELOW])
            values = one.part.values
            count = len(values)
            stated = [shares_in(_said(reading, row)) for row in range(count)]
            for kept in range(count - 1, max(1, count - _MOST_TAXES) - 1, -1):
                if are_taxes(values, stated, kept):
                    return list(range(kept))
            for kept in range(count - 1, max(LEAST_ROWS, count - _MOST_LEFT_OUT) - 1, -1):
                below = amounts_below(reading.grid, reading.anchors[kept - 1])
                if _printed(values[:kept], below) and (
                    _multiply_otherwise(reading, kept) or (not whole and _less_likely(reading, kept))
                ):
                    return list(range(kept))
    return None


def are_taxes(values: Floats, stated: Sequence[frozenset[float]], kept: int) -> bool:
    """Whether every amount behind the first ``kept`` is a share of their sum that its row alone states."""
    if np.isnan(values).any():
        return False
    total = float(values[:kept].sum())
    common = frozenset[float]().union(*stated[:kept])
    return total > 0.005 and all(
        any(abs(share * total - values[row]) <= _CENT for share in stated[row] - common)
        for row in range(kept, len(values))
    )


def shares_in(text: str) -> frozenset[float]:
    """Return the percentages in a text as shares, and what they make together: 19 % of 86 %."""
    values = (normalise(FieldKind.PERCENTAGE, match.group()).value for match in PERCENT.finditer(text))
    stated = {float(value) / 100 for value in values if value}
    return frozenset(share for share in (*stated, prod(stated)) if 0 < share < 1)


def _said(reading: Reading, row: int) -> str:
    texts = [cell.text for read in reading.rows[row].values() for cell in read.cells]
    return " ".join([reading.grid.lines[reading.anchors[row]].text, *texts])


def _less_likely(reading: Reading, kept: int) -> bool:
    return min(reading.anchor_odds[:kept]) > max(reading.anchor_odds[kept:])


def _multiply_otherwise(reading: Reading, kept: int) -> bool:
    """Whether numbers multiply in the first ``kept`` rows, and do not in any of the others."""
    lines = [reading.grid.lines[line] for line in reading.anchors]
    extents = extents_of([cell for line in lines for cell in line.cells])
    multiplied = product_of(lines[:kept], extents)
    return all(multiplied.holds(line, extents) == 0 for line in lines[kept:])


def _printed(values: Floats, below: Floats) -> bool:
    if np.isnan(values).any() or not len(below):
        return False
    total = abs(float(np.round(values.sum(), 2)))
    return total > 0.005 and bool((np.abs(below - total) <= 0.021).any())


def products_among(
    rows: Sequence[dict[str, float]], names: Sequence[str], *, least: int
) -> tuple[tuple[str, str, str], ...]:
    """Return the columns of which the third is the product of the first two in most rows that have all.

    Args:
        rows: Numbers of labelled rows by column.
        names: Columns of numbers, in their order.
        least: Rows that must have all three.
    """
    out: list[tuple[str, str, str]] = []
    for first, one in enumerate(names):
        for other in names[first + 1 :]:
            for amount in names:
                if amount in (one, other):
                    continue
                full = [(r[one], r[other], r[amount]) for r in rows if {one, other, amount} <= r.keys()]
                telling = [(a, b, c) for a, b, c in full if abs(a) != 1 and abs(b) != 1 and c]
                right = sum(abs(a * b - c) <= max(0.011, 0.0006 * abs(c)) for a, b, c in telling)
                if len(telling) >= least and right > _USUAL * len(telling):
                    out.append((one, other, amount))
    return tuple(out)
