"""A mask painted anew where a person moved a curve: his line in place of what was there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from inference.digitiser.picture import Classes, Turn
from schemas.digitised import DigitisedCurve, DigitisedLog

_STILL = 1.5
"""Columns up to which a curve stands where it stood."""
_PEN = 1.25
"""Columns on each side of a line that runs straight down."""

Across = NDArray[np.float64]


def placed(
    rows: Sequence[tuple[float, float]], depths: tuple[float, float], edges: tuple[float, float]
) -> Across:
    """Return where a curve of depths and values runs, as fractions of its track evenly spread over it.

    Args:
        rows: Depth and value, each deeper than the one before.
        depths: Of the track's upper and lower border.
        edges: Values at its left and right border.
    """
    told = np.asarray(rows, dtype=np.float64)
    down = (told[:, 0] - depths[0]) / (depths[1] - depths[0])
    across = (told[:, 1] - edges[0]) / (edges[1] - edges[0])
    return np.interp(np.linspace(0.0, 1.0, len(told)), down, across)


def repainted(classes: Classes, log: DigitisedLog, drawn: Mapping[str, Across]) -> Classes:
    """Return the mask of a page with each drawn curve where it was drawn; rows that did not move stay.

    Args:
        classes: The mask as the digitiser painted it.
        log: What it saw.
        drawn: By curve, where it runs; a curve that is not named stays.
    """
    turn = Turn(log.width, log.height, log.skew)
    found = classes.copy()
    for number, curve in enumerate(log.curves, start=1):
        if curve.name in drawn:
            rows, line = _layers(log, curve, drawn[curve.name])
            found[(turn.classes_back(rows) > 0) & (classes == number)] = 0
            found[turn.classes_back(line) > 0] = number
    return found


def _layers(log: DigitisedLog, curve: DigitisedCurve, across: Across) -> tuple[Classes, Classes]:
    """Return the rows of the upright page in which a curve moved, and its line in them."""
    rows, line = (np.zeros((log.height, log.width), dtype=np.uint8) for _ in range(2))
    (x0, x1), (y0, y1) = curve.track, log.rows
    width, high = x1 - x0, y1 - y0
    at = np.linspace(0, high, len(across)) - 0.5
    before, now = (np.interp(np.arange(high), at, one) * width - 0.5 for one in (curve.across, across))
    moved = np.abs(now - before) > _STILL
    rows[y0:y1, x0:x1] = moved[:, None]
    reach = _PEN + np.abs(np.gradient(now)) / 2
    away = np.abs((np.arange(width)[None, :] - now[:, None] + width / 2) % width - width / 2)
    line[y0:y1, x0:x1] = (away <= reach[:, None]) & moved[:, None]
    return rows, line
