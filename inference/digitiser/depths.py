"""How deep each row lies: the straight line through the depth labels, against what the header says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from inference.digitiser.frame import Track
from inference.digitiser.words import Said, plain_number

LEAST_LABELS = 3
_OFF = 5.0
"""Pixels by which a label may stand off the line through the others."""
_SLIGHTLY = 0.004
"""Share of the range by which header and labels may differ and still say the same."""
_RANGE = re.compile(
    r"DEPTH\W*\s*(?P<top>\d+(?:[.,]\d+)?)\s*[-–—~]+\s*(?P<bottom>\d+(?:[.,]\d+)?)\s*(?P<unit>M|FT|FEET|METRES)?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Stated:
    """A value that the log prints: the words, their line, and how sure it is that they were read right."""

    value: str
    quote: str
    line: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Scale:
    """The line through the depth labels.

    Attributes:
        slope: Depth per pixel.
        labels: How many stand on the line, and how many there are in the column.
    """

    slope: float
    start: float
    labels: tuple[int, int]

    def at(self, y: float) -> float:
        """Return the depth of a row of the upright picture."""
        return self.start + self.slope * y


@dataclass(frozen=True, slots=True)
class Depths:
    """How deep the log reaches.

    Attributes:
        top: At the upper border of the tracks; bottom at the lower one.
        confidence: That both are right.
    """

    top: float
    bottom: float
    confidence: float
    said_top: Stated | None
    said_bottom: Stated | None
    unit: Stated | None
    scale: Scale | None


def depths_of(lines: Sequence[Said], words: Sequence[Said], tracks: Sequence[Track]) -> Depths | None:
    """Return the depth range of a log; None where neither labels nor header tell it."""
    scale = depth_scale(words, tracks)
    found = _stated(lines)
    said = found if found is not None and found[0][0].value != found[0][1].value else None
    if said is None:
        if scale is None:
            return None
        top, bottom = scale.at(tracks[0].y0), scale.at(tracks[0].y1)
        return Depths(top, bottom, 0.6 * _share(scale), None, None, None, scale)
    (top_said, bottom_said), unit = said
    top, bottom = float(top_said.value), float(bottom_said.value)
    sure = min(top_said.confidence, bottom_said.confidence)
    if scale is not None:
        off = max(abs(scale.at(tracks[0].y0) - top), abs(scale.at(tracks[0].y1) - bottom))
        agree = off <= _SLIGHTLY * abs(bottom - top)
        sure = min(0.99, 0.9 + 0.09 * _share(scale)) if agree else 0.2
    else:
        sure = 0.5 * sure
    return Depths(top, bottom, sure if bottom > top else 0.0, top_said, bottom_said, unit, scale)


def depth_scale(words: Sequence[Said], tracks: Sequence[Track]) -> Scale | None:
    """Return the line through the numbers beside the tracks; None where there are too few on one."""
    first = tracks[0]
    beside = [
        (word.y, word.number)
        for word in words
        if word.number is not None
        and word.number >= 0
        and first.y0 - 20 <= word.y <= first.y1 + 20
        and not any(track.x0 + 4 < word.x < track.x1 - 4 for track in tracks)
    ]
    best: list[tuple[float, float]] = []
    for (y0, depth0), (y1, depth1) in combinations(beside, 2):
        if abs(y1 - y0) < 3 * _OFF or (depth1 - depth0) / (y1 - y0) <= 0:
            continue
        slope = (depth1 - depth0) / (y1 - y0)
        on = [(y, d) for y, d in beside if abs((d - depth0) / slope - (y - y0)) <= _OFF]
        if len(on) > len(best):
            best = on
    if len(best) < LEAST_LABELS:
        return None
    slope, start = _fitted(best)
    return Scale(slope, start, (len(best), len(beside)))


def _fitted(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    mean_y = sum(y for y, _ in points) / len(points)
    mean_depth = sum(depth for _, depth in points) / len(points)
    spread = sum((y - mean_y) ** 2 for y, _ in points)
    slope = sum((y - mean_y) * (depth - mean_depth) for y, depth in points) / spread
    return slope, mean_depth - slope * mean_y


def _share(scale: Scale) -> float:
    return scale.labels[0] / scale.labels[1]


def _stated(lines: Sequence[Said]) -> tuple[tuple[Stated, Stated], Stated | None] | None:
    for line in lines:
        match = _RANGE.search(line.text)
        if match is not None:
            top, bottom = (
                Stated(plain_number(match[name]), match[name], line.line, line.confidence)
                for name in ("top", "bottom")
            )
            unit = match["unit"]
            said = Stated(_unit(unit), unit, line.line, line.confidence) if unit else None
            return (top, bottom), said
    return None


def _unit(printed: str) -> str:
    return "M" if printed.upper().startswith("M") else "FT"
