"""Typed candidate spans: everything in a document that could be a value of a kind; no learning here."""

from __future__ import annotations

from typing import NamedTuple

from inference.reading.document import Document
from inference.reading.patterns import DATES
from inference.reading.pieces import Piece, text_of
from inference.reading.proposals import PROPOSERS
from inference.reading.values import DayOrder, day_order, key_of
from schemas.fields import FieldKind

MOST_SPANS = 900
"""Candidates kept per kind: the first two thirds and the last third of the document's."""


class Span(NamedTuple):
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


def order_in(document: Document, learned: bool | None) -> DayOrder:
    """Return how the document writes numeric dates, as its own dates prove it or as was learned."""
    raws = (match.group() for match in DATES[0].finditer(document.text))
    return day_order(raws, learned)


def find_spans(document: Document, kind: FieldKind, order: DayOrder) -> tuple[Span, ...]:
    """Return the candidates of ``kind``, in reading order, at most MOST_SPANS; each place once."""
    seen: dict[tuple[Piece, ...], str] = {}
    for pieces, origin in PROPOSERS[kind](document):
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
