"""One reading of a model: its value held against its own quote, and the quote against the page."""

from __future__ import annotations

from typing import Any

from doctypes.definition import FieldSpec
from doctypes.normalise import normalise
from schemas.fields import Evidence, EvidenceClass, Reading

MAX_ALTERNATIVES = 3


def reading_of(
    spec: FieldSpec, recorded: dict[str, Any], evidence: tuple[Evidence, ...], day_first: bool | None
) -> Reading:
    """Return a reading with how its value follows from where its quote was found.

    Args:
        spec: The field, or the column of a row.
        recorded: ``{value, quote, lines, confidence?}`` as the model recorded it.
        evidence: Where the quote stands; empty where it was not found.
        day_first: Whether 03/04 is 3 April.
    """
    quote = recorded["quote"]
    own = normalise(spec.kind, quote, day_first=day_first).value
    stated = recorded["value"]
    if not evidence:
        evidence_class = EvidenceClass.UNGROUNDED
    elif own is not None and own == stated and quote == stated:
        evidence_class = EvidenceClass.VERBATIM
    elif own is not None and own == (normalise(spec.kind, stated, day_first=day_first).value or stated):
        evidence_class = EvidenceClass.NORMALISED
    else:
        evidence_class = EvidenceClass.INFERRED
    value = stated if evidence_class is EvidenceClass.INFERRED else own
    return Reading(
        raw=quote,
        value=stated if evidence_class is EvidenceClass.UNGROUNDED else value,
        confidence=recorded.get("confidence"),
        evidence=evidence,
        evidence_class=evidence_class,
    )
