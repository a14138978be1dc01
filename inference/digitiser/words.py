"""What OCR read on the page, placed in the upright picture."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inference.digitiser.picture import Turn
from schemas.layout import Box, Page

_NUMBER = re.compile(r"[-\u2212\u2013]?\d+(?:[.,]\d+)?")


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of text of one line: what it says, and where it stands in the upright picture.

    Attributes:
        line: Id of its line.
        confidence: Of the OCR engine.
        x0, y0, x1, y1: Its box in pixels.
    """

    text: str
    line: str
    confidence: float
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def x(self) -> float:
        """Middle of the box."""
        return (self.x0 + self.x1) / 2

    @property
    def y(self) -> float:
        """Middle of the box."""
        return (self.y0 + self.y1) / 2

    @property
    def number(self) -> float | None:
        """The value where the text is a number and nothing else."""
        return float(plain_number(self.text)) if _NUMBER.fullmatch(self.text.strip()) else None


def plain_number(text: str) -> str:
    """Return a printed number as a plain decimal."""
    return text.strip().replace("\u2212", "-").replace("\u2013", "-").replace(",", ".")


def words_of(page: Page, turn: Turn) -> list[Said]:
    """Return the words of a page, in reading order."""
    return [
        _placed(line.text[word.start : word.end], line.id, line.confidence, word.box, turn)
        for line in page.lines
        for word in line.words
    ]


def lines_of(page: Page, turn: Turn) -> list[Said]:
    """Return the lines of a page, in reading order."""
    return [_placed(line.text, line.id, line.confidence, line.box, turn) for line in page.lines]


def _placed(text: str, line: str, confidence: float, box: Box, turn: Turn) -> Said:
    x0, y0 = box.x0 * turn.width, box.y0 * turn.height
    x1, y1 = box.x1 * turn.width, box.y1 * turn.height
    x, y = turn.place((x0 + x1) / 2, (y0 + y1) / 2)
    half_width, half_height = (x1 - x0) / 2, (y1 - y0) / 2
    return Said(text, line, confidence, x - half_width, y - half_height, x + half_width, y + half_height)


def numbers_on(page: Page) -> list[tuple[float, float]]:
    """Return the numbers on a page, each with the fraction of its height where it stands."""
    found = []
    for line in page.lines:
        for word in line.words:
            text = line.text[word.start : word.end]
            if _NUMBER.fullmatch(text):
                found.append(((word.box.y0 + word.box.y1) / 2, float(plain_number(text))))
    return found
