"""Whether a page is a well log at all: told by its words first, then by its ruling, labels and legend."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from inference.digitiser.digitise import straightened
from inference.digitiser.picture import decode
from inference.digitiser.words import numbers_on
from schemas.layout import Page

DETECTOR_VERSION = 1
"""Raised when the same page would be taken for a log with another confidence."""
MOST_WORDS = 260
"""Words of a page beyond which nobody looks whether it is a log."""
LEAST_LABELS = 4
_OFF = 0.006
"""Of the page's height, by which a depth label may stand off the line through the others."""
_MOST_NUMBERS = 120


@dataclass(frozen=True, slots=True)
class Detection:
    """How much a page looks like a log.

    Attributes:
        confidence: 0 to 1: the ruled track counts for two fifths, labels and legend for the rest.
        said: What was found, in words.
    """

    confidence: float
    said: str


def may_be_log(page: Page) -> bool:
    """Whether the words of a page allow that it is a log: few, and numbers that grow evenly down a column."""
    count = sum(len(line.words) for line in page.lines)
    if count > MOST_WORDS:
        return False
    numbers = [(y, value) for y, value in numbers_on(page) if value >= 0][:_MOST_NUMBERS]
    for (y0, value0), (y1, value1) in combinations(numbers, 2):
        if y1 - y0 < 3 * _OFF or value1 <= value0:
            continue
        slope = (value1 - value0) / (y1 - y0)
        on = {round(y / _OFF) for y, value in numbers if abs((value - value0) / slope - (y - y0)) <= _OFF}
        if len(on) >= LEAST_LABELS:
            return True
    return False


def detect(png: bytes, page: Page) -> Detection:
    """Return how much the picture of a page, with the words read off it, looks like a log."""
    upright = straightened(decode(png), page)
    if not upright.tracks:
        return Detection(0.0, "no ruled track")
    scale = upright.depths.scale if upright.depths else None
    labels = 0.0 if scale is None or scale.labels[0] < LEAST_LABELS else scale.labels[0] / scale.labels[1]
    entries = [entry for entry in upright.legend if entry.stroke is not None]
    legend = len(entries) / 2
    confidence = round(0.4 + 0.3 * labels + 0.3 * legend, 4)
    on_line = scale.labels[0] if scale else 0
    tracks = f"{len(upright.tracks)} ruled track{'' if len(upright.tracks) == 1 else 's'}"
    said = f"{tracks}, {on_line} depth labels on a line, {len(entries)} curves in its legend"
    return Detection(confidence, said)
