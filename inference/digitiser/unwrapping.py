"""How often curves went around their track, told again where one may have been taken for the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.digitiser.tracing import Path

_TURNS = (-2, -1, 0, 1, 2)
"""By which the count of a path may be wrong."""
_NEAR = 10.0
"""Columns between two curves up to which one may have been taken for the other."""
_GAP, _BLIND = 4, 5
"""Rows without ink from which a curve may have come back by the other edge; rows about them as doubtful."""
_EXCHANGE, _ALONE = 25.0, 120.0
"""What it costs that two curves exchange their counts, or that one changes: in rows off the track."""

Flags = NDArray[np.bool_]


def unwrapped(paths: Sequence[Path], width: int) -> tuple[Path, ...]:
    """Return the paths in one track with the counts of turns that leave them off it as rarely as can be.

    A log is scaled so that its curves lie on the track for the most part. Where two curves meet on the paper,
    one of them wrapped around and the other not, tracing may go over from one to the other and back again
    elsewhere, so that neither comes back through the edge that one of them left by. So counts may change
    where curves meet or have no ink, and nowhere else.

    Args:
        paths: One, or two, as they were traced.
        width: Of the track, in columns.
    """
    states = np.array(list(product(_TURNS, repeat=len(paths))))
    off = np.stack([_off(path, width) for path in paths])
    cost = sum(off[place][:, states[:, place] - _TURNS[0]] for place in range(len(paths)))
    gaps = [_blind(path) for path in paths]
    chosen = _cheapest(np.asarray(cost, dtype=np.float64), states, _meeting(paths, width), gaps)
    turns = states[chosen]
    return tuple(
        replace(path, across=path.across + turns[:, place] * width) for place, path in enumerate(paths)
    )


def _off(path: Path, width: int) -> Flags:
    """Return for each row and turn whether the path lies off its track."""
    where = path.across[:, None] + np.array(_TURNS) * width
    return np.asarray((where < 0) | (where >= width), dtype=np.bool_)


def _blind(path: Path) -> Flags:
    """Return the rows in and about gaps; the row or two that an edge swallows of a flat stroke are none."""
    gaps = ndimage.binary_opening(~path.inked, np.ones(_GAP, dtype=np.bool_))
    return np.asarray(ndimage.binary_dilation(gaps, iterations=_BLIND), dtype=np.bool_)


def _meeting(paths: Sequence[Path], width: int) -> Flags:
    if len(paths) < 2:
        return np.zeros(len(paths[0].across), dtype=np.bool_)
    away = np.abs((paths[0].across - paths[1].across + width / 2) % width - width / 2)
    return np.asarray(away <= _NEAR, dtype=np.bool_)


def _cheapest(
    cost: NDArray[np.float64], states: NDArray[np.int64], meeting: Flags, gaps: Sequence[Flags]
) -> NDArray[np.int64]:
    """Return the place of a state per row, changed only where it may, by dynamic programming."""
    rows, count = cost.shape
    came = np.tile(np.arange(count), (rows, 1))
    moves: dict[tuple[bool, ...], NDArray[np.float64]] = {}
    total = cost[0].copy()
    for row in range(1, rows):
        key = (bool(meeting[row]), *(bool(gap[row]) for gap in gaps))
        if any(key):
            if key not in moves:
                moves[key] = _moves(states, *key)
            ways = total[:, None] + moves[key]
            came[row] = ways.argmin(axis=0)
            total = ways.min(axis=0)
        total = total + cost[row]
    chosen = np.empty(rows, dtype=np.int64)
    chosen[-1] = int(total.argmin())
    for row in range(rows - 1, 0, -1):
        chosen[row - 1] = came[row][chosen[row]]
    return chosen


def _moves(states: NDArray[np.int64], meeting: bool, *gaps: bool) -> NDArray[np.float64]:
    """Return what it costs to go from each state to each other one."""
    steps = states[None, :, :] - states[:, None, :]
    free = np.array([meeting or gap for gap in gaps])
    price = np.where(steps == 0, 0.0, np.where(free, _ALONE, np.inf)).sum(axis=2)
    if free.any():
        exchanged = (steps.sum(axis=2) == 0) & (steps != 0).any(axis=2)
        price = np.where(exchanged, np.minimum(price, _EXCHANGE), price)
    return np.asarray(price, dtype=np.float64)
