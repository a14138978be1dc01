"""Pieces of a document's text: runs of characters that lie in one segment each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from inference.reading.document import Document
from inference.reading.patterns import PASSED


class Piece(NamedTuple):
    """The characters ``start:end`` of the document's text, all in one segment."""

    segment: int
    start: int
    end: int


Proposal = tuple[tuple[Piece, ...], str]
"""Pieces, and who proposes them."""

LONG = 120_000
"""Characters beyond which prose is searched at its beginning and its end only."""


def searched(text: str) -> tuple[tuple[int, int], ...]:
    """Return the stretches of a text that are searched: all of it, or LONG characters at its two ends."""
    if len(text) <= LONG:
        return ((0, len(text)),)
    return ((0, 2 * LONG // 3), (len(text) - LONG // 3, len(text)))


def matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of ``pattern`` in what is searched of ``text``."""
    for start, end in searched(text):
        yield from _found(pattern, text, start, end)


def _found(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Yield the matches in a stretch but for what the pattern passes over."""
    return (match for match in pattern.finditer(text, start, end) if match.lastgroup != PASSED)


def matches_around(mark: str, pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield what ``matches`` does for a pattern that needs ``mark`` and stays within a line."""
    for start, end in searched(text):
        at = text.find(mark, start, end)
        while at >= 0:
            newline = text.find("\n", at, end)
            last = end if newline < 0 else newline
            yield from _found(pattern, text, max(start, text.rfind("\n", start, at) + 1), last)
            at = text.find(mark, last, end)


def text_of(document: Document, pieces: tuple[Piece, ...]) -> str:
    """Return the characters exactly as printed, the pieces of several lines joined by newlines."""
    return "\n".join([document.text[start:end] for _, start, end in pieces])


def pieces_between(document: Document, start: int, end: int) -> tuple[Piece, ...]:
    """Return the pieces that the characters ``start:end`` of the text consist of."""
    segments = document.segments
    first = document.segment_at(start)
    if segments and segments[first].start <= start and end <= segments[first].end:
        only = trimmed(document.text, first, start, end)
        return (only,) if only else ()
    pieces: list[Piece] = []
    for index in range(first, len(segments)):
        segment = segments[index]
        if segment.start >= end:
            break
        piece = trimmed(document.text, index, max(start, segment.start), min(end, segment.end))
        if piece is not None:
            pieces.append(piece)
    return tuple(pieces)


def trimmed(text: str, segment: int, start: int, end: int) -> Piece | None:
    """Return the piece without white space at its ends, or None where nothing is left."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Piece(segment, start, end) if start < end else None
