"""How sure a reading of a table is: signals of the whole and of each cell, and what was learned of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.learned.trees import Trees
from inference.reading.document import Floats
from inference.tables.model import NUMERIC, Chosen, ReadCell, Reading, TableModel

TABLE_SIGNALS = 22
CELL_SIGNALS = 12
SUMMED = 21
"""Place of the signal that a required column adds up: 1 for several rows, less for one."""
HEADED = 3
"""Place of the signal that a reading has a row of headings."""

_SUMS, _PRODUCTS = 9, 10
"""Places of the signals that some column adds up, and that some is a product."""
_WORTH_OF_HEADINGS = 0.9
_LEAST = -0.5
_BORNE_OUT = 0.5
_PRODUCT, _SUM, _FILLED = 27, 30, 11
"""Places of these facts among those of a column's part."""
_MOST = 8.0


@dataclass(frozen=True)
class Trust:
    """What was learned about readings that were right and wrong.

    Attributes:
        quality: Log odds that a cell of a reading is right; picks among a document's readings.
        whole: Weights of the signals (the last one is the offset) for the whole table being right.
        cells: The same for one cell.
        absent: How sure it is that a document has no table where none was found.
    """

    quality: Trees
    whole: Floats
    cells: Floats
    absent: float


def table_signals(model: TableModel, reading: Reading) -> Floats:
    """Return what speaks for a reading and against it, in TABLE_SIGNALS numbers."""
    odds = [one.odds for one in reading.chosen]
    margins = [one.margin for one in reading.chosen]
    named = {one.column.name for one in reading.chosen}
    needed = [column.name for column in model.columns if column.required]
    facts = [reading.facts[name] for name in sorted(named)]
    head = reading.region.head
    holding = arithmetic_of(reading)
    texts = [cell.odds for row in reading.rows for cell in row.values() if cell.what == "text"]
    filled = [sum(name in row for row in reading.rows) / len(reading.rows) for name in needed]
    out = np.zeros(TABLE_SIGNALS)
    out[0:2] = min(reading.anchor_odds), float(np.mean(reading.anchor_odds))
    out[2] = reading.doubtful
    out[3:5] = head is not None, head.score if head is not None else 0.0
    out[5:9] = len(odds), min(odds), float(np.mean(odds)), min(margins)
    out[9] = max(fact[_SUM] for fact in facts)
    out[10] = max(fact[_PRODUCT] for fact in facts)
    out[11] = sum(name not in named for name in needed)
    out[12] = np.log1p(len(reading.rows))
    out[13] = min(filled, default=1.0)
    out[14] = len({reading.grid.lines[line].page for line in reading.anchors})
    out[15] = float(np.mean(holding)) if len(holding) else -1.0
    out[16] = min(texts, default=0.0)
    out[17] = float(np.mean(texts)) if texts else 0.0
    out[18] = min(float(fact[_FILLED]) for fact in facts)
    out[19] = sum(one.column.kind in NUMERIC for one in reading.chosen)
    out[20] = (
        0.0 if head is None else sum(float(c.chances[:-2].max()) > 0.5 for c in head.columns) - len(odds)
    )
    out[SUMMED] = sum_of_needed(reading, needed)
    return np.asarray(np.clip(out, -_MOST, _MOST))


def sum_of_needed(reading: Reading, needed: list[str]) -> float:
    """Return 1 where a required column of numbers adds up to an amount below, 0 where it does not."""
    return max((float(reading.facts[name][_SUM]) for name in needed if name in reading.facts), default=0.0)


def arithmetic_of(reading: Reading) -> Floats:
    """Return, per row, whether one of its numbers is the product of two others of the columns chosen.

    Empty where the columns chosen have no product.
    """
    numeric = [one for one in reading.chosen if one.column.kind in NUMERIC]
    product = max(numeric, key=lambda one: float(reading.facts[one.column.name][_PRODUCT]), default=None)
    if product is None or not reading.facts[product.column.name][_PRODUCT]:
        return np.zeros(0)
    out = np.zeros(len(reading.rows))
    for number, row in enumerate(reading.rows):
        values = {name: _value(cell) for name, cell in row.items() if cell.what == "number"}
        total = values.pop(product.column.name, None)
        factors = [abs(v) for v in values.values() if v is not None]
        if total is not None:
            out[number] = any(
                abs(a * b - abs(total)) <= max(0.011, 0.0006 * abs(total))
                for i, a in enumerate(factors)
                for b in factors[i + 1 :]
            )
    return out


def _value(cell: ReadCell) -> float | None:
    number = cell.cells[0].number
    return None if number is None else number.value


def cell_signals(reading: Reading, quality: float) -> dict[tuple[int, str], Floats]:
    """Return CELL_SIGNALS numbers for every cell of a reading, by row and column."""
    holding = arithmetic_of(reading)
    by_name: dict[str, Chosen] = {one.column.name: one for one in reading.chosen}
    out: dict[tuple[int, str], Floats] = {}
    for number, row in enumerate(reading.rows):
        for name, cell in row.items():
            one, facts = by_name[name], reading.facts[name]
            signals = np.zeros(CELL_SIGNALS)
            signals[0] = cell.odds
            signals[1], signals[2] = one.odds, one.margin
            signals[3] = reading.anchor_odds[number]
            signals[4] = holding[number] if len(holding) else 0.5
            signals[5] = facts[_SUM]
            signals[6] = quality
            signals[7] = cell.what == "text"
            signals[8] = cell.odds if cell.what == "text" else 0.0
            signals[9] = len(cell.cells) > 1
            signals[10] = facts[_FILLED]
            signals[11] = one.part.head is not None
            out[number, name] = np.clip(signals, -_MOST, _MOST)
    return out


def chance(weights: Floats, signals: Floats) -> float:
    """Return the probability that logistic ``weights`` (the last one the offset) give to signals."""
    if not len(weights):
        return 0.0
    odds = float(signals @ weights[:-1]) + float(weights[-1])
    return float(1 / (1 + np.exp(-np.clip(odds, -12, 12))))


def best_reading(
    trust: Trust, model: TableModel, readings: list[Reading]
) -> tuple[Reading, Floats, float] | None:
    """Return the likeliest of the readings with its signals and the log odds of its cells; None of none."""
    if not readings:
        return None
    signals = np.array([table_signals(model, reading) for reading in readings])
    odds = trust.quality.score(signals)
    best = likeliest(odds, signals)
    return readings[best], signals[best], float(odds[best])


def is_table(odds: float, signals: Floats) -> bool:
    """Whether a reading is a table: lines without headings are one only where arithmetic bears it out.

    A letter's list of sums looks like rows of texts and amounts in all else.
    """
    borne_out = bool(signals[HEADED]) or max(signals[_SUMS], signals[_PRODUCTS]) >= _BORNE_OUT
    return borne_out and odds >= _LEAST


def likeliest(odds: Floats, signals: Floats) -> int:
    """Return which reading is best by its log odds: one below headings, unless another is clearly likelier.

    Tables that taught had headings known to the model; those of an unknown layout tell less than they are.
    """
    return int(np.argmax(odds + _WORTH_OF_HEADINGS * signals[:, HEADED]))
