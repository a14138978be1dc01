"""Which ink belongs to which of two curves in one track: by colour where they differ, else by dashes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from inference.digitiser.legend import Stroke
from inference.digitiser.picture import Floats
from inference.digitiser.tracing import Path, trace, without

_ALIKE = 0.012
"""One minus the cosine of two tones, below which they are one colour to a scanner."""
_SHARP = 60.0
_STROKE = 4.0


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
        one, other = trace(curves * first), trace(curves * (1 - first))
        return one, other
    dashed_first = bool(strokes[0] and strokes[0].dashed and not (strokes[1] and strokes[1].dashed))
    plain = trace(curves)
    broken = trace(without(curves, plain, _STROKE))
    return (broken, plain) if dashed_first else (plain, broken)


def _likeness(curves: Floats, ink: Floats, one: Floats, other: Floats) -> Floats:
    """Return how much more each pixel's ink is like the first tone than like the second."""
    weighed = ndimage.uniform_filter(ink * curves[:, :, None], (5, 3, 1))
    tone = weighed / np.maximum(np.linalg.norm(weighed, axis=2, keepdims=True), 1e-3)
    return np.asarray(1 / (1 + np.exp(-_SHARP * (tone @ one - tone @ other))), dtype=np.float32)


def _tone(colour: Floats) -> Floats:
    return colour / max(float(np.linalg.norm(colour)), 1e-3)
