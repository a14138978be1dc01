"""Typed candidate spans: everything in a document that could be a value of a kind; no learning here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from inference.document import NOWHERE, Document
from inference.patterns import (
    CAPITALS,
    CENTS,
    CURRENCY_ALONE,
    DATES,
    DECIMAL,
    DEFINITION,
    DURATION,
    IBAN,
    IDENTIFIER,
    LAW,
    MONEY,
    NUMBER,
    NUMBERED_WORD,
    OPENING,
    PERCENT,
    PLACE_RUN,
    QUANTITY,
    SENTENCE_END,
    THOUSANDS,
    VAT,
)
from inference.values import DayOrder, day_order, key_of
from schemas.fields import FieldKind

MOST_SPANS = 600
"""Candidates kept per kind: the first two thirds and the last third of the document's."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The characters ``start:end`` of the document's text, all in one segment."""

    segment: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate: where it stands, what it means, how it was proposed.

    Attributes:
        pieces: One per segment it covers, in reading order; never empty.
        key: By which candidates are grouped.
        origin: The proposer.
    """

    pieces: tuple[Piece, ...]
    key: str
    origin: str

    @property
    def start(self) -> int:
        """Offset of the first character."""
        return self.pieces[0].start

    @property
    def end(self) -> int:
        """Offset after the last character of the first unbroken run."""
        return self.pieces[-1].end


Proposal = tuple[tuple[Piece, ...], str]
Proposer = Callable[[Document], Iterator[Proposal]]


def text_of(document: Document, pieces: tuple[Piece, ...]) -> str:
    """Return the characters exactly as printed, the pieces of several lines joined by newlines."""
    return "\n".join(document.text[piece.start : piece.end] for piece in pieces)


def order_in(document: Document, learned: bool | None) -> DayOrder:
    """Return how the document writes numeric dates, as its own dates prove it or as was learned."""
    raws = (match.group() for match in DATES[0].finditer(document.text))
    return day_order(raws, learned)


