"""Where names and addresses may stand among the lines of a page: cells, what is left of them, stacks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inference.reading.document import NOWHERE, Document
from inference.reading.patterns import DATES, NEXT_LABEL, NUMBERED_WORD
from inference.reading.pieces import Piece, Proposal, pieces_between

_LONG_ROWS = 120
_LONG_EDGE = 80
_LONGEST_NAME = 160
_MOST_STACKED = 7
_MOST_NAME_LINES = 3
_TOP_ROWS = 10
_LABEL_WORDS = 2
_LONGEST_LABELLED = 70
_DIGIT = re.compile(r"\d")
_MARK = re.compile(r"\s[·•|]\s")
_TRIM = " \t\n,;:-*#•|("


def _named_rows(document: Document) -> Iterator[int]:
    """Yield the segments that may hold names: all of a short document, both ends of a long one."""
    rows = len(document.rows)
    edge = rows if rows <= _LONG_ROWS else _LONG_EDGE
    for index, segment in enumerate(document.segments):
        if segment.row < edge or segment.row >= rows - edge:
            yield index


def _lines(document: Document) -> Iterator[tuple[int, int]]:
    """Yield where the named segments begin and end, and segments that read as one also as one."""
    for index in _named_rows(document):
        segment = document.segments[index]
        yield segment.start, segment.end
        if not segment.joined and (last := document.last_joined(index)) > index:
            yield segment.start, document.segments[last].end


def _clean(document: Document, start: int, end: int) -> tuple[Piece, ...]:
    text = document.text
    start = _past(text, start, end)
    end = _before(text, start, end)
    return pieces_between(document, start, end) if 2 <= end - start <= _LONGEST_NAME else ()


def _past(text: str, start: int, end: int) -> int:
    """Return where what may stand before a name is over."""
    while start < end and text[start] in _TRIM:
        start += 1
    return start


def _before(text: str, start: int, end: int) -> int:
    """Return where what may stand behind a name begins."""
    while end > start and text[end - 1] in _TRIM:
        end -= 1
    return end


def segments(document: Document) -> Iterator[Proposal]:
    """Yield whole lines, and what is left without a label, a bracket, a comma or mark and on, numbers."""
    text = document.text
    for start, end in _lines(document):
        yield _clean(document, start, end), "segment"
        yield from _after_colons(document, start, end)
        yield from _without_label_or_date(document, start, end)
        yield from _before_brackets(document, start, end)
        comma = text.find(", ", start, end)
        if comma > start + 3:
            yield _clean(document, start, comma), "comma"
        mark = _MARK.search(text, start, end)
        if mark and mark.start() > start + 3:
            yield _clean(document, start, mark.start()), "mark"
        number = NUMBERED_WORD.search(text, start, end)
        if number and number.start() > start + 3:
            yield _clean(document, start, number.start()), "before-number"
        elif number and number.start() == start:
            yield _clean(document, number.end(), end), "after-number"


def _after_colons(document: Document, start: int, end: int) -> Iterator[Proposal]:
    """Yield what stands behind each colon of a line, up to its end and up to the next label."""
    text, last = document.text, _before(document.text, start, end)
    label, stop = start, start
    colon = text.find(":", start, end)
    while colon > 0:
        yield _clean(document, colon + 1, last), "colon"
        if label <= colon:
            # The first label behind a colon is the first behind all colons up to it.
            following = NEXT_LABEL.search(text, colon + 1, end)
            label = following.start() if following else end
            stop = _before(text, colon + 1, label)
        if label < end:
            yield _clean(document, colon + 1, stop), "between-labels"
        colon = text.find(":", _past(text, colon + 1, end), end)


def _before_brackets(document: Document, start: int, end: int) -> Iterator[Proposal]:
    """Yield what stands before each bracket of a line; of several brackets in a row it is the same."""
    text, first = document.text, _past(document.text, start, end)
    bracket = text.find("(", start, end)
    while bracket > 0:
        at = bracket + 1
        if bracket > start + 3:
            yield _clean(document, first, bracket), "bracket"
            at = _past(text, bracket, end)
        bracket = text.find("(", at, end)


def _without_label_or_date(document: Document, start: int, end: int) -> Iterator[Proposal]:
    """Yield a short line without its first words, which may be a label, and without dates behind it."""
    text = document.text
    patterns = DATES if _DIGIT.search(text, start, end) else ()
    dates = (pattern.search(text, start, end) for pattern in patterns)
    stop = min((date.start() for date in dates if date), default=end)
    if start + 3 < stop < end:
        yield _clean(document, start, stop), "before-date"
    space, words = text.find(" ", start, stop), 0
    while space > 0 and words < _LABEL_WORDS and stop - start <= _LONGEST_LABELLED:
        words += 1
        if stop - space > 3:
            yield _clean(document, space + 1, stop), f"after-word{words}"
        space = text.find(" ", space + 1, stop)


def after_label(document: Document) -> Iterator[Proposal]:
    """Yield what stands behind a colon."""
    text = document.text
    for start, end in _lines(document):
        colon = text.find(":", start, end)
        if colon > 0:
            yield _clean(document, colon + 1, end), "colon"


def stacked_names(document: Document) -> Iterator[Proposal]:
    """Yield two and three stacked segments near the top of a page: a name and what it goes on with."""
    for index in _named_rows(document):
        if document.segments[index].row >= _TOP_ROWS:
            continue
        pieces: tuple[Piece, ...] = ()
        current, size = index, 0
        for count in range(1, _MOST_NAME_LINES + 1):
            segment = document.segments[current]
            size += segment.end - segment.start
            piece = _clean(document, segment.start, segment.end)
            if not piece or size > _LONGEST_NAME:
                break
            pieces += piece
            if count > 1:
                yield pieces, "stacked" if count == 2 else f"stacked{count}"
            current = int(document.below[current])
            if current == NOWHERE:
                break


def stacks(document: Document) -> Iterator[Proposal]:
    """Yield one to seven lines under each other, and the same number of whole rows."""
    for index in _named_rows(document):
        if document.segments[index].joined or not _addresses(_line_text(document, index)):
            continue
        pieces = _line(document, index)
        current = index
        for count in range(1, _MOST_STACKED + 1):
            if not pieces:
                break
            yield pieces, f"stack{count}"
            current = int(document.below[current])
            if current == NOWHERE or not _addresses(_line_text(document, current)):
                break
            pieces += _line(document, current)
        yield from _whole_rows(document, index)


def _line(document: Document, index: int) -> tuple[Piece, ...]:
    """Return a segment with those that read on from it."""
    last = document.segments[document.last_joined(index)]
    return _clean(document, document.segments[index].start, last.end)


def _line_text(document: Document, index: int) -> str:
    return document.text[document.segments[index].start : document.segments[document.last_joined(index)].end]


def _addresses(text: str) -> bool:
    """Whether a line can belong to an address: three letters, or a postcode alone."""
    return sum(c.isalpha() for c in text) >= 3 or (sum(c.isdigit() for c in text) >= 4 and "." not in text)


def _whole_rows(document: Document, index: int) -> Iterator[Proposal]:
    first = document.segments[index].row
    if document.rows[first][0] != index:
        return
    pieces: tuple[Piece, ...] = ()
    for count, row in enumerate(document.rows[first : first + _MOST_STACKED], start=1):
        for member in row:
            pieces += _clean(document, document.segments[member].start, document.segments[member].end)
        if len(pieces) > count:
            yield pieces, f"rows{count}"
