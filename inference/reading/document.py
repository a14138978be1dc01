"""A document as the local model sees it: segments with places, rows, neighbours, tokens."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from schemas.layout_block import PER_MILLE, BlockBox, BlockLine, BlockPage, LayoutBlock, is_block, parse_block

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

BEGINNING = 5
"""Letters by which a word is taken for a form of another."""
NOWHERE = -1
"""Index that stands for no neighbour, no token."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_CELL = re.compile(r"[^\t ](?:[^\t ]| {1,2}(?=[^ \t]))*")
_REPEATED = re.compile(r"(.)\1+")
_ROWS_UP = 4
_TEXT_WIDTH = 100
_SAME_ROW = 0.45
_LOWEST_LINE = 3
_WORD_GAP = 0.75
_WIDE_WORD_GAP = 1.4
_TYPED_GAP = 2.0
_FEWEST_GAPS = 20
_EVEN = 0.25
_MOSTLY = 0.75
_TOUCHING = -0.005


class _Cell(NamedTuple):
    page: int
    line: str
    row: int
    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    joined: bool


@dataclass(frozen=True, slots=True)
class Segment:
    """One line of the layout block: its id, its place in fractions of the page, its characters.

    ``start:end`` are offsets into the document's text; ``row`` numbers rows over all pages. ``joined``
    says that no more than a word's gap parts it from the segment before: the two read as one.
    """

    line: str
    page: int
    row: int
    start: int
    end: int
    x0: float
    y0: float
    x1: float
    y1: float
    joined: bool


@dataclass(frozen=True)
class Document:
    """A document ready for the local model; immutable, so that threads may share it.

    Attributes:
        text: All segments in reading order, joined by a space where they read as one, a tab
            within a row, a newline between rows.
        segments: In reading order.
        rows: Indices of the segments of each row, from left to right.
    """

    text: str
    segments: tuple[Segment, ...]
    rows: tuple[tuple[int, ...], ...]
    words: tuple[str, ...] = field(repr=False)
    token_start: Ints = field(repr=False)
    token_end: Ints = field(repr=False)
    token_segment: Ints = field(repr=False)

    @cached_property
    def segment_start(self) -> Ints:
        """Offsets at which the segments begin."""
        return np.array([segment.start for segment in self.segments], dtype=np.int64)

    @cached_property
    def token_hash(self) -> Ints:
        """A stable 32 bit hash per token: its shape where it has digits, its lower case elsewhere."""
        known: dict[str, int] = {}
        return np.array(
            [
                known.setdefault(word, zlib.crc32(word.encode("utf-8", "surrogatepass")))
                for word in self.words
            ],
            dtype=np.int64,
        )

    @cached_property
    def beginnings(self) -> tuple[dict[str, int], Ints]:
        """The beginnings of words (BEGINNING letters) by number, and the number of each token's."""
        known: dict[str, int] = {}
        numbers = [known.setdefault(word[:BEGINNING], len(known)) for word in self.words]
        return known, np.array(numbers, dtype=np.int64)

    @cached_property
    def upper_before(self) -> Ints:
        """How many capitals stand before each offset."""
        return _cumulated([c.isupper() for c in self.text])

    @cached_property
    def digits_before(self) -> Ints:
        """How many digits stand before each offset."""
        return _cumulated([c.isdigit() for c in self.text])

    @cached_property
    def first_token(self) -> Ints:
        """Index of the first token of each segment."""
        return np.searchsorted(self.token_segment, np.arange(len(self.segments) + 1)).astype(np.int64)

    @cached_property
    def place_in_row(self) -> Ints:
        """How many segments stand left of each segment in its row."""
        place = np.zeros(len(self.segments), dtype=np.int64)
        for row in self.rows:
            place[list(row)] = np.arange(len(row))
        return place

    @cached_property
    def left(self) -> Ints:
        """The segment left of each one in its row, or NOWHERE."""
        return self._beside(-1)

    @cached_property
    def right(self) -> Ints:
        """The segment right of each one in its row, or NOWHERE."""
        return self._beside(1)

    @cached_property
    def above(self) -> Ints:
        """The nearest segment above each one that shares some of its width, or NOWHERE."""
        return np.array([self._nearest(i, -1) for i in range(len(self.segments))], dtype=np.int64)

    @cached_property
    def below(self) -> Ints:
        """The nearest segment below each one that shares some of its width, or NOWHERE."""
        return np.array([self._nearest(i, 1) for i in range(len(self.segments))], dtype=np.int64)

    def last_joined(self, index: int) -> int:
        """Return the last of the segments that read on from this one, itself where none does."""
        while index + 1 < len(self.segments) and self.segments[index + 1].joined:
            index += 1
        return index

    def segment_at(self, offset: int) -> int:
        """Return the index of the segment that holds the character at ``offset``."""
        return max(0, int(np.searchsorted(self.segment_start, offset, side="right")) - 1)

    def segment_text(self, index: int) -> str:
        """Return the characters of a segment."""
        segment = self.segments[index]
        return self.text[segment.start : segment.end]

    def _beside(self, step: int) -> Ints:
        out = np.full(len(self.segments), NOWHERE, dtype=np.int64)
        for row in self.rows:
            for place, index in enumerate(row):
                if 0 <= place + step < len(row):
                    out[index] = row[place + step]
        return out

    def _nearest(self, index: int, step: int) -> int:
        me = self.segments[index]
        for distance in range(1, _ROWS_UP + 1):
            number = me.row + step * distance
            if not 0 <= number < len(self.rows):
                break
            for other_index in self.rows[number]:
                other = self.segments[other_index]
                if other.page != me.page:
                    return NOWHERE
                if min(me.x1, other.x1) - max(me.x0, other.x0) > _TOUCHING:
                    return other_index
        return NOWHERE