def find_spans(document: Document, kind: FieldKind, order: DayOrder) -> tuple[Span, ...]:
    """Return the candidates of ``kind``, in reading order, at most MOST_SPANS; each place once."""
    seen: dict[tuple[Piece, ...], str] = {}
    for pieces, origin in _PROPOSERS[kind](document):
        if pieces:
            seen.setdefault(pieces, origin)
    places = sorted(seen, key=lambda pieces: (pieces[0].start, pieces[-1].end, len(pieces)))
    if len(places) > MOST_SPANS:
        places = places[: 2 * MOST_SPANS // 3] + places[-MOST_SPANS // 3 :]
    out: list[Span] = []
    for pieces in places:
        key = key_of(kind, text_of(document, pieces), order)
        if key:
            out.append(Span(pieces, key, seen[pieces]))
    return tuple(out)


def pieces_between(document: Document, start: int, end: int) -> tuple[Piece, ...]:
    """Return the pieces that the characters ``start:end`` of the text consist of."""
    pieces: list[Piece] = []
    index = document.segment_at(start)
    while index < len(document.segments) and document.segments[index].start < end:
        segment = document.segments[index]
        piece = trimmed(document.text, index, max(start, segment.start), min(end, segment.end))
        if piece is not None:
            pieces.append(piece)
        index += 1
    return tuple(pieces)


def trimmed(text: str, segment: int, start: int, end: int) -> Piece | None:
    """Return the piece without white space at its ends, or None where nothing is left."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Piece(segment, start, end) if start < end else None


def _matches(pattern: re.Pattern[str], origin: str) -> Proposer:
    def propose(document: Document) -> Iterator[Proposal]:
        for match in pattern.finditer(document.text):
            yield pieces_between(document, match.start(), match.end()), origin

    return propose


def _all_of(*proposers: Proposer) -> Proposer:
    def propose(document: Document) -> Iterator[Proposal]:
        for proposer in proposers:
            yield from proposer(document)

    return propose


def _money(document: Document) -> Iterator[Proposal]:
    for match in MONEY.finditer(document.text):
        amount = match.group("amount")
        marked = match.group("currency") or match.group("after")
        if marked or CENTS.search(amount) or THOUSANDS.search(amount) or len(amount) <= 3:
            yield pieces_between(document, match.start(), match.end()), "pattern"


def _identifiers(document: Document) -> Iterator[Proposal]:
    for pattern, origin in ((IBAN, "iban"), (VAT, "vat")):
        for match in pattern.finditer(document.text):
            if any(c.isdigit() for c in match.group()):
                yield pieces_between(document, match.start(), match.end()), origin
    for match in IDENTIFIER.finditer(document.text):
        text = match.group()
        if len(text) >= 3 and any(c.isdigit() for c in text) and not DECIMAL.fullmatch(text):
            yield pieces_between(document, match.start(), match.end()), "token"


# ---------------------------------------------------------------- names, addresses, free text

_LONG_ROWS = 120
_LONG_EDGE = 80
_LONGEST_NAME = 160
_MOST_STACKED = 7
_LAW_REACH = 100
_TRIM = " \t\n,;:-*#•|("


def _named_rows(document: Document) -> Iterator[int]:
    """Yield the segments that may hold names: all of a short document, both ends of a long one."""
    rows = len(document.rows)
    edge = rows if rows <= _LONG_ROWS else _LONG_EDGE
    for index, segment in enumerate(document.segments):
        if segment.row < edge or segment.row >= rows - edge:
            yield index


def _clean(document: Document, segment: int, start: int, end: int) -> tuple[Piece, ...]:
    text = document.text
    while start < end and text[start] in _TRIM:
        start += 1
    while end > start and text[end - 1] in _TRIM:
        end -= 1
    return (Piece(segment, start, end),) if 2 <= end - start <= _LONGEST_NAME else ()


def _segments(document: Document) -> Iterator[Proposal]:
    """Yield whole segments, and what is left without a label, a bracket, what follows a comma, numbers."""
    text = document.text
    for index in _named_rows(document):
        start, end = document.segments[index].start, document.segments[index].end
        yield _clean(document, index, start, end), "segment"
        colon = text.find(":", start, end)
        if colon > 0:
            yield _clean(document, index, colon + 1, end), "colon"
        bracket = text.find("(", start, end)
        while bracket > 0:
            if bracket > start + 3:
                yield _clean(document, index, start, bracket), "bracket"
            bracket = text.find("(", bracket + 1, end)
        comma = text.find(", ", start, end)
        if comma > start + 3:
            yield _clean(document, index, start, comma), "comma"
        number = NUMBERED_WORD.search(text, start, end)
        if number and number.start() > start + 3:
            yield _clean(document, index, start, number.start()), "before-number"
        elif number and number.start() == start:
            yield _clean(document, index, number.end(), end), "after-number"


def _joined_segments(document: Document) -> Iterator[Proposal]:
    """Yield the segments that read as one: a page reader may part words that stand far apart."""
    chain: tuple[Piece, ...] = ()
    for index in _named_rows(document):
        segment = document.segments[index]
        piece = _clean(document, index, segment.start, segment.end)
        chain = chain + piece if segment.joined else piece
        if len(chain) > 1 and not (
            index + 1 < len(document.segments) and document.segments[index + 1].joined
        ):
            yield chain, "joined"


def _capital_runs(document: Document) -> Iterator[Proposal]:
    for match in CAPITALS.finditer(document.text):
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


def _pairs(document: Document) -> Iterator[Proposal]:
    """Yield two stacked segments near the top of a page: a name and its continuation."""
    for index in _named_rows(document):
        below = int(document.below[index])
        if below != NOWHERE and document.segments[index].row < 10:
            upper, lower = document.segments[index], document.segments[below]
            if (upper.end - upper.start) + (lower.end - lower.start) <= _LONGEST_NAME:
                first = _clean(document, index, upper.start, upper.end)
                second = _clean(document, below, lower.start, lower.end)
                if first and second:
                    yield first + second, "stacked"


def _stacks(document: Document) -> Iterator[Proposal]:
    """Yield one to seven segments under each other, and the same number of whole rows."""
    for index in _named_rows(document):
        if not _addresses(document.segment_text(index)):
            continue
        pieces = _clean(document, index, document.segments[index].start, document.segments[index].end)
        current = index
        for count in range(1, _MOST_STACKED + 1):
            if not pieces:
                break
            yield pieces, f"stack{count}"
            current = int(document.below[current])
            if current == NOWHERE or not _addresses(document.segment_text(current)):
                break
            segment = document.segments[current]
            pieces += _clean(document, current, segment.start, segment.end)
        yield from _whole_rows(document, index)


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
            pieces += _clean(document, member, document.segments[member].start, document.segments[member].end)
        if len(pieces) > count:
            yield pieces, f"rows{count}"


def _place_runs(document: Document) -> Iterator[Proposal]:
    for match in PLACE_RUN.finditer(document.text):
        if len(match.group()) > 8 and any(c.isdigit() for c in match.group()):
            yield _run(document, match.start(), match.end()), "run"
            yield from _cut_runs(document, match.start(), match.end())


def _law_runs(document: Document) -> Iterator[Proposal]:
    """Yield the capitalised runs close behind a word about law or courts."""
    for cue in LAW.finditer(document.text):
        window = document.text[cue.end() : cue.end() + _LAW_REACH]
        for match in CAPITALS.finditer(window):
            start = cue.end() + match.start()
            yield _run(document, start, start + len(match.group())), "law"
            yield from _cut_runs(document, start, start + len(match.group()))


def _every_segment(document: Document) -> Iterator[Proposal]:
    for index, segment in enumerate(document.segments):
        yield _clean(document, index, segment.start, segment.end), "segment"


def _before_definitions(document: Document) -> Iterator[Proposal]:
    """Yield what stands before a defined term, as in: the premises known as A (the "Premises")."""
    text = document.text
    for definition in DEFINITION.finditer(text):
        end = definition.start()
        window = max(0, end - _LONGEST_NAME)
        for opening in OPENING.finditer(text, window, end):
            if end - opening.end() > 3:
                yield _run(document, opening.end(), end), "defined"


def _after_label(document: Document) -> Iterator[Proposal]:
    text = document.text
    for index in _named_rows(document):
        start, end = document.segments[index].start, document.segments[index].end
        colon = text.find(":", start, end)
        if colon > 0:
            yield _clean(document, index, colon + 1, end), "colon"


_NAMES = _all_of(_segments, _joined_segments, _pairs, _capital_runs)
_PROPOSERS: dict[FieldKind, Proposer] = {
    FieldKind.DATE: _all_of(*(_matches(pattern, f"date{i}") for i, pattern in enumerate(DATES))),
    FieldKind.MONEY: _money,
    FieldKind.NUMBER: _matches(NUMBER, "pattern"),
    FieldKind.QUANTITY: _matches(QUANTITY, "pattern"),
    FieldKind.PERCENTAGE: _matches(PERCENT, "pattern"),
    FieldKind.DURATION: _matches(DURATION, "pattern"),
    FieldKind.CURRENCY: _matches(CURRENCY_ALONE, "pattern"),
    FieldKind.IDENTIFIER: _identifiers,
    FieldKind.PARTY: _NAMES,
    FieldKind.PERSON: _NAMES,
    FieldKind.TEXT: _all_of(_NAMES, _place_runs, _before_definitions),
    FieldKind.JURISDICTION: _all_of(_law_runs, _after_label),
    FieldKind.ADDRESS: _all_of(_stacks, _after_label, _place_runs, _before_definitions),
    FieldKind.PRESENCE: _every_segment,
}
