"""Following a curve down its track: the best path on a cylinder, since curves wrap around its edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from inference.digitiser.picture import Floats

_REACH = 14
"""Columns on each side of a path in which the run of ink is looked for that it goes through."""
_TURN, _PAPER = 0.02, 0.08
"""What a column of movement costs, in rows of ink, and what it costs more where it goes over bare paper."""
_BETWEEN_DASHES = 13
"""Columns of paper in a row that a flat dashed stroke leaves at most."""
_SUPPORT, _INKED = 0.35, 0.4
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
        own_style: Share of its ink, away from the other curve, that is drawn as its legend says; 1 where
            the legend tells nothing.
    """

    across: Across
    inked: NDArray[np.bool_]
    covered: NDArray[np.bool_]
    own_style: float = 1.0


def trace(score: Floats, *, led_by: Floats | None = None, ink: Floats | None = None) -> Path:
    """Return the path that follows the most ink of ``score`` (rows of a track, 0..1) from top to bottom.

    Args:
        score: Ink that may be the curve's: the path is set to its middle, and has gaps where there is none.
        led_by: How much each pixel draws the path; ``score`` where it is not told apart from it.
        ink: All ink that a curve may have run over, another one's too: elsewhere is paper, and nothing
            crosses that without need. ``score`` where there is no other.
    """
    width = score.shape[1]
    leading = ndimage.uniform_filter1d(score if led_by is None else led_by, 3, axis=1, mode="wrap")
    columns = _best_path(leading, _price(score if ink is None else ink))
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


def _price(ink: Floats) -> Across:
    """Return what it costs to come as far as each column of a row from its first one."""
    # A flat stroke comes from the row above or goes on in the next, and between its dashes is no bare paper.
    near = ndimage.maximum_filter1d(ink, 3, axis=0)
    bare = 1.0 - np.minimum(ndimage.grey_closing(near, size=(1, _BETWEEN_DASHES)) / _INKED, 1.0)
    return np.cumsum(_TURN + _PAPER * bare, axis=1, dtype=np.float64)


def _best_path(score: Floats, price: Across) -> NDArray[np.int64]:
    """Return a column per row, by dynamic programming over all paths on the cylinder."""
    rows, width = score.shape
    around = price[:, -1]
    totals = np.empty((rows, width))
    totals[0] = score[0]
    for row in range(1, rows):
        # Three turns of the cylinder side by side: no move is longer than one.
        turns = np.tile(totals[row - 1], 3)
        slope = np.concatenate((price[row] - around[row], price[row], price[row] + around[row]))
        from_left = np.maximum.accumulate(turns + slope) - slope
        from_right = np.maximum.accumulate((turns - slope)[::-1])[::-1] + slope
        totals[row] = np.maximum(from_left, from_right)[width : 2 * width] + score[row]
    path = np.empty(rows, dtype=np.int64)
    path[-1] = int(totals[-1].argmax())
    for row in range(rows - 2, -1, -1):
        away = np.abs(price[row + 1] - price[row + 1, path[row + 1]])
        path[row] = int((totals[row] - np.minimum(away, around[row + 1] - away)).argmax())
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
