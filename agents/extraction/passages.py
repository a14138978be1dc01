"""Lines read as one text, and back from a place in that text to the lines: each put together once."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from schemas.layout import Line, Word
from store.layout_text import Words, own_words

SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line with the page it stands on, and where its words are to be had."""

    page: int
    line: Line
    words_of: Words = own_words

    @property
    def words(self) -> Sequence[Word]:
        """Its words, in order."""
        return self.words_of(self.line)


@dataclass(frozen=True, slots=True)
class _Joined:
    """The text of all lines, and where in it each begins; lines that add nothing are left out."""

    text: str
    starts: tuple[int, ...]
    numbers: tuple[int, ...]


class Passage:
    """Some lines in reading order, as one text: exactly, or without regard to case, width and spaces."""

    def __init__(self, lines: Sequence[PlacedLine]) -> None:
        self._lines = lines

    def text(self, *, exact: bool) -> str:
        """Return the lines set apart by a space, or folded and without any."""
        return (self._exact if exact else self._folded).text

    def spans(self, start: int, end: int, *, exact: bool) -> Iterator[tuple[PlacedLine, int, int]]:
        """Yield what ``text(exact)[start:end]`` covers of each line, as offsets into the line's own text."""
        joined = self._exact if exact else self._folded
        at = max(bisect_right(joined.starts, start) - 1, 0)
        while at < len(joined.starts) and joined.starts[at] < end:
            placed = self._lines[joined.numbers[at]]
            first, last = max(start - joined.starts[at], 0), end - joined.starts[at]
            if exact:
                last = min(last, len(placed.line.text))
                if first < last:
                    yield placed, first, last
            else:
                covered = self._offsets(joined.numbers[at])[first:last]
                if covered:
                    yield placed, covered[0], covered[-1] + 1
            at += 1

    @cached_property
    def _exact(self) -> _Joined:
        return _joined([placed.line.text for placed in self._lines], between=" ")

    @cached_property
    def _folded(self) -> _Joined:
        return _joined([_fold_each(placed.line.text) for placed in self._lines], between="")

    def _offsets(self, number: int) -> list[int]:
        """Return which character of a line each of its folded characters comes from."""
        text = self._lines[number].line.text
        return [offset for offset, character in enumerate(text) for _ in _folded(character)]


def fold(text: str) -> str:
    """Return ``text`` compatible-normalised, case-folded, without any space."""
    if text.isascii():
        return "".join(text.casefold().split())
    return SPACES.sub("", unicodedata.normalize("NFKC", text).casefold())


_folded = lru_cache(maxsize=4096)(fold)
"""Of one character: a document has few different ones."""


def _fold_each(text: str) -> str:
    """Return the characters of ``text``, each folded by itself, so that every one has its place."""
    return fold(text) if text.isascii() else "".join(map(_folded, text))


def _joined(texts: Sequence[str], *, between: str) -> _Joined:
    starts, numbers, at = [], [], 0
    for number, text in enumerate(texts):
        if text:
            starts.append(at)
            numbers.append(number)
            at += len(text) + len(between)
    return _Joined(between.join(text for text in texts if text), tuple(starts), tuple(numbers))
