"""Plain text: the encoding found out, long lines wrapped, laid out on pages of a grid."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pages import soundness
from pages.directions import drawn_order, plain_forms, runs_left
from pages.encodings import decode_text
from pages.laid_out.flow_pages import REGULAR, draw
from pages.limits import ReadLimits
from pages.parts import PlacedWord, Progress, Reading, ReadPage, Rendering, UnreadableError
from schemas.classification import RejectReason
from schemas.layout import QualityPart, TextSource

WIDTH, HEIGHT, MARGIN = 612.0, 792.0, 54.0
COLUMNS, ROWS = 96, 60
_CELL = (WIDTH - 2 * MARGIN) / COLUMNS
_ROW = (HEIGHT - 2 * MARGIN) / ROWS
_LETTER = 0.8
# Two spaces part the cells of a table; one stands between words.
_CELLS = re.compile(r"\S+(?:\s\S+)*")
_WORD = re.compile(r"\S+")


def read(data: bytes, limits: ReadLimits, progress: Progress) -> Reading:
    """Return the pages of a text file; see ``pages.parts.Format``."""
    reading = Reading([])
    for number, rows in enumerate(_pages(data), start=1):
        if number > limits.pages:
            raise UnreadableError(
                RejectReason.TOO_MANY_PAGES, f"more than {limits.pages} pages of {ROWS} lines"
            )
        progress(number)
        lines = [line for row, text in enumerate(rows) for line in _lines(row, text)]
        page = ReadPage(number, WIDTH, HEIGHT, lines, TextSource.NATIVE)
        words = sum(map(len, lines))
        page.quality = [QualityPart(name="coverage", score=1.0, measured=f"{words} words of plain text")]
        soundness.note_odd_text(page)
        reading.pages.append(page)
    return reading


def render(data: bytes, rendering: Rendering, limits: ReadLimits) -> bytes:  # noqa: ARG001 (a Format's shape)
    """Return one page as PNG; see ``pages.parts.Format``."""
    rows = next((rows for number, rows in enumerate(_pages(data), start=1) if number == rendering.page), None)
    if rows is None:
        raise UnreadableError(RejectReason.UNREADABLE, f"there is no page {rendering.page}")
    words = ((word, REGULAR) for row, text in enumerate(rows) for line in _lines(row, text) for word in line)
    return draw(words, WIDTH, HEIGHT, rendering.dpi)


def _pages(data: bytes) -> Iterator[list[str]]:
    decoded = decode_text(data)
    if decoded is None:
        raise UnreadableError(RejectReason.UNREADABLE, "the text's encoding could not be told")
    rows: list[str] = []
    for part in re.split("\f", plain_forms(decoded)):
        for line in re.split("\r\n|[\n\r\v\x85\u2028\u2029]", part.expandtabs(4)):
            for row in _wrapped(line.rstrip()):
                rows.append(row)
                if len(rows) == ROWS:
                    yield rows
                    rows = []
        # A form feed begins a page, as a printer would take it.
        if any(rows):
            yield rows
        rows = []


def _wrapped(line: str) -> Iterator[str]:
    while len(line) > COLUMNS:
        cut = line.rfind(" ", 1, COLUMNS + 1)
        if cut <= 0:
            cut = COLUMNS
        yield line[:cut].rstrip()
        line = line[cut:].lstrip()
    yield line


def _lines(row: int, text: str) -> Iterator[list[PlacedWord]]:
    top = MARGIN + row * _ROW
    leftwards = runs_left(text)
    for cell in _CELLS.finditer(text):
        words = list(_WORD.finditer(text, cell.start(), cell.end()))
        # A line of Hebrew begins at the right margin; each of its cells is laid out by itself.
        order = drawn_order([match[0] for match in words], leftwards=leftwards)
        at = COLUMNS - cell.end() if leftwards else cell.start()
        places = [0] * len(words)
        for place in order:
            places[place] = at
            at += len(words[place][0]) + 1
        yield [
            PlacedWord(
                match[0],
                MARGIN + place * _CELL,
                top,
                MARGIN + (place + len(match[0])) * _CELL,
                top + _ROW * _LETTER,
            )
            for match, place in zip(words, places, strict=True)
        ]
