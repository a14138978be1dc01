"""Values that a machine wrote: one way to write a day, one to write a decimal, nothing to guess."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from doctypes.forms.amounts import money_text, plain_decimal
from doctypes.normalise import normalise
from schemas.fields import FieldKind


def stated_value(kind: FieldKind, plain: str) -> str | None:
    """Return the normal form of a value in plain form (``2026-11-21``, ``1234.5``); None if it has none.

    Unlike a printed ``1.980``, a machine's is a little less than two.
    """
    match kind:
        case FieldKind.MONEY | FieldKind.NUMBER | FieldKind.PERCENTAGE | FieldKind.QUANTITY:
            return _decimal(kind, plain)
        case FieldKind.DATE:
            try:
                return date.fromisoformat(plain).isoformat()
            except ValueError:
                return None
        case _:
            return normalise(kind, plain).value


def _decimal(kind: FieldKind, plain: str) -> str | None:
    try:
        value = Decimal(plain)
    except InvalidOperation:
        return None
    if not value.is_finite():
        return None
    return money_text(value) if kind is FieldKind.MONEY else plain_decimal(value)
