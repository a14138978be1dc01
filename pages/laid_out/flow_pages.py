"""Documents that flow, on pages: read as words with places, and drawn so that people see those places."""

from __future__ import annotations

from collections.abc import Iterable

from pages import quality, soundness
from pages.directions import as_drawn, width_of
from pages.laid_out.flow import Flow
from pages.laid_out.grid import CELL, HEIGHT, LETTER, MARGIN, ROW, ROWS, GridPage, grid_pages
from pages.limits import ReadLimits
from pages.parts import PlacedWord, Progress, Reading, ReadPage, Rendering, UnreadableError
from schemas.classification import RejectReason
from schemas.layout import TextSource

MOST_DPI = 300
MOST_PIXELS = 12_000_000
REGULAR, BOLD = 400, 700


def read(flow: Flow, limits: ReadLimits, progress: Progress) -> Reading:
    """Return ``flow`` on pages.

    Raises:
        UnreadableError: More pages than the limit allows.
    """
    reading = Reading([], list(flow.notes))
    for page in grid_pages(flow.blocks):
        if page.number > limits.pages:
            detail = f"more than {limits.pages} pages of {ROWS} lines"
            raise UnreadableError(RejectReason.TOO_MANY_PAGES, detail)
        progress(page.number)
        reading.pages.append(_read_page(page))
    return reading


def render(flow: Flow, rendering: Rendering) -> bytes:
    """Return one page of ``flow`` as PNG.

    Raises:
        UnreadableError: There is no such page.
    """
    for page in grid_pages(flow.blocks):
        if page.number == rendering.page:
            found = _read_page(page)
            headings = {place for place, mark in found.marks.items() if mark.heading is not None}
            words = (
                (word, BOLD if place in headings else REGULAR)
                for place, line in enumerate(found.lines)
                for word in line
            )
            return draw(words, found.width, found.height, rendering.dpi)
    raise UnreadableError(RejectReason.UNREADABLE, f"there is no page {rendering.page}")


def draw(words: Iterable[tuple[PlacedWord, int]], width: float, height: float, dpi: int) -> bytes:
    """Return a white page as PNG, each word with its weight fitted into its box.

    The letters come with the picture library, so that every installation has them in every script.
    """
    import cv2
    import numpy as np

    from pages.pictures.images import encode_png

    scale = min(min(dpi, MOST_DPI) / 72, (MOST_PIXELS / (width * height)) ** 0.5)
    picture = np.full((round(height * scale), round(width * scale), 3), 255, np.uint8)
    face = cv2.FontFace("sans")
    for word, weight in words:
        text, size = as_drawn(word.text), max(2, round(word.height * scale))
        _, _, natural, _ = cv2.getTextSize((0, 0), text, (0, 0), face, size, weight)
        room = max(1, round((word.x1 - word.x0) * scale))
        ink = np.full((2 * size, natural + 2, 3), 255, np.uint8)
        cv2.putText(ink, text, (0, round(1.3 * size)), (0, 0, 0), face, size, weight)
        ink = cv2.resize(ink, (room, 2 * size), interpolation=cv2.INTER_AREA)
        left, top = round(word.x0 * scale), round((word.y0 + 0.85 * word.height) * scale - 1.3 * size)
        part = picture[max(0, top) : top + 2 * size, left : left + room]
        ink = ink[max(0, -top) :][: part.shape[0], : part.shape[1]]
        np.minimum(part, ink, out=part)
    return encode_png(picture, 0)


def _read_page(grid: GridPage) -> ReadPage:
    page = ReadPage(grid.number, grid.width, HEIGHT, [], TextSource.NATIVE)
    for piece in grid.pieces:
        if piece.mark is not None:
            page.marks[len(page.lines)] = piece.mark
        top = MARGIN + piece.row * ROW
        bottom = top + ROW * LETTER
        page.lines.append(
            [
                PlacedWord(word, MARGIN + start * CELL, top, MARGIN + (start + width_of(word)) * CELL, bottom)
                for word, start in piece.words
            ]
        )
    text = "".join(word.text for line in page.lines for word in line)
    words = sum(map(len, page.lines))
    page.quality = quality.native_parts(words, soundness.bad_share(text), has_images=False)
    soundness.note_odd_text(page)
    return page
