"""A value of an e-invoice held against what its page shows: pure, both values in words.

A page that says another amount, account or payee than its data is a classic fraud: whichever of the two
somebody pays by, the other was shown to whoever approved it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from doctypes.definition import FieldSpec
from doctypes.forms.dates import find_dates
from doctypes.normalise import compare, similar_key
from schemas.fields import Compared, FieldKind, FieldValue, Reading
from schemas.results import CellDoubt, ReviewCode

EVEN_CHANCE = 0.5
"""Below it, what was read from the page is more likely wrong than right."""
LEAST_SHARED = 0.6
"""A name within the other is the same where it is at least this part of it (``Herrn Max Muster``)."""


Coded = tuple[ReviewCode | None, str]
"""A doubt in words with its code, where it has one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What holding a value against the page brought.

    Attributes:
        arithmetic: How they agree, or that they do not, in words.
        doubts: What speaks against the value, each with its code where it has one.
        cells: For a list of rows, what speaks against a cell.
    """

    arithmetic: str
    doubts: tuple[Coded, ...] = ()
    cells: tuple[CellDoubt, ...] = ()


def hold_against_page(
    spec: FieldSpec, field: FieldValue, others: Collection[str], *, day_first: bool | None
) -> Finding:
    """Return whether data and page agree about a field.

    Args:
        spec: The field.
        field: As stated, with what is compared.
        others: Keys (``similar_key``) of what the data state for other fields of the same kind.
        day_first: Whether 03/04 is 3 April on the page.
    """
    compared = field.compared or Compared()
    doubts = [*_rivals(field, compared), *_payee(compared)]
    if not field.readings:
        return Finding(field.note or "the e-invoice does not state it", tuple(doubts))
    stated = field.readings[0]

    def agrees(read: Reading) -> bool:
        return same(spec.kind, stated, read, day_first, either_sign=compared.either_sign)

    if compared.page is None:
        return Finding(f"{_term(stated)} of the e-invoice itself", tuple(doubts))
    page = next((read for read in compared.page.readings if agrees(read)), None)
    if page is not None:
        at = "" if page.confidence is None else f" (read there at {page.confidence:.2f})"
        return Finding(f"data and page agree{at}", tuple(doubts))
    if compared.page.readings:
        differing = _differing(spec, stated, compared.page, others, day_first)
        return Finding(differing.arithmetic, (*differing.doubts, *doubts))
    if stated.evidence:
        return Finding("the page prints what the data state", tuple(doubts))
    if not (spec.critical or spec.required):
        return Finding("stated by the data alone", tuple(doubts))
    unprinted = f"the data say {words_of(stated)}, which no page prints"
    return Finding("stated by the data alone", ((ReviewCode.DATA_NOT_ON_PAGE, unprinted), *doubts))


def _differing(
    spec: FieldSpec, stated: Reading, page: FieldValue, others: Collection[str], day_first: bool | None
) -> Finding:
    """Judge a page on which something else was read than the data state.

    What counts most is never argued away. Elsewhere, where the page prints the data's value too, the page
    was misread if what was read there is another of the data's values, or was more likely wrong than right.
    """
    read = page.readings[0]
    words = f"the page says {words_of(read)}, the data say {words_of(stated)}"
    if not spec.critical and stated.evidence:
        if read.value is not None and similar_key(spec.kind, read.value, day_first=day_first) in others:
            return Finding(f"the page prints what the data state; {words_of(read)} is another of its values")
        if page.confidence is not None and page.confidence < EVEN_CHANCE:
            at = f"{page.confidence:.2f} < {EVEN_CHANCE:.2f}"
            return Finding(f"the page prints what the data state; {words_of(read)} was read at {at}")
    return Finding("data and page differ", ((ReviewCode.PAGE_AND_DATA_DIFFER, words),))


def same(
    kind: FieldKind, stated: Reading, read: Reading, day_first: bool | None, *, either_sign: bool = False
) -> bool:
    """Whether what was read on a page is what the data state."""
    if stated.value is None:
        return False
    if read.value is None:
        return kind is FieldKind.DATE and _may_mean(read.raw, stated.value)
    if compare(kind, stated.value, read.value, day_first=day_first):
        return True
    if kind is FieldKind.MONEY:
        return either_sign and _magnitude(stated.value) == _magnitude(read.value)
    return kind in (FieldKind.PARTY, FieldKind.PERSON) and _within(kind, stated.value, read.value)


def _within(kind: FieldKind, one: str, other: str) -> bool:
    short, long = sorted((similar_key(kind, one), similar_key(kind, other)), key=len)
    return short in long and len(short) >= LEAST_SHARED * len(long)


def _may_mean(raw: str, day: str) -> bool:
    """Whether a date that can be read in two ways can be read as ``day``."""
    return any(
        day in {read.isoformat() for read in (printed.day_first, printed.month_first) if read}
        for printed in find_dates(raw)
    )


def _magnitude(value: str) -> Decimal | str:
    try:
        return abs(Decimal(value))
    except InvalidOperation:
        return value


def _rivals(field: FieldValue, compared: Compared) -> Iterator[Coded]:
    if not field.readings or not compared.rivals:
        return
    others = ", ".join(words_of(rival) for rival in compared.rivals)
    words = f"the data say {words_of(field.readings[0])} and also {others}"
    yield ReviewCode.DATA_DISAGREE, words


def _payee(compared: Compared) -> Iterator[Coded]:
    if compared.payee is not None:
        words = f"the data name another payee, {words_of(compared.payee)}, whom no page names"
        yield ReviewCode.DATA_NOT_ON_PAGE, words


def words_of(reading: Reading) -> str:
    """Return a value as a person finds it: normal form, the print where it differs, the place."""
    value = reading.raw if reading.value is None else reading.value
    if reading.element is not None:
        named = f" of {reading.element.data}" if reading.element.data else ""
        return f"{value} ({reading.element.term}{named})"
    printed = f"“{reading.raw}”, " if reading.raw != value else ""
    place = f"page {reading.evidence[0].page}" if reading.evidence else "no place found"
    return f"{value} ({printed}{place})"


def _term(reading: Reading) -> str:
    return reading.element.term if reading.element else "a value"
