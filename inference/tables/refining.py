"""A second look at lines: how well each fits the rows of the table that are sure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from inference.reading.document import Floats, Ints
from inference.tables.cells import Grid, GridCell
from inference.tables.columns import extents_of
from inference.tables.lines import Region

REFINING_FEATURES = 20
_SURE, _LIKELY = 2.0, 0.0
_EDGE = 0.007
_USUAL = 0.6
_MOST_CORE = 300


def core_of(odds: Floats) -> list[int]:
    """Return the places of the surest lines; those above even odds where none is sure."""
    for least in (_SURE, _LIKELY):
        core = np.flatnonzero(odds > least)
        if len(core):
            return [int(place) for place in core[:_MOST_CORE]]
    return []


def refining_features(grid: Grid, region: Region, odds: Floats, core: Sequence[int], chosen: Ints) -> Floats:
    """Return REFINING_FEATURES numbers for each of the lines at the places ``chosen``."""
    core_lines = [grid.lines[int(region.lines[place])] for place in core]
    extents = extents_of([cell for line in core_lines for cell in line.cells])
    filled = np.zeros((len(core_lines), len(extents)))
    numeric = np.zeros(len(extents))
    for row, line in zip(filled, core_lines, strict=True):
        for cell in line.cells:
            place = _place(cell, extents)
            row[place] = 1
            numeric[place] += cell.number is not None
    shares = filled.mean(axis=0)
    numeric = numeric / np.maximum(1, filled.sum(axis=0)) > 0.5
    ends = np.sort(np.array([c.x1 for line in core_lines for c in line.numbers] or [2.0]))
    begins = np.sort(np.array([c.x0 for line in core_lines for c in line.numbers] or [2.0]))
    lefts = np.sort(np.array([line.cells[0].x0 for line in core_lines]))
    steps = np.diff([line.y0 for line in core_lines])
    usual_step = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    out = np.zeros((len(chosen), REFINING_FEATURES))
    places = np.array(core)
    for row, place in zip(out, chosen.tolist(), strict=True):
        line = grid.lines[int(region.lines[place])]
        at = [_place(cell, extents) for cell in line.cells]
        fits = [(cell.number is not None) == bool(numeric[n]) for cell, n in zip(line.cells, at, strict=True)]
        usual = {n for n in range(len(extents)) if shares[n] >= _USUAL}
        good = {n for n, fit in zip(at, fits, strict=True) if fit}
        row[0] = odds[place]
        row[1] = len(line.cells)
        row[2] = len(good & usual) / max(1, len(usual))
        row[3] = sum(fits) / len(fits)
        row[4] = np.mean([shares[n] if fit else 0.0 for n, fit in zip(at, fits, strict=True)])
        row[5] = _aligned([c.x1 for c in line.numbers], ends, len(core)) if line.numbers else 0.0
        row[6] = _aligned([c.x0 for c in line.numbers], begins, len(core)) if line.numbers else 0.0
        row[7] = _aligned([line.cells[0].x0], lefts, len(core))
        before, after = places[places < place], places[places > place]
        row[8] = min(place - before[-1], 60) if len(before) else -1
        row[9] = min(after[0] - place, 60) if len(after) else -1
        nearest = grid.lines[int(region.lines[before[-1]])] if len(before) else core_lines[0]
        row[10] = line.page - nearest.page
        row[11] = (line.y0 - nearest.y0) / usual_step if usual_step and line.page == nearest.page else -1.0
        row[12] = float(odds[places].max())
        row[13] = np.log1p(len(core))
        row[14] = len(usual)
        row[15:20] = region.values[place, [30, 31, 32, 28, 7]]
    return out


def _place(cell: GridCell, extents: Sequence[tuple[float, float]]) -> int:
    return int(np.argmax([min(cell.x1, x1) - max(cell.x0, x0) for x0, x1 in extents]))


def _aligned(edges: Sequence[float], known: Floats, count: int) -> float:
    """Return the mean share of sure rows in which something begins or ends at these edges."""
    low = np.searchsorted(known, np.array(edges) - _EDGE)
    high = np.searchsorted(known, np.array(edges) + _EDGE)
    return float(np.minimum((high - low) / max(1, count), 1.0).mean())
