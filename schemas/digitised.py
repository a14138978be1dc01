"""What the digitiser found of a well log: its files by reference, and how sure it is of each curve."""

from __future__ import annotations

import math

from pydantic import Field

from schemas.layout import Frozen, Unit
from schemas.objects import ObjectRef

ROWS = 300
"""Rows of a curve's file."""
CURVES = ("curve_1", "curve_2")
"""The curves of a log, in the order of their legend; classes 1 and 2 of its mask."""


class DigitisedCurve(Frozen):
    """One curve.

    Attributes:
        name: One of ``CURVES``.
        file: Depth and value, ``ROWS`` rows; None where its scale or the depths could not be read.
        across: Where it runs at each of its rows, as a fraction of its track's width from the left;
            beyond 0..1 where it is drawn wrapped around.
        gaps: First and last row (from 0) of each stretch without ink, which was bridged.
        confidence: That it is right to one per cent of the track's width on the average.
        signs: What the confidence follows from.
        track: Left and right border in pixels of the upright picture.
    """

    name: str
    file: ObjectRef | None
    across: tuple[float, ...]
    gaps: tuple[tuple[int, int], ...] = ()
    coverage: Unit
    confidence: Unit
    signs: dict[str, float] = Field(default_factory=dict)
    track: tuple[int, int]


class DigitisedLog(Frozen):
    """One log, digitised; written after its files, so that whoever finds it finds them whole.

    Attributes:
        page: Number of the page, from 1.
        width: Of its picture in pixels, height likewise; its mask has the same shape.
        skew: Degrees, anticlockwise, by which the picture lies crooked about its centre.
        rows: Upper and lower border of the tracks in pixels of the upright picture.
        depths: At these borders, as plain decimals; None where they could not be read.
        model: Digest of the digitiser.
    """

    document_id: str
    page: int
    width: int
    height: int
    skew: float
    rows: tuple[int, int]
    depths: tuple[str, str] | None
    mask: ObjectRef
    curves: tuple[DigitisedCurve, ...]
    model: str


def scale_fields(curve: str) -> dict[str, str]:
    """Return which field of the record states each number that a curve's file is computed with."""
    return {
        "depth_top": "depth_top",
        "depth_bottom": "depth_bottom",
        "left": f"{curve}_left",
        "right": f"{curve}_right",
    }


def turned(x: float, y: float, size: tuple[float, float], degrees: float) -> tuple[float, float]:
    """Return where a place of a picture of this size lies after a turn about its centre, clockwise."""
    middle_x, middle_y, angle = size[0] / 2, size[1] / 2, math.radians(degrees)
    dx, dy = x - middle_x, y - middle_y
    return (
        middle_x + dx * math.cos(angle) - dy * math.sin(angle),
        middle_y + dx * math.sin(angle) + dy * math.cos(angle),
    )
