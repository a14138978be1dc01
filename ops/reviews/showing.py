"""Where a thing stands that a decision file says is there: its words, found on the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doctypes.definition import FieldSpec
from review.sheet.lifting import evidence_of
from review.sheet.values import DecisionFileError
from schemas.decided import DecidedField
from schemas.fields import Evidence, FieldKind, FieldValue
from schemas.layout import Layout

_HOW = """say in 'evidence' where it stands, as [{"page": 1, "quote": "its words"}]"""


def with_place(
    spec: FieldSpec, given: Any, decided: DecidedField, field: FieldValue, layout: Layout | None
) -> DecidedField:
    """Return the decision; of a thing that is there, with the place where it is.

    Args:
        spec: The field.
        given: What the file says of it.
        decided: What was read from that.
        field: What the sheet was made from; what stands there with its place needs no other.
        layout: The document's words; None where none could be read.

    Raises:
        DecisionFileError: A presence is said to be there and nobody shows where.
    """
    if spec.kind is not FieldKind.PRESENCE or decided.value != "yes":
        return decided
    where = f"field {spec.name!r}"
    pieces = given.get("evidence") if isinstance(given, Mapping) else None
    if not pieces:
        if any(reading.value == "yes" and reading.evidence for reading in field.readings):
            return decided
        raise DecisionFileError(f"{where} is a presence: {_HOW}, or null where the document has none")
    if not isinstance(pieces, list):
        raise DecisionFileError(f"{where}: {_HOW}")
    found = tuple(one for piece in pieces for one in _found(piece, where, layout))
    return decided.model_copy(update={"evidence": found})


def _found(piece: Any, where: str, layout: Layout | None) -> tuple[Evidence, ...]:
    page, quote = (piece.get("page"), piece.get("quote")) if isinstance(piece, Mapping) else (None, None)
    # Numbers come as they are written, as text.
    if not (isinstance(page, str) and page.isdecimal() and len(page) < 10 and isinstance(quote, str)):
        raise DecisionFileError(f"{where}: {_HOW}")
    found = evidence_of(layout, int(page), quote)
    if not found:
        raise DecisionFileError(
            f"{where}: page {page} does not say {quote[:40]!r}; quote it as it is printed"
        )
    return found
