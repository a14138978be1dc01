"""Which ink belongs to which of two curves in one track: by colour where they differ, else by its dashes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import ndimage

from inference.digitiser.legend import Stroke
from inference.digitiser.picture import Floats
from inference.digitiser.tracing import Path, trace, without

_ALIKE = 0.012
"""One minus the cosine of two tones, below which they are one colour to a scanner."""
_SHARP = 60.0
_STROKE = 4.0
_INK = 0.4
_LONGER, _BLURRED = 1.6, 2.5
"""Times the length of a dash, and pixels of doubt about it, from which a run of ink is no dash."""
_LEAST = 0.35
"""What ink of the other style still counts: dashes run together, and solid strokes fade into pieces."""
_CROSSING = 20.0
"""Columns between two curves below which their ink may hang together."""


def parted(curves: Floats, ink: Floats, strokes: Sequence[Stroke | None]) -> tuple[Path, Path]:
    """Return the paths of the two curves in one track, in the order of their strokes.

    Args:
        curves: How sure it is, per pixel, that a curve runs there.
        ink: Of the track, per colour channel.
        strokes: How each curve is drawn.
    """
    tones = [_tone(np.asarray(stroke.colour, dtype=np.float32)) if stroke else None for stroke in strokes]
    if tones[0] is not None and tones[1] is not None and 1 - float(tones[0] @ tones[1]) > _ALIKE:
        first = _likeness(curves, ink, tones[0], tones[1])
        one, other = curves * first, curves * (1 - first)
        return trace(one, ink=curves), trace(other, ink=curves)
    dashed = [bool(stroke and stroke.dashed) for stroke in strokes]
    if dashed[0] == dashed[1]:
        plain = trace(curves)
        return plain, trace(without(curves, plain, _STROKE), ink=curves)
    broken_first = dashed[0]
    stroke = strokes[0] if broken_first else strokes[1]
    plain, broken = _by_dashes(curves, stroke.length if stroke else 0.0)
    return (broken, plain) if broken_first else (plain, broken)


def _by_dashes(curves: Floats, dash: float) -> tuple[Path, Path]:
    """Return the paths of the solid and of the dashed curve; ``dash`` is the length of a dash in pixels."""
    long = _long(curves, dash)
    plain = trace(curves, led_by=curves * (_LEAST + (1 - _LEAST) * long))
    left = without(curves, plain, _STROKE)
    broken = trace(left, led_by=left * (_LEAST + (1 - _LEAST) * (1 - long)), ink=curves)
    return (
        replace(plain, own_style=_mean_along(long, plain, broken)),
        replace(broken, own_style=_mean_along(1 - long, broken, plain)),
    )


def _long(curves: Floats, dash: float) -> Floats:
    """Return how surely each pixel belongs to a run of ink that is too long for a dash."""
    runs, count = ndimage.label(curves > _INK, structure=np.ones((3, 3)))
    reach = np.zeros(count + 1)
    for place, (rows, columns) in enumerate(ndimage.find_objects(runs), start=1):
        reach[place] = math.hypot(rows.stop - rows.start, columns.stop - columns.start)
    sure = 1 / (1 + np.exp(-np.clip((reach - _LONGER * dash - _STROKE) / _BLURRED, -30, 30)))
    # Faint ink belongs to no run, and says nothing.
    sure[0] = 0.5
    return sure[runs].astype(np.float32)


def _mean_along(plane: Floats, path: Path, other: Path) -> float:
    """Return the mean of a plane along the ink of a path that lies away from the other one."""
    width = plane.shape[1]
    away = np.abs((path.across - other.across + width / 2) % width - width / 2)
    rows = np.flatnonzero(path.inked & (away > _CROSSING))
    columns = np.rint(path.across[rows]).astype(np.int64) % width
    return float(plane[rows, columns].mean()) if len(rows) else 0.5


def _likeness(curves: Floats, ink: Floats, one: Floats, other: Floats) -> Floats:
    """Return how much more each pixel's ink is like the first tone than like the second."""
    weighed = ndimage.uniform_filter(ink * curves[:, :, None], (5, 3, 1))
    tone = weighed / np.maximum(np.linalg.norm(weighed, axis=2, keepdims=True), 1e-3)
    return np.asarray(1 / (1 + np.exp(-_SHARP * (tone @ one - tone @ other))), dtype=np.float32)


def _tone(colour: Floats) -> Floats:
    return colour / max(float(np.linalg.norm(colour)), 1e-3)
