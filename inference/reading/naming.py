"""Where names, addresses and free text may stand: cells, what is left of them, runs, stacks, definitions."""

from __future__ import annotations

from collections.abc import Iterator

from inference.reading.document import NOWHERE, Document
from inference.reading.patterns import (
    CAPITALS,
    DATES,
    DEFINITION,
    LAW,
    MEANS,
    MEANT,
    NEXT_LABEL,
    NUMBERED_WORD,
    OPENING,
    PLACE_RUN,
    SENTENCE,
    SENTENCE_END,
    SLASHED,
)
from inference.reading.pieces import Piece, matches, pieces_between, searched

Proposal = tuple[tuple[Piece, ...], str]
"""Pieces, and who proposes them."""

_LONG_ROWS = 120
_LONG_EDGE = 80
_LONGEST_NAME = 160
_MOST_STACKED = 7
_MOST_NAME_LINES = 3
_TOP_ROWS = 10
_LAW_REACH = 100
_LABEL_WORDS = 2
_LONGEST_LABELLED = 70
_LONGEST_CLAUSE = 1200
_FULL_LINE = 0.75
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
        last = document.last_joined(index)
        if last > index and not segment.joined:
            yield segment.start, document.segments[last].end


def _clean(document: Document, start: int, end: int) -> tuple[Piece, ...]:
    text = document.text
    while start < end and text[start] in _TRIM:
        start += 1
    while end > start and text[end - 1] in _TRIM:
        end -= 1
    return pieces_between(document, start, end) if 2 <= end - start <= _LONGEST_NAME else ()


def segments(document: Document) -> Iterator[Proposal]:
    """Yield whole lines, and what is left without a label, a bracket, what follows a comma, numbers."""
    text = document.text
    for start, end in _lines(document):
        yield _clean(document, start, end), "segment"
        yield from _after_colons(document, start, end)
        yield from _without_label_or_date(document, start, end)
        bracket = text.find("(", start, end)
        while bracket > 0:
            if bracket > start + 3:
                yield _clean(document, start, bracket), "bracket"
            bracket = text.find("(", bracket + 1, end)
        comma = text.find(", ", start, end)
        if comma > start + 3:
            yield _clean(document, start, comma), "comma"
        number = NUMBERED_WORD.search(text, start, end)
        if number and number.start() > start + 3:
            yield _clean(document, start, number.start()), "before-number"
        elif number and number.start() == start:
            yield _clean(document, number.end(), end), "after-number"


def _after_colons(document: Document, start: int, end: int) -> Iterator[Proposal]:
    """Yield what stands behind each colon of a line, up to its end and up to the next label."""
    text = document.text
    colon = text.find(":", start, end)
    while colon > 0:
        yield _clean(document, colon + 1, end), "colon"
        following = NEXT_LABEL.search(text, colon + 1, end)
        if following:
            yield _clean(document, colon + 1, following.start()), "between-labels"
        colon = text.find(":", colon + 1, end)


def _without_label_or_date(document: Document, start: int, end: int) -> Iterator[Proposal]:
    """Yield a short line without its first words, which may be a label, and without dates behind it."""
    text = document.text
    dates = [match.start() for pattern in DATES for match in pattern.finditer(text, start, end)]
    stop = min(dates, default=end)
    if start + 3 < stop < end:
        yield _clean(document, start, stop), "before-date"
    space, words = text.find(" ", start, stop), 0
    while space > 0 and words < _LABEL_WORDS and stop - start <= _LONGEST_LABELLED:
        words += 1
        if stop - space > 3:
            yield _clean(document, space + 1, stop), f"after-word{words}"
        space = text.find(" ", space + 1, stop)


def slashed_runs(document: Document) -> Iterator[Proposal]:
    """Yield names whose parts are set apart by slashes, as in POL/Jane Roe/Senate, and their core."""
    text = document.text
    for match in matches(SLASHED, text):
        yield _run(document, match.start(), match.end()), "slashed"
        first, last = text.find("/", match.start()), text.rfind("/", match.start(), match.end())
        core = text.rfind(" ", match.start(), first) + 1 or match.start()
        space = text.find(" ", last + 2, match.end())
        yield _run(document, core, space if space > 0 else match.end()), "slashed-core"


