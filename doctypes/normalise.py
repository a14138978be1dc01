"""The front door of the normalisers: printed text of a kind in, normal form out; and comparison."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from doctypes.forms.amounts import (
    normalise_money,
    normalise_number,
    normalise_percentage,
    normalise_quantity,
)
from doctypes.forms.characters import letters_and_digits
from doctypes.forms.currencies import normalise_currency
from doctypes.forms.dates import infer_day_first, normalise_date
from doctypes.forms.durations import normalise_duration, parse_duration
from doctypes.forms.files import normalise_file
from doctypes.forms.names import (
    normalise_address,
    normalise_identifier,
    normalise_jurisdiction,
    normalise_party,
    normalise_presence,
    normalise_text,
    party_key,
    person_key,
)
from doctypes.forms.result import Normalised, nothing
from schemas.fields import FieldKind

__all__ = ["LONGEST", "Normalised", "compare", "infer_day_first", "normalise", "similar_key"]

LONGEST = 300
"""Characters beyond which nothing but text and addresses is parsed.

No date, amount or name is that long, and it bounds the time a hostile text can cost (about 50 ms).
"""

_NORMALISERS: dict[FieldKind, Callable[[str], Normalised]] = {
    FieldKind.DATE: normalise_date,
    FieldKind.MONEY: normalise_money,
    FieldKind.NUMBER: normalise_number,
    FieldKind.QUANTITY: normalise_quantity,
    FieldKind.PERCENTAGE: normalise_percentage,
    FieldKind.DURATION: normalise_duration,
    FieldKind.PARTY: normalise_party,
    FieldKind.PERSON: normalise_party,
    FieldKind.ADDRESS: normalise_address,
    FieldKind.IDENTIFIER: normalise_identifier,
    FieldKind.CURRENCY: normalise_currency,
    FieldKind.JURISDICTION: normalise_jurisdiction,
    FieldKind.TEXT: normalise_text,
    FieldKind.PRESENCE: normalise_presence,
    FieldKind.FILE: normalise_file,
}
_WORDY = {FieldKind.TEXT, FieldKind.ADDRESS}
_COUNTED = {
    FieldKind.MONEY,
    FieldKind.NUMBER,
    FieldKind.QUANTITY,
    FieldKind.PERCENTAGE,
    FieldKind.DURATION,
}
_RAISED = re.compile(r"\d[\u00b2\u00b3\u00b9\u2070\u2074-\u2079]")


@lru_cache(maxsize=65536)
def normalise(kind: FieldKind, raw: str, *, day_first: bool | None = None) -> Normalised:
    """Return the normal form of ``raw``; normalising a normal form again changes nothing.

    Args:
        kind: What sort of value it is.
        raw: As printed.
        day_first: Whether 03/04 is 3 April; None flags such dates as ambiguous, without a value.
    """
    if len(raw) > LONGEST and kind not in _WORDY:
        return nothing(f"longer than {LONGEST} characters")
    if kind in _COUNTED and _RAISED.search(raw):
        # Made plain, 12¹ months would be 121.
        return nothing("a raised digit stands behind a number: a note's, or a power")
    if kind is FieldKind.ROWS:
        return nothing("a list of rows has no normal form of its own, only its cells have")
    if kind is FieldKind.DATE:
        return normalise_date(raw, day_first=day_first)
    return _NORMALISERS[kind](raw)


def compare(kind: FieldKind, a: str, b: str, *, day_first: bool | None = None) -> bool:
    """Whether two printed values or normal forms of ``kind`` mean the same."""
    return a == b or similar_key(kind, a, day_first=day_first) == similar_key(kind, b, day_first=day_first)


@lru_cache(maxsize=65536)
def similar_key(kind: FieldKind, raw: str, *, day_first: bool | None = None) -> str:
    """Return the key that values of ``kind`` share exactly when they mean the same.

    Text without a normal form gets a key of its letters and digits, so that it equals only itself.
    """
    value = normalise(kind, raw, day_first=day_first).value
    if value is None:
        return "?" + letters_and_digits(raw)
    match kind:
        case FieldKind.MONEY | FieldKind.NUMBER | FieldKind.PERCENTAGE:
            return str(Decimal(value).normalize())
        case FieldKind.DURATION:
            duration = parse_duration(value)
            return value if duration is None else f"{duration.months.normalize()}|{duration.days.normalize()}"
        case FieldKind.PARTY:
            return party_key(value)
        case FieldKind.PERSON:
            return person_key(value)
        case FieldKind.DATE | FieldKind.CURRENCY | FieldKind.PRESENCE | FieldKind.QUANTITY | FieldKind.FILE:
            return value
        case _:
            return letters_and_digits(value)
