"""From what a model recorded to field values: every declared field once, every reading grounded."""

from __future__ import annotations

from typing import Any

from agents.extraction.grounding import LineIndex
from doctypes.definition import DocType, FieldSpec
from doctypes.normalise import infer_day_first, normalise
from schemas.fields import EvidenceClass, FieldState, FieldValue, Reading
from schemas.layout import Layout

MAX_ALTERNATIVES = 3


def field_values(
    answer: dict[str, Any], doc_type: DocType, layout: Layout, *, day_first: bool | None
) -> tuple[FieldValue, ...]:
    """Return one value per declared field; a field the model left out is *missing*, never absent."""
    index = LineIndex(layout)
    return tuple(_value(spec, answer.get(spec.name), index, day_first) for spec in doc_type.fields)


def reading_of_dates(layout: Layout, doc_type: DocType) -> bool | None:
    """Return whether days come first: as an unambiguous date in the document proves, else as its type says.

    One 11/17/2017 in a document tells how its 11/03/2017 is meant; the language does not.
    """
    proved = infer_day_first(line.text for page in layout.pages for line in page.lines)
    return doc_type.day_first if proved is None else proved


def _value(
    spec: FieldSpec, recorded: dict[str, Any] | None, index: LineIndex, day_first: bool | None
) -> FieldValue:
    if recorded is None:
        return FieldValue(
            name=spec.name, state=FieldState.MISSING, note="the model did not answer for this field"
        )
    readings = tuple(_reading(spec, reading, index, day_first) for reading in recorded["readings"])
    alternatives = tuple(
        _reading(spec, reading, index, day_first)
        for reading in recorded.get("alternatives", ())[:MAX_ALTERNATIVES]
    )
    return FieldValue(
        name=spec.name,
        state=FieldState.VALUE if readings else FieldState.ABSENT,
        readings=readings,
        confidence=recorded.get("confidence"),
        alternatives=alternatives,
        note=None if readings else "the model found no such value in the document",
    )


def _reading(spec: FieldSpec, recorded: dict[str, Any], index: LineIndex, day_first: bool | None) -> Reading:
    quote = recorded["quote"]
    evidence = index.ground(quote, recorded["lines"])
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