def capital_runs(document: Document) -> Iterator[Proposal]:
    """Yield runs of capitalised words, anywhere."""
    for match in matches(CAPITALS, document.text):
        if len(match.group()) > 4:
            start, end = match.start(), match.end()
            yield _run(document, start, end), "run"
            yield from _cut_runs(document, start, end)
            comma = document.text.find(",", start, end)
            if comma > start + 4:
                yield _run(document, start, comma), "run-comma"


def _cut_runs(document: Document, start: int, end: int) -> Iterator[Proposal]:
    """Yield a run without what follows the end of its line or of its sentence."""
    newline = document.text.find("\n", start, end)
    if newline > start:
        yield _run(document, start, newline), "run-line"
    for stop in SENTENCE_END.finditer(document.text, start, end):
        if not _abbreviates(document.text, stop.start() + 1):
            yield _run(document, start, stop.start()), "run-sentence"
            break


def _run(document: Document, start: int, end: int) -> tuple[Piece, ...]:
    while end > start and document.text[end - 1] in ".,;: \n" and not _abbreviates(document.text, end):
        end -= 1
    return pieces_between(document, start, end)


def _abbreviates(text: str, end: int) -> bool:
    """Whether the dot before ``end`` belongs to the word, as in Inc. or S.A."""
    return text[end - 1] == "." and text[max(0, end - 5) : end - 1].rsplit(" ", maxsplit=1)[-1].lower() in {
        "inc", "co", "ltd", "corp", "l.p", "s.a", "n.a", "llc", "l.l.c", "plc", "e.k", "jr", "sr",
    }  # fmt: skip


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


def place_runs(document: Document) -> Iterator[Proposal]:
    """Yield runs of numbers and capitalised words that hold a number, as addresses in prose do."""
    for match in matches(PLACE_RUN, document.text):
        if len(match.group()) > 8 and any(c.isdigit() for c in match.group()):
            yield _run(document, match.start(), match.end()), "run"
            yield from _cut_runs(document, match.start(), match.end())


def law_runs(document: Document) -> Iterator[Proposal]:
    """Yield the capitalised runs close behind a word about law or courts."""
    for cue in matches(LAW, document.text):
        window = document.text[cue.end() : cue.end() + _LAW_REACH]
        for match in CAPITALS.finditer(window):
            start = cue.end() + match.start()
            yield _run(document, start, start + len(match.group())), "law"
            yield from _cut_runs(document, start, start + len(match.group()))


def clauses(document: Document) -> Iterator[Proposal]:
    """Yield every sentence, over as many lines as it runs; a line that ends early ends a sentence too."""
    for start, end in _paragraphs(document):
        at = start
        for stop in [*(match.end() for match in SENTENCE.finditer(document.text, start, end)), end]:
            if stop - at > 2:
                yield pieces_between(document, at, min(stop, at + _LONGEST_CLAUSE)), "clause"
                at = stop


def _paragraphs(document: Document) -> Iterator[tuple[int, int]]:
    """Yield where runs of lines begin and end that each go on to the right edge of what is printed."""
    if not document.segments:
        return
    full = _FULL_LINE * sorted(s.x1 for s in document.segments)[9 * len(document.segments) // 10]
    for first, last in searched(document.text):
        start: int | None = None
        for segment in document.segments:
            if segment.start < first or segment.end > last:
                continue
            start = segment.start if start is None else start
            if segment.x1 < full:
                yield start, segment.end
                start = None
        if start is not None:
            yield start, last


def before_definitions(document: Document) -> Iterator[Proposal]:
    """Yield what stands before a defined term, as in: the premises known as A (the "Premises")."""
    text = document.text
    for definition in matches(DEFINITION, text):
        end = definition.start()
        window = max(0, end - _LONGEST_NAME)
        for opening in OPENING.finditer(text, window, end):
            if end - opening.end() > 3:
                yield _run(document, opening.end(), end), "defined"


def after_label(document: Document) -> Iterator[Proposal]:
    """Yield what stands behind a colon."""
    text = document.text
    for start, end in _lines(document):
        colon = text.find(":", start, end)
        if colon > 0:
            yield _clean(document, colon + 1, end), "colon"


def after_definitions(document: Document) -> Iterator[Proposal]:
    """Yield what a term is said to mean, as in: “Shares” means the shares in A Ltd."""
    text = document.text
    for means in matches(MEANS, text):
        meant = MEANT.match(text, means.end(), means.end() + _LONGEST_NAME)
        if meant and len(meant.group()) > 3:
            yield _run(document, meant.start(), meant.end()), "meant"
            yield from _cut_runs(document, meant.start(), meant.end())
