"""Following a curve down its track: the best path on a cylinder, since curves wrap around its edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.digitiser.picture import Floats

_REACH = 14
"""Columns on each side of a path in which the run of ink is looked for that it goes through."""
_TURN = 0.02
"""What a column of movement costs, in rows of ink."""
_SUPPORT = 0.35
_BRIDGED = 12
"""Rows without ink that a dash, a grid line or another curve may hide; more is a gap."""

Across = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Path:
    """A curve over the rows of its track.

    Attributes:
        across: Columns from the left border, unwrapped: beyond the width after leaving on the right.
        inked: Rows where there is ink of its own right there.
        covered: Rows that are not in a gap.
    """

    across: Across
    inked: NDArray[np.bool_]
    covered: NDArray[np.bool_]


def trace(score: Floats) -> Path:
    """Return the path that follows the most ink of ``score`` (rows of a track, 0..1) from top to bottom."""
    width = score.shape[1]
    columns = _best_path(ndimage.uniform_filter1d(score, 3, axis=1, mode="wrap"))
    steps = np.diff(columns)
    wraps = np.concatenate(([0], np.cumsum((steps < -width / 2).astype(int) - (steps > width / 2))))
    inked = _near(score, columns, 2) > _SUPPORT
    settled = _centred(score, columns, inked) + wraps * width
    covered = ndimage.uniform_filter1d(inked.astype(np.float32), 2 * _BRIDGED + 1) > 0
    if not inked.any():
        return Path(settled, inked, inked)
    rows = np.arange(len(columns))
    across = np.interp(rows, rows[inked], settled[inked])
    across = ndimage.median_filter(across, 3, mode="nearest")
    # A log is scaled so that its curves lie on the track for the most part.
    across = across - width * np.floor(np.median(across) / width)
    return Path(across, inked, covered)


def without(score: Floats, path: Path, stroke: float) -> Floats:
    """Return ``score`` without the ink of a path, ``stroke`` columns wide where it runs straight down."""
    width = score.shape[1]
    slope = np.abs(np.gradient(path.across))
    half = stroke / 2 + 1.0 + slope / 2
    columns = np.arange(width)[None, :]
    away = np.abs((columns - path.across[:, None] + width / 2) % width - width / 2)
    return np.where((away <= half[:, None]) & path.inked[:, None], 0.0, score).astype(np.float32)


def _best_path(score: Floats) -> NDArray[np.int64]:
    """Return a column per row, by dynamic programming over all paths on the cylinder."""
    rows, width = score.shape
    # Three turns of the cylinder side by side: no move is longer than one.
    slope = _TURN * np.arange(3 * width)
    totals = np.empty((rows, width))
    totals[0] = score[0]
    for row in range(1, rows):
        turns = np.tile(totals[row - 1], 3)
        from_left = np.maximum.accumulate(turns + slope) - slope
        from_right = np.maximum.accumulate((turns - slope)[::-1])[::-1] + slope
        totals[row] = np.maximum(from_left, from_right)[width : 2 * width] + score[row]
    columns = np.arange(width)
    path = np.empty(rows, dtype=np.int64)
    path[-1] = int(totals[-1].argmax())
    for row in range(rows - 2, -1, -1):
        away = np.abs(columns - path[row + 1])
        path[row] = int((totals[row] - _TURN * np.minimum(away, width - away)).argmax())
    return path


def _near(score: Floats, columns: NDArray[np.int64], reach: int) -> Floats:
    """Return the best score within ``reach`` columns of a path."""
    width, rows = score.shape[1], np.arange(len(columns))
    found = [score[rows, (columns + shift) % width] for shift in range(-reach, reach + 1)]
    return np.asarray(np.max(found, axis=0), dtype=np.float32)


def _centred(score: Floats, columns: NDArray[np.int64], inked: NDArray[np.bool_]) -> Across:
    """Return the middle of the run of ink that a path goes through in each row."""
    width, settled = score.shape[1], columns.astype(np.float64)
    reach = _REACH
    shifts = np.arange(-reach, reach + 1)
    around = score[np.arange(len(columns))[:, None], (columns[:, None] + shifts) % width]
    solid = around > _SUPPORT
    # Left and right of the path as far as the ink goes on.
    right = np.cumprod(solid[:, reach + 2 :], axis=1)
    left = np.cumprod(solid[:, : reach - 1][:, ::-1], axis=1)[:, ::-1]
    core = np.ones((len(columns), 3), dtype=np.int64)
    weight = np.concatenate((left, core, right), axis=1) * np.where(solid, around, 0.0)
    mass = weight.sum(axis=1)
    moved = (weight * shifts).sum(axis=1) / np.maximum(mass, 1e-6)
    return np.where(inked & (mass > 0), settled + moved, settled)
