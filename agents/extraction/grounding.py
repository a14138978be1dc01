"""Finding a quote on the page: evidence is verified, never trusted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agents.extraction.nearest import nearest
from schemas.fields import Alignment, Evidence, Reading
from schemas.layout import Box, Layout, Line

SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line with the page it stands on."""

    page: int
    line: Line


class LineIndex:
    """The lines of a layout by id, in reading order."""

    def __init__(self, layout: Layout) -> None:
        self._lines = [PlacedLine(page.number, line) for page in layout.pages for line in page.lines]
        self._order = {placed.line.id: position for position, placed in enumerate(self._lines)}

    def ground(self, quote: str, line_ids: Sequence[str], *, nearly: bool = False) -> tuple[Evidence, ...]:
        """Return where ``quote`` stands, one span per line; empty if it stands nowhere.

        First in the lines the model names, taken in reading order, then anywhere in the document;
        first exactly, then without regard to case, width and spacing of characters.

        Args:
            quote: What is to be found.
            line_ids: Where the model says it stands.
            nearly: Whether a passage may differ in a few letters, where it stands nowhere as it is.
        """
        named = sorted({self._order[i] for i in line_ids if i in self._order})
        runs = [[self._lines[i] for i in named]] if named else []
        for exact in (True, False):
            for run in runs:
                if found := _find(quote, run, exact=exact):
                    return found
        for exact in (True, False):
            if found := self._find_anywhere(quote, exact=exact):
                return found
        return self._nearly(quote, [*runs, self._lines]) if nearly else ()

    def ground_cell(
        self,
        quote: str,
        line_ids: Sequence[str],
        row_ids: Sequence[str],
        taken: Sequence[Evidence] = (),
        *,
        nearly: bool = False,
    ) -> tuple[Evidence, ...]:
        """Return where a cell's ``quote`` stands in its row, one span per line; empty if it does not.

        In the lines the cell names, else in all its row names, never elsewhere: a "2" stands on any page
        somewhere. Of several places one is taken that no other cell of the row has (``taken``): in
        "4.00 4.00" price and amount are two.
        """
        for ids in (line_ids, row_ids):
            run = [self._lines[i] for i in sorted({self._order[i] for i in ids if i in self._order})]
            for exact in (True, False):
                found = list(_occurrences(quote, run, exact=exact))
                free = (places for places in found if not _overlap(places, taken))
                if found:
                    return next(free, found[0])
        row = [self._lines[i] for i in sorted({self._order[i] for i in row_ids if i in self._order})]
        return self._nearly(quote, [row]) if nearly else ()

    def _nearly(self, quote: str, runs: Sequence[Sequence[PlacedLine]]) -> tuple[Evidence, ...]:
        wanted = _fold(quote)
        for run in runs:
            span = nearest(wanted, _text(run, exact=False))
            if span is not None:
                return tuple(_spans(run, _places(run, exact=False)[span[0] : span[1]]))
        return ()

    def _find_anywhere(self, quote: str, *, exact: bool) -> tuple[Evidence, ...]:
        return _find(quote, self._lines, exact=exact)


def alignment_of(readings: Iterable[Reading]) -> Alignment:
    """Return how closely the quotes of ``readings`` were found; of several, the least close."""
    found = {_aligned(reading) for reading in readings}
    order = (Alignment.NOWHERE, Alignment.FUZZY, Alignment.NORMALISED, Alignment.EXACT)
    return next((alignment for alignment in order if alignment in found), Alignment.NOT_QUOTED)


def _aligned(reading: Reading) -> Alignment:
    if not reading.evidence:
        return Alignment.NOWHERE
    printed = " ".join(evidence.quote for evidence in reading.evidence)
    if SPACES.sub(" ", reading.raw).strip() == SPACES.sub(" ", printed).strip():
        return Alignment.EXACT
    return Alignment.NORMALISED if _fold(reading.raw) == _fold(printed) else Alignment.FUZZY


def _find(quote: str, run: Sequence[PlacedLine], *, exact: bool) -> tuple[Evidence, ...]:
    return next(_occurrences(quote, run, exact=exact), ())


def _occurrences(quote: str, run: Sequence[PlacedLine], *, exact: bool) -> Iterator[tuple[Evidence, ...]]:
    """Yield every place where ``quote`` stands in the run, each as one span per line."""
    wanted = _fold(quote) if not exact else SPACES.sub(" ", quote).strip()
    if not wanted:
        return
    text = _text(run, exact=exact)
    start = text.find(wanted)
    places = _places(run, exact=exact) if start >= 0 else []
    while start >= 0:
        end = start + len(wanted)
        if _at_word_edges(text, start, end):
            yield tuple(_spans(run, places[start:end]))
        start = text.find(wanted, start + 1)


def _overlap(places: Sequence[Evidence], taken: Sequence[Evidence]) -> bool:
    return any(
        one.line == other.line and one.start < other.end and other.start < one.end
        for one in places
        for other in taken
    )


def _text(run: Sequence[PlacedLine], *, exact: bool) -> str:
    """Return the run's text: lines set apart by a space, or folded and without any."""
    lines = (placed.line.text for placed in run if placed.line.text)
    return " ".join(lines) if exact else "".join(_folded(character) for text in lines for character in text)


def _places(run: Sequence[PlacedLine], *, exact: bool) -> list[tuple[int, int] | None]:
    """Return (line index, offset) per character of the run's text, None for the space between lines."""
    places: list[tuple[int, int] | None] = []
    for number, placed in enumerate(run):
        text = placed.line.text
        if not exact:
            places.extend((number, offset) for offset, one in enumerate(text) for _ in _folded(one))
        elif text:
            if places:
                places.append(None)
            places.extend((number, offset) for offset in range(len(text)))
    return places


def _fold(text: str) -> str:
    """Return ``text`` compatible-normalised, case-folded, without any space."""
    return SPACES.sub("", unicodedata.normalize("NFKC", text).casefold())


_folded = lru_cache(maxsize=4096)(_fold)
"""Of one character: a document has few different ones."""


def _at_word_edges(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` cuts no number in two: 40.00 is not evidence for 140.00."""
    before = start > 0 and text[start - 1].isdigit() and text[start].isdigit()
    after = end < len(text) and text[end].isdigit() and text[end - 1].isdigit()
    return not before and not after


def _spans(run: Sequence[PlacedLine], places: Iterable[tuple[int, int] | None]) -> Iterable[Evidence]:
    by_line: dict[int, list[int]] = {}
    for place in places:
        if place is not None:
            by_line.setdefault(place[0], []).append(place[1])
    for number, offsets in by_line.items():
        yield evidence_at(run[number], min(offsets), max(offsets) + 1)


def evidence_at(placed: PlacedLine, start: int, end: int) -> Evidence:
    """Return the characters ``start:end`` of a line as evidence."""
    return Evidence(
        page=placed.page,
        line=placed.line.id,
        start=start,
        end=end,
        box=_box(placed.line, start, end),
        quote=placed.line.text[start:end],
    )


def _box(line: Line, start: int, end: int) -> Box:
    boxes = [word.box for word in line.words if word.start < end and word.end > start] or [line.box]
    return Box(
        x0=min(b.x0 for b in boxes),
        y0=min(b.y0 for b in boxes),
        x1=max(b.x1 for b in boxes),
        y1=max(b.y1 for b in boxes),
    )
