"""Whether a page is a well log at all: told by its words first, then by its ruling, labels and legend."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from inference.digitiser.digitise import straightened
from inference.digitiser.picture import decode
from inference.digitiser.words import numbers_on
from schemas.layout import Page

DETECTOR_VERSION = 3
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
        confidence: 0 to 1: see ``weighed``.
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
    entries = [entry for entry in upright.legend if entry.stroke is not None]
    on_line, labels = scale.labels if scale else (0, 0)
    confidence = weighed(on_line, labels, len(entries))
    tracks = f"{len(upright.tracks)} ruled track{'' if len(upright.tracks) == 1 else 's'}"
    said = f"{tracks}, {on_line} depth labels on a line, {len(entries)} curves in its legend"
    return Detection(confidence, said)


def weighed(on_line: int, labels: int, curves: int) -> float:
    """Return how much a ruled track, its labels and its legend say that a page is a log, 0 to 1.

    Without depths on a line there is no log: frames and rules are on receipts and forms too.

    Args:
        on_line: Labels beside the track that lie on one straight line of depths.
        labels: All labels there.
        curves: Curves in the legend, at most two.
    """
    if on_line < LEAST_LABELS:
        return 0.0
    return round(0.4 + 0.3 * on_line / labels + 0.3 * curves / 2, 4)
