"""A second look at lines: how well each fits the rows of the table that are sure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from inference.reading.document import Floats, Ints
from inference.tables.arithmetic import Product, product_of
from inference.tables.cells import Grid, Line
from inference.tables.columns import extent_at, extents_of
from inference.tables.lines import OTHERS_AT, Region

REFINING_FEATURES = 28
_SURE, _LIKELY = 2.0, 0.0
_EDGE = 0.007
_USUAL = 0.6
_MOST_CORE = 300
_FARTHEST = 60


def core_of(odds: Floats) -> list[int]:
    """Return the places of the surest lines; those above even odds where none is sure."""
    for least in (_SURE, _LIKELY):
        core = np.flatnonzero(odds > least)
        if len(core):
            return [int(place) for place in core[:_MOST_CORE]]
    return []


@dataclass(frozen=True)
class _Core:
    """The surest lines: where their columns are and what stands in them, where numbers and lines begin."""

    places: list[int]
    lines: tuple[Line, ...]
    extents: tuple[tuple[float, float], ...]
    shares: list[float]
    usual: frozenset[int]
    numeric: list[bool]
    ends: Floats
    begins: Floats
    lefts: Floats
    step: float
    product: Product


def refining_features(grid: Grid, region: Region, odds: Floats, core: Sequence[int], chosen: Ints) -> Floats:
    """Return REFINING_FEATURES numbers for each of the lines at the places ``chosen``."""
    known = _core(grid, region, core)
    first = known.lines[0]
    lines = [grid.lines[line] for line in region.lines[chosen].tolist()]
    ends = [[cell.x1 for cell in line.numbers] for line in lines]
    begins = [[cell.x0 for cell in line.numbers] for line in lines]
    out = np.zeros((len(chosen), REFINING_FEATURES))
    out[:, 0] = odds[chosen]
    out[:, 5] = _aligned(ends, known.ends, len(core))
    out[:, 6] = _aligned(begins, known.begins, len(core))
    out[:, 7] = _aligned([[line.cells[0].x0] for line in lines], known.lefts, len(core))
    out[:, 12] = odds[known.places].max()
    out[:, 13] = np.log1p(len(core))
    out[:, 14] = len(known.usual)
    out[:, 15:20] = region.values[chosen][:, [30, 31, 32, 28, 7]]
    out[:, 21] = _aligned(ends, _edges([cell.x1 for cell in first.numbers]), 1)
    out[:, 22] = known.product.share
    out[:, 24:27] = region.values[chosen, OTHERS_AT : OTHERS_AT + 3]
    for row, place, line in zip(out, chosen.tolist(), lines, strict=True):
        row[1:5] = _fit(known, line)
        row[8:12] = _near(known, line, place)
        row[20] = len(line.cells) - len(first.cells)
        row[23] = known.product.holds(line, known.extents)
        row[27] = (line.cells[0].number is None) - (first.cells[0].number is None)
    return out


def _core(grid: Grid, region: Region, core: Sequence[int]) -> _Core:
    lines = tuple(grid.lines[int(region.lines[place])] for place in core)
    extents = tuple(extents_of([cell for line in lines for cell in line.cells]))
    filled = np.zeros((len(lines), len(extents)))
    numeric = np.zeros(len(extents))
    for row, line in zip(filled, lines, strict=True):
        for cell in line.cells:
            place = extent_at(cell, extents)
            row[place] = 1
            numeric[place] += cell.number is not None
    steps = np.diff([line.y0 for line in lines])
    shares = filled.mean(axis=0)
    return _Core(
        list(core),
        lines,
        extents,
        shares.tolist(),
        frozenset(np.flatnonzero(shares >= _USUAL).tolist()),
        (numeric / np.maximum(1, filled.sum(axis=0)) > 0.5).tolist(),
        _edges([cell.x1 for line in lines for cell in line.numbers]),
        _edges([cell.x0 for line in lines for cell in line.numbers]),
        np.sort(np.array([line.cells[0].x0 for line in lines])),
        float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0,
        product_of(lines, extents),
    )


def _edges(found: Sequence[float]) -> Floats:
    return np.sort(np.array(list(found) or [2.0]))


def _fit(core: _Core, line: Line) -> list[float]:
    """Say how a line fills the columns of the surest ones."""
    at = [extent_at(cell, core.extents) for cell in line.cells]
    fits = [(cell.number is not None) == core.numeric[n] for cell, n in zip(line.cells, at, strict=True)]
    good = {n for n, fit in zip(at, fits, strict=True) if fit}
    shares = [core.shares[n] if fit else 0.0 for n, fit in zip(at, fits, strict=True)]
    return [
        len(line.cells),
        len(good & core.usual) / max(1, len(core.usual)),
        sum(fits) / len(fits),
        float(np.add.reduce(shares)) / len(shares),
    ]


def _near(core: _Core, line: Line, place: int) -> list[float]:
    """Say how far the surest lines before and after are, in lines, pages and usual steps."""
    before, after = bisect_left(core.places, place), bisect_right(core.places, place)
    nearest = core.lines[max(0, before - 1)]
    steps = (line.y0 - nearest.y0) / core.step if core.step and line.page == nearest.page else -1.0
    return [
        min(place - core.places[before - 1], _FARTHEST) if before else -1,
        min(core.places[after] - place, _FARTHEST) if after < len(core.places) else -1,
        line.page - nearest.page,
        steps,
    ]


def _aligned(edges: Sequence[Sequence[float]], known: Floats, count: int) -> list[float]:
    """Return, per line, the mean share of sure rows in which something begins or ends at its edges."""
    every = np.array([edge for one in edges for edge in one], dtype=np.float64)
    low, high = np.searchsorted(known, every - _EDGE), np.searchsorted(known, every + _EDGE)
    shares = np.minimum((high - low) / max(1, count), 1.0)
    stops = np.cumsum([len(one) for one in edges]).tolist()
    return [
        float(np.add.reduce(shares[start:stop])) / (stop - start) if stop > start else 0.0
        for start, stop in pairwise([0, *stops])
    ]
