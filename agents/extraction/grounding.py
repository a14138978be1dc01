"""Finding a quote on the page: evidence is verified, never trusted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from agents.extraction.nearest import nearest
from agents.extraction.passages import SPACES, Passage, PlacedLine, fold
from schemas.fields import Alignment, Evidence, Reading
from schemas.layout import Layout
from store.layout_text import Words, own_words

_DIGIT_AND_MARK = re.compile(r"\d[.,'’]$")
_MARK_AND_DIGIT = re.compile(r"[.,'’]\d")
_MARKS = ",;."
"""What ends a line of an address, and is left out where its lines are joined otherwise."""


class LineIndex:
    """The lines of a layout by id, in reading order.

    Args:
        layout: The pages.
        words_of: Where the words of its lines are to be had.
    """

    def __init__(self, layout: Layout, words_of: Words = own_words) -> None:
        self._lines = [
            PlacedLine(page.number, line, words_of) for page in layout.pages for line in page.lines
        ]
        self._order = {placed.line.id: position for position, placed in enumerate(self._lines)}
        self._whole = Passage(self._lines)
        self._runs: dict[tuple[int, ...], Passage] = {}

    def ground(
        self, quote: str, line_ids: Sequence[str], *, nearly: bool = False, amount: bool = False
    ) -> tuple[Evidence, ...]:
        """Return where ``quote`` stands, one span per line; empty if it stands nowhere.

        First in the lines the model names, taken in reading order, then anywhere in the document;
        first exactly, then without regard to case, width and spacing of characters. A quote of several
        lines may leave out the commas at their ends.

        Args:
            quote: What is to be found.
            line_ids: Where the model says it stands.
            nearly: Whether a passage may differ in a few letters, where it stands nowhere as it is.
            amount: Whether it must be the whole of a number with marks in it.
        """
        runs = (self._run(line_ids), self._whole)
        for run in runs:
            for exact in (True, False):
                if found := next(_occurrences(quote, run, exact=exact, amount=amount), ()):
                    return found
        if found := self._line_by_line(quote, line_ids):
            return found
        return self._nearly(quote, runs) if nearly else ()

    def ground_cell(
        self,
        quote: str,
        line_ids: Sequence[str],
        row_ids: Sequence[str],
        taken: Sequence[Evidence] = (),
        *,
        nearly: bool = False,
        amount: bool = False,
    ) -> tuple[Evidence, ...]:
        """Return where a cell's ``quote`` stands in its row, one span per line; empty if it does not.

        In the lines the cell names, else in all its row names, never elsewhere: a "2" stands on any page
        somewhere. Of several places one is taken that no other cell of the row has (``taken``): in
        "4.00 4.00" price and amount are two.
        """
        for ids in (line_ids, row_ids):
            run = self._run(ids)
            for exact in (True, False):
                found = list(_occurrences(quote, run, exact=exact, amount=amount))
                free = (places for places in found if not _overlap(places, taken))
                if found:
                    return next(free, found[0])
        return self._nearly(quote, [self._run(row_ids)]) if nearly else ()

    def _run(self, line_ids: Sequence[str]) -> Passage:
        """Return the lines that are named, in reading order; a model names the same ones again and again."""
        named = tuple(sorted({self._order[i] for i in line_ids if i in self._order}))
        if named not in self._runs:
            self._runs[named] = Passage([self._lines[i] for i in named])
        return self._runs[named]

    def _line_by_line(self, quote: str, line_ids: Sequence[str]) -> tuple[Evidence, ...]:
        """Return where the lines of a quote stand, each in the next line that is named and all of its rest.

        Only marks may stand between one line's end and the next one's beginning.
        """
        parts = [part for part in quote.split("\n") if part.strip()]
        named = sorted({self._order[i] for i in line_ids if i in self._order})
        if len(parts) < 2 or len(parts) != len(named):
            return ()
        found: list[Evidence] = []
        for number, (part, position) in enumerate(zip(parts, named, strict=True)):
            text = self._lines[position].line.text
            here = next(_occurrences(part, Passage([self._lines[position]]), exact=False), ())
            first, last = number == 0, number == len(parts) - 1
            if not here or not (
                (first or _only_marks(text[: here[0].start])) and (last or _only_marks(text[here[-1].end :]))
            ):
                return ()
            found += here
        return tuple(found)

    def _nearly(self, quote: str, runs: Sequence[Passage]) -> tuple[Evidence, ...]:
        wanted = fold(quote)
        for run in runs:
            span = nearest(wanted, run.text(exact=False))
            if span is not None:
                return tuple(evidence_at(*place) for place in run.spans(span[0], span[1], exact=False))
        return ()


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
    if fold(reading.raw) == fold(printed) or _lines(reading.raw) == [
        _bare(evidence.quote) for evidence in reading.evidence
    ]:
        return Alignment.NORMALISED
    return Alignment.FUZZY


def _lines(quote: str) -> list[str]:
    return [_bare(part) for part in quote.split("\n") if part.strip()]


def _bare(text: str) -> str:
    """Return a line folded, without the marks at its end."""
    return fold(text).rstrip(_MARKS)


def _only_marks(text: str) -> bool:
    return not text.strip(f" {_MARKS}")


def _occurrences(
    quote: str, run: Passage, *, exact: bool, amount: bool = False
) -> Iterator[tuple[Evidence, ...]]:
    """Yield every place where ``quote`` stands in the run, each as one span per line."""
    wanted = fold(quote) if not exact else SPACES.sub(" ", quote).strip()
    if not wanted:
        return
    text = run.text(exact=exact)
    start = text.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        if _at_word_edges(text, start, end) and not (amount and _within_amount(text, start, end)):
            found = tuple(evidence_at(*span) for span in run.spans(start, end, exact=exact))
            if not (amount and _runs_on(found)):
                yield found
        start = text.find(wanted, start + 1)


def _overlap(places: Sequence[Evidence], taken: Sequence[Evidence]) -> bool:
    return any(
        one.line == other.line and one.start < other.end and other.start < one.end
        for one in places
        for other in taken
    )


def _at_word_edges(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` cuts no number in two: 40.00 is not evidence for 140.00."""
    before = start > 0 and text[start - 1].isdigit() and text[start].isdigit()
    after = end < len(text) and text[end].isdigit() and text[end - 1].isdigit()
    return not before and not after


def _within_amount(text: str, start: int, end: int) -> bool:
    """Whether the number goes on behind a mark that numbers hold: 140.00 is not evidence for 1,140.00."""
    return bool(_DIGIT_AND_MARK.search(text[max(start - 2, 0) : start]) and text[start].isdigit()) or bool(
        _MARK_AND_DIGIT.match(text[end : end + 2]) and text[end - 1].isdigit()
    )


def _runs_on(places: Sequence[Evidence]) -> bool:
    """Whether a number would go on from one line to the next: 1 and 200.00 are two amounts."""
    return any(one.quote[-1].isdigit() and other.quote[0].isdigit() for one, other in pairwise(places))


def evidence_at(placed: PlacedLine, start: int, end: int) -> Evidence:
    """Return the characters ``start:end`` of a line as evidence."""
    return Evidence(
        page=placed.page,
        line=placed.line.id,
        start=start,
        end=end,
        box=placed.words_of.box(placed.line, start, end),
        quote=placed.line.text[start:end],
    )