def _cumulated(marks: list[bool]) -> Ints:
    return np.concatenate([[0], np.cumsum(np.array(marks, dtype=np.int64))])


def read_document(text: str) -> Document:
    """Return the document in ``text``: a layout block, or plain text with cells set apart by tabs.

    Raises:
        LayoutBlockError: It claims to be a layout block and is none we know.
    """
    return from_block(parse_block(text)) if is_block(text) else from_plain(text)


def from_block(block: LayoutBlock) -> Document:
    """Return the document that a layout block holds."""
    placed = [(page, line) for page in block.pages for line in page.lines if line.text.strip()]
    rows = _rows_of([(page.number, line) for page, line in placed])
    usual = _word_gap(placed, rows)
    cells: list[_Cell] = []
    for index, ((page, line), row) in enumerate(zip(placed, rows, strict=True)):
        joined = index > 0 and rows[index - 1] == row and _reads_on(page, placed[index - 1][1], line, usual)
        cells.append(_Cell(page.number, line.id, row, line.text, *_fractions(line.box), joined))
    return _build(cells)


def _word_gap(placed: Sequence[tuple[BlockPage, BlockLine]], rows: Sequence[int]) -> float:
    """Return the gap between words of a document that keeps them evenly wide apart, as typewriters do.

    A reader of pages takes such words for cells; but cells of tables are not parted by the same gap all
    over a document. 0 where the gaps tell nothing of the kind.
    """
    gaps: list[float] = []
    close: list[float] = []
    for index in range(1, len(placed)):
        (page, line), (_, before) = placed[index], placed[index - 1]
        gap = (line.box.x0 - before.box.x1) * page.width
        if rows[index] == rows[index - 1] and gap > 0:
            gaps.append(gap)
            if gap < _TYPED_GAP * (line.box.y1 - line.box.y0) * page.height:
                close.append(gap)
    if len(close) < max(_FEWEST_GAPS, len(gaps) / 2):
        return 0.0
    usual = float(np.median(close))
    even = sum(abs(gap - usual) <= _EVEN * usual for gap in close)
    return usual if even >= _MOSTLY * len(close) else 0.0


def _reads_on(page: BlockPage, before: BlockLine, line: BlockLine, usual: float) -> bool:
    """Whether the gap between two lines of one row is no wider than between words.

    Beside a digit only a narrow one counts, or the document's ``usual`` one: the next number may be
    another cell.
    """
    gap = (line.box.x0 - before.box.x1) * page.width
    height = (line.box.y1 - line.box.y0) * page.height
    numeric = before.text[-1:].isdigit() or line.text[:1].isdigit()
    widest = max((_WORD_GAP if numeric else _WIDE_WORD_GAP) * height, (1 + _EVEN) * usual)
    return -height < gap < widest


