"""The values of spans: one normal form per kind, and one key by which two spans mean the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from doctypes.normalise import infer_day_first, normalise, similar_key
from schemas.fields import FieldKind

NAMED_KINDS = frozenset(
    {
        FieldKind.PARTY,
        FieldKind.PERSON,
        FieldKind.ADDRESS,
        FieldKind.JURISDICTION,
        FieldKind.TEXT,
        FieldKind.IDENTIFIER,
    }
)
"""Kinds whose candidates may contain one another, and whose own words tell something."""

PRESENT = "yes"
"""The value of a presence field with positive evidence; without any it is absent."""


class DayOrder(NamedTuple):
    """How 03/04 is read.

    Attributes:
        day_first: The reading used to tell candidates apart.
        known: Whether the document or the training labels prove it; if not, such a date has no value.
    """

    day_first: bool
    known: bool


def day_order(raws: Iterable[str], learned: bool | None) -> DayOrder:
    """Return the order that a document's own dates prove, else the one learned from labels."""
    proven = infer_day_first(raws)
    order = learned if proven is None else proven
    return DayOrder(True, known=False) if order is None else DayOrder(order, known=True)


def key_of(kind: FieldKind, raw: str, order: DayOrder) -> str | None:
    """Return the key that spans of ``kind`` share when they mean the same; None if it means nothing."""
    if kind is FieldKind.PRESENCE:
        return PRESENT
    key = similar_key(kind, raw, day_first=order.day_first if kind is FieldKind.DATE else None)
    # A key that begins with a question mark stands for text without a normal form.
    return None if key.startswith("?") else key


def value_of(kind: FieldKind, raw: str, order: DayOrder) -> str:
    """Return the normal form of ``raw``, or ``raw`` itself where the order of day and month is not known."""
    if kind is FieldKind.PRESENCE:
        return PRESENT
    known = order.day_first if kind is FieldKind.DATE and order.known else None
    return normalise(kind, raw, day_first=known).value or " ".join(raw.split())


def label_keys(kind: FieldKind, labels: Iterable[str], order: DayOrder) -> frozenset[str]:
    """Return the keys of a field's labels; a presence label that says no is no value."""
    if kind is FieldKind.PRESENCE:
        values = {normalise(kind, label).value for label in labels}
        return frozenset({PRESENT} & {value for value in values if value})
    keys = (similar_key(kind, label, day_first=order.day_first) for label in labels if label.strip())
    return frozenset(keys)
