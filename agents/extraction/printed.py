"""Where a page prints a value that is known already: by normal form, whatever way it is written there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import NamedTuple

from agents.extraction.grounding import evidence_at
from agents.extraction.passages import PlacedLine
from doctypes.forms.dates import find_dates
from doctypes.normalise import normalise
from schemas.fields import Evidence, FieldKind
from schemas.layout import Layout

MOST_LINES = 30_000
"""Lines that are searched: a bound on the time that a hostile document can cost."""
MOST_WORDS = 5
LONGEST = 40
LEAST_CHARACTERS = 4
"""Identifiers and names shorter than this stand on any page somewhere."""
_MONEY = re.compile(r"\d[.,' ]\d|[€£$¥]|[A-Z]{3}|[.,]-")
_SAME_HEIGHT = 0.5
_JOINERS = "-/_."
_AMOUNTS = frozenset({FieldKind.MONEY, FieldKind.NUMBER, FieldKind.PERCENTAGE, FieldKind.QUANTITY})


class _Span(NamedTuple):
    line: PlacedLine
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.line.line.text[self.start : self.end]

    def evidence(self) -> tuple[Evidence, ...]:
        return (evidence_at(self.line, self.start, self.end),)


class Printed:
    """The values that a layout prints, found when they are asked for.

    Args:
        layout: The pages.
        day_first: Whether 03/04 is 3 April; None where the document does not tell.
        either_sign: Sums of money are found without regard to their sign.
    """

    def __init__(self, layout: Layout, *, day_first: bool | None, either_sign: bool = False) -> None:
        lines = [PlacedLine(page.number, line) for page in layout.pages for line in page.lines]
        self._lines = lines[:MOST_LINES]
        self._day_first = day_first
        self._either_sign = either_sign

    def find(
        self, kind: FieldKind, value: str, *, within: frozenset[str] | None = None
    ) -> tuple[Evidence, ...]:
        """Return a place where ``value`` is printed; empty if there is none, or none that means anything.

        Args:
            kind: What sort of value it is.
            value: Its normal form.
            within: Ids of the lines to look in; None looks everywhere.
        """
        return next(self.places(kind, value, within=within), ())

    def places(
        self, kind: FieldKind, value: str, *, within: frozenset[str] | None = None
    ) -> Iterator[tuple[Evidence, ...]]:
        """Yield every place where ``value`` is printed, in reading order."""
        match kind:
            case FieldKind.DATE:
                spans: Iterable[_Span] = self._dates.get(value, ())
            case FieldKind.CURRENCY:
                spans = self._currencies.get(value, ())
            case _ if kind in _AMOUNTS:
                spans = self._amount(kind, _decimal(value))
            case _:
                yield from self._text(value, within)
                return
        yield from (span.evidence() for span in spans if within is None or span.line.line.id in within)

    def lines(self, ids: Iterable[str]) -> tuple[Evidence, ...]:
        """Return whole lines as evidence."""
        return tuple(
            evidence_at(self._by_id[line], 0, len(self._by_id[line].line.text))
            for line in ids
            if line in self._by_id
        )

    def beside(self, places: Iterable[Evidence]) -> frozenset[str]:
        """Return the ids of the lines on the same height of a page as ``places``."""
        return frozenset(
            placed.line.id
            for place in places
            for placed in self._by_page.get(place.page, ())
            if min(place.box.y1, placed.line.box.y1) - max(place.box.y0, placed.line.box.y0)
            > _SAME_HEIGHT * (placed.line.box.y1 - placed.line.box.y0)
        )

    @cached_property
    def _by_page(self) -> dict[int, list[PlacedLine]]:
        found: dict[int, list[PlacedLine]] = {}
        for placed in self._lines:
            found.setdefault(placed.page, []).append(placed)
        return found

    @cached_property
    def _by_id(self) -> dict[str, PlacedLine]:
        return {placed.line.id: placed for placed in self._lines}

    def _amount(self, kind: FieldKind, amount: Decimal | None) -> Iterator[_Span]:
        if not amount:
            # A zero stands on every invoice, and says nothing.
            return
        money = kind is FieldKind.MONEY
        for wanted in (amount, -amount) if money and self._either_sign else (amount,):
            # Nor is a bare 52 a sum of money.
            yield from (
                span for span in self._amounts.get(wanted, ()) if not money or _MONEY.search(span.text)
            )

    @cached_property
    def _amounts(self) -> dict[Decimal, list[_Span]]:
        found: dict[Decimal, list[_Span]] = {}
        for span in self._spans(3):
            amount = _decimal(normalise(FieldKind.MONEY, span.text).value)
            if amount is not None:
                found.setdefault(amount, []).append(span)
        return found

    @cached_property
    def _dates(self) -> dict[str, list[_Span]]:
        found: dict[str, list[_Span]] = {}
        for span in self._spans(MOST_WORDS):
            printed = find_dates(span.text)
            if len(printed) != 1:
                continue
            first = (printed[0].day_first, printed[0].month_first)
            readings = first if self._day_first is None else first[:1] if self._day_first else first[1:]
            for day in {day for day in (readings if any(readings) else first) if day is not None}:
                found.setdefault(day.isoformat(), []).append(span)
        return found

    @cached_property
    def _currencies(self) -> dict[str, list[_Span]]:
        found: dict[str, list[_Span]] = {}
        for line in self._lines:
            for word in line.words:
                span = _Span(line, word.start, word.end)
                code = normalise(FieldKind.CURRENCY, span.text).value
                if code is not None:
                    found.setdefault(code, []).append(span)
        return found

    def _spans(self, most: int) -> Iterator[_Span]:
        """Yield the runs of words that hold a digit, of each line the shortest first."""
        for line in self._lines:
            words = line.words
            if not any(c.isdigit() for c in line.line.text):
                continue
            for count in range(1, min(most, len(words)) + 1):
                for first, last in zip(words, words[count - 1 :], strict=False):
                    span = _Span(line, first.start, last.end)
                    if len(span.text) <= LONGEST and any(c.isdigit() for c in span.text):
                        yield span

    def _text(self, value: str, within: frozenset[str] | None) -> Iterator[tuple[Evidence, ...]]:
        wanted = "".join(_folded(value))
        if not wanted or (len(wanted) < LEAST_CHARACTERS and within is None):
            return
        text, places = self._folded_text
        start = text.find(wanted)
        while start >= 0:
            first, last = places[start], places[start + len(wanted) - 1]
            if self._is_whole(first, last):
                found = tuple(self._between(first, last))
                if within is None or all(evidence.line in within for evidence in found):
                    yield found
            start = text.find(wanted, start + 1)

    @cached_property
    def _folded_text(self) -> tuple[str, list[tuple[int, int]]]:
        """The letters and digits of all lines in one case, each with its line and place."""
        characters: list[str] = []
        places: list[tuple[int, int]] = []
        for number, placed in enumerate(self._lines):
            for offset, character in enumerate(placed.line.text):
                for folded in _folded(character):
                    characters.append(folded)
                    places.append((number, offset))
        return "".join(characters), places

    def _is_whole(self, first: tuple[int, int], last: tuple[int, int]) -> bool:
        """Whether nothing is joined to it: 0010 is no part of FA-2017-0010."""
        before = self._lines[first[0]].line.text[: first[1]][-2:]
        after = self._lines[last[0]].line.text[last[1] + 1 :][:2]
        return not (_joined(before[::-1]) or _joined(after))

    def _between(self, first: tuple[int, int], last: tuple[int, int]) -> Iterator[Evidence]:
        for number in range(first[0], last[0] + 1):
            placed = self._lines[number]
            start = first[1] if number == first[0] else 0
            end = last[1] + 1 if number == last[0] else len(placed.line.text)
            yield evidence_at(placed, start, end)


def _folded(text: str) -> Iterator[str]:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    yield from (c for c in text.casefold() if c.isalnum())


def _joined(outwards: str) -> bool:
    """Whether the characters next to a word, read outwards, belong to it."""
    if not outwards:
        return False
    return outwards[0].isalnum() or (outwards[0] in _JOINERS and outwards[1:2].isalnum())


def _decimal(value: str | None) -> Decimal | None:
    try:
        return None if value is None else Decimal(value)
    except InvalidOperation:
        return None