def from_plain(text: str) -> Document:
    """Return the document in plain text: rows are lines, places are guessed from character positions."""
    lines = [line for line in text.replace("\f", "\n").split("\n") if line.strip()]
    height = 1 / max(1, len(lines))
    cells: list[_Cell] = []
    for row, line in enumerate(lines):
        position = 0
        for match in _CELL.finditer(line.rstrip()):
            position = match.start()
            x0, x1 = (min(1.0, side / _TEXT_WIDTH) for side in (position, match.end()))
            cells.append(
                _Cell(1, f"1.{row + 1}", row, match.group(), x0, row * height, x1, (row + 1) * height, False)
            )
    return _build(cells)


def by_rows(lines: Sequence[BlockLine]) -> list[BlockLine]:
    """Return the lines of one page row by row, each row from left to right: for lines in no order."""
    rows = _rows_of([(1, line) for line in lines])
    order = sorted(range(len(lines)), key=lambda i: (rows[i], lines[i].box.x0))
    return [lines[i] for i in order]


def _fractions(box: BlockBox) -> tuple[float, float, float, float]:
    return box.x0 / PER_MILLE, box.y0 / PER_MILLE, box.x1 / PER_MILLE, box.y1 / PER_MILLE


def _rows_of(lines: list[tuple[int, BlockLine]]) -> list[int]:
    """Number the row of each line: lines on one page whose middles are closer than half a line."""
    order = sorted(
        range(len(lines)),
        key=lambda i: (lines[i][0], lines[i][1].box.y0 + lines[i][1].box.y1, lines[i][1].box.x0),
    )
    rows = [0] * len(lines)
    row, last_page, last_middle = NOWHERE, 0, 0.0
    for index in order:
        page, line = lines[index]
        middle = (line.box.y0 + line.box.y1) / 2
        height = max(_LOWEST_LINE, line.box.y1 - line.box.y0)
        if page != last_page or middle - last_middle > _SAME_ROW * height:
            row += 1
            last_middle = middle
        last_page = page
        rows[index] = row
    return rows


def _build(cells: list[_Cell]) -> Document:
    parts: list[str] = []
    segments: list[Segment] = []
    position = 0
    for index, cell in enumerate(cells):
        if index:
            parts.append(" " if cell.joined else "\t" if cell.row == cells[index - 1].row else "\n")
            position += 1
        end = position + len(cell.text)
        segments.append(
            Segment(
                cell.line, cell.page, cell.row, position, end, cell.x0, cell.y0, cell.x1, cell.y1, cell.joined
            )
        )
        parts.append(cell.text)
        position = end
    rows: list[list[int]] = [[] for _ in range(max((cell.row for cell in cells), default=-1) + 1)]
    for index, cell in enumerate(cells):
        rows[cell.row].append(index)
    ordered = tuple(tuple(sorted(row, key=lambda i: segments[i].x0)) for row in rows)
    return _with_tokens("".join(parts), tuple(segments), ordered)


def _with_tokens(text: str, segments: tuple[Segment, ...], rows: tuple[tuple[int, ...], ...]) -> Document:
    starts: list[int] = []
    ends: list[int] = []
    owner: list[int] = []
    words: list[str] = []
    for index, segment in enumerate(segments):
        for match in _TOKEN.finditer(text, segment.start, segment.end):
            starts.append(match.start())
            ends.append(match.end())
            owner.append(index)
            words.append(token_form(match.group()))
    return Document(
        text,
        segments,
        rows,
        tuple(words),
        np.array(starts, dtype=np.int64),
        np.array(ends, dtype=np.int64),
        np.array(owner, dtype=np.int64),
    )


def shape(word: str) -> str:
    """Return the shape of a word: 9 for digits, A and a for letters, runs shortened to one."""
    kinds = ["9" if c.isdigit() else "A" if c.isupper() else "a" if c.islower() else c for c in word]
    return _REPEATED.sub(r"\1", "".join(kinds))


def token_form(word: str) -> str:
    """Return what the model knows a token by: values are never kept, only their shapes."""
    return shape(word) if any(c.isdigit() for c in word) else word.lower()
