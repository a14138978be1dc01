"""A page that was read from its picture: lines, quality, and which way it was turned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pages import quality
from pages.lines import build_lines
from pages.parts import PlacedWord, ReadPage
from pages.pictures.ocr import read_image
from schemas.layout import TextSource

# The detector has parted lines at gaps already; only pieces of one line are to be joined.
WIDE_GAP = 1.0


def scanned_page(number: int, image: NDArray[np.uint8], *, points_per_pixel: float) -> ReadPage:
    """Return the page that ``image`` (rows of blue, green, red) shows, turned upright."""
    found = read_image(image)
    unit = points_per_pixel
    width, height = found.width * unit, found.height * unit
    lines = build_lines(_scaled(found.words, unit), width, slope=found.slope, wide_gap=WIDE_GAP)
    # Stamps and marginal notes stand in no row of the text: they come last.
    lines += [_scaled(words, unit) for words in found.standing]
    page = ReadPage(number, width, height, lines, TextSource.OCR, rotation=found.rotation)
    page.quality = quality.scan_parts(found.scan)
    page.note_turned()
    return page


def _scaled(words: Sequence[PlacedWord], unit: float) -> list[PlacedWord]:
    return [
        word._replace(x0=word.x0 * unit, y0=word.y0 * unit, x1=word.x1 * unit, y1=word.y1 * unit)
        for word in words
    ]
