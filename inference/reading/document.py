"""A document as the local model sees it: segments with places, rows, neighbours, tokens."""

from __future__ import annotations

import re
import zlib
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

BEGINNING = 5
"""Letters by which a word is taken for a form of another."""
NOWHERE = -1
"""Index that stands for no neighbour, no token."""

_REPEATED = re.compile(r"(.)(?=\1)")
_ROWS_UP = 4
_TOUCHING = -0.005


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
    def segment_start(self) -> tuple[int, ...]:
        """Offsets at which the segments begin."""
        return tuple(segment.start for segment in self.segments)

    @cached_property
    def vocabulary(self) -> tuple[tuple[str, ...], Ints]:
        """The words that differ, in the order they come in, and the number of each token's."""
        numbers = {word: number for number, word in enumerate(dict.fromkeys(self.words))}
        places = np.fromiter(map(numbers.__getitem__, self.words), dtype=np.int64, count=len(self.words))
        return tuple(numbers), places

    def of_words(self, told: Callable[[str], int]) -> Ints:
        """Return what ``told`` says of each token's word, asked once a word."""
        words, numbers = self.vocabulary
        return np.fromiter(map(told, words), dtype=np.int64, count=len(words))[numbers]

    @cached_property
    def token_hash(self) -> Ints:
        """A stable 32 bit hash per token: its shape where it has digits, its lower case elsewhere."""
        return self.of_words(lambda word: zlib.crc32(word.encode("utf-8", "surrogatepass")))

    @cached_property
    def beginnings(self) -> tuple[dict[str, int], Ints]:
        """The beginnings of words (BEGINNING letters) by number, and the number of each token's."""
        known: dict[str, int] = {}
        return known, self.of_words(lambda word: known.setdefault(word[:BEGINNING], len(known)))

    @cached_property
    def upper_before(self) -> Ints:
        """How many capitals stand before each offset."""
        return self._counted_before(str.isupper)

    @cached_property
    def digits_before(self) -> Ints:
        """How many digits stand before each offset."""
        return self._counted_before(str.isdigit)

    def _counted_before(self, counts: Callable[[str], bool]) -> Ints:
        """Return how many characters that count stand before each offset."""
        points = np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.int64)
        told = np.bincount(points)
        there = np.flatnonzero(told)
        told[there] = [counts(chr(point)) for point in there]
        return np.concatenate([[0], np.cumsum(told[points])])

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
    def row_first(self) -> Ints:
        """The first segment of each one's row."""
        return np.array([self.rows[segment.row][0] for segment in self.segments], dtype=np.int64)

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
        return max(0, bisect_right(self.segment_start, offset) - 1)

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


def shape(word: str) -> str:
    """Return the shape of a word: 9 for digits, A and a for letters, runs shortened to one."""
    return _REPEATED.sub("", "".join(map(_kind_of, word)))


@lru_cache(maxsize=4096)
def _kind_of(c: str) -> str:
    return "9" if c.isdigit() else "A" if c.isupper() else "a" if c.islower() else c


def token_form(word: str) -> str:
    """Return what the model knows a token by: values are never kept, only their shapes."""
    return shape(word) if any(c.isdigit() for c in word) else word.lower()
