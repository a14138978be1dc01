"""A second look at lines: how well each fits the rows of the table that are sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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

    places: Ints
    lines: tuple[Line, ...]
    extents: tuple[tuple[float, float], ...]
    shares: Floats
    numeric: Ints
    ends: Floats
    begins: Floats
    lefts: Floats
    step: float
    product: Product


def refining_features(grid: Grid, region: Region, odds: Floats, core: Sequence[int], chosen: Ints) -> Floats:
    """Return REFINING_FEATURES numbers for each of the lines at the places ``chosen``."""
    known = _core(grid, region, core)
    out = np.zeros((len(chosen), REFINING_FEATURES))
    for row, place in zip(out, chosen.tolist(), strict=True):
        line = grid.lines[int(region.lines[place])]
        row[0] = odds[place]
        row[1:8] = _fit(known, line)
        row[8:12] = _near(known, line, place)
        row[12] = float(odds[known.places].max())
        row[13] = np.log1p(len(core))
        row[14] = int((known.shares >= _USUAL).sum())
        row[15:20] = region.values[place, [30, 31, 32, 28, 7]]
        row[20:24] = _beside_first(known, line)
        row[24:27] = region.values[place, OTHERS_AT : OTHERS_AT + 3]
        row[27] = (line.cells[0].number is None) - (known.lines[0].cells[0].number is None)
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
    return _Core(
        np.array(core),
        lines,
        extents,
        filled.mean(axis=0),
        (numeric / np.maximum(1, filled.sum(axis=0)) > 0.5).astype(np.int64),
        _edges([cell.x1 for line in lines for cell in line.numbers]),
        _edges([cell.x0 for line in lines for cell in line.numbers]),
        np.sort(np.array([line.cells[0].x0 for line in lines])),
        float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0,
        product_of(lines, extents),
    )


def _edges(found: Sequence[float]) -> Floats:
    return np.sort(np.array(list(found) or [2.0]))


def _fit(core: _Core, line: Line) -> list[float]:
    """Say how a line fills the columns of the surest ones, and how its edges agree with theirs."""
    at = [extent_at(cell, core.extents) for cell in line.cells]
    fits = [
        (cell.number is not None) == bool(core.numeric[n]) for cell, n in zip(line.cells, at, strict=True)
    ]
    usual = set(np.flatnonzero(core.shares >= _USUAL).tolist())
    good = {n for n, fit in zip(at, fits, strict=True) if fit}
    count = len(core.lines)
    return [
        len(line.cells),
        len(good & usual) / max(1, len(usual)),
        sum(fits) / len(fits),
        float(np.mean([core.shares[n] if fit else 0.0 for n, fit in zip(at, fits, strict=True)])),
        _aligned([c.x1 for c in line.numbers], core.ends, count) if line.numbers else 0.0,
        _aligned([c.x0 for c in line.numbers], core.begins, count) if line.numbers else 0.0,
        _aligned([line.cells[0].x0], core.lefts, count),
    ]


def _near(core: _Core, line: Line, place: int) -> list[float]:
    """Say how far the surest lines before and after are, in lines, pages and usual steps."""
    before, after = core.places[core.places < place], core.places[core.places > place]
    nearest = core.lines[len(before) - 1] if len(before) else core.lines[0]
    steps = (line.y0 - nearest.y0) / core.step if core.step and line.page == nearest.page else -1.0
    return [
        min(place - before[-1], _FARTHEST) if len(before) else -1,
        min(after[0] - place, _FARTHEST) if len(after) else -1,
        line.page - nearest.page,
        steps,
    ]


def _beside_first(core: _Core, line: Line) -> list[float]:
    """Compare a line with the first of the surest; say whether its numbers multiply as theirs do."""
    first = core.lines[0]
    ends = _edges([cell.x1 for cell in first.numbers])
    return [
        len(line.cells) - len(first.cells),
        _aligned([cell.x1 for cell in line.numbers], ends, 1) if line.numbers else 0.0,
        core.product.share,
        core.product.holds(line, core.extents),
    ]


def _aligned(edges: Sequence[float], known: Floats, count: int) -> float:
    """Return the mean share of sure rows in which something begins or ends at these edges."""
    low = np.searchsorted(known, np.array(edges) - _EDGE)
    high = np.searchsorted(known, np.array(edges) + _EDGE)
    return float(np.minimum((high - low) / max(1, count), 1.0).mean())
