"""Laying people's decisions over what the model read: a person's word stands until a person changes it."""

from __future__ import annotations

from collections.abc import Iterable

from doctypes.definition import DocType, FieldSpec
from doctypes.normalise import normalise
from schemas.fields import EvidenceClass, FieldState, FieldValue, Reading
from schemas.records import DecisionKind
from schemas.results import DecidedField, Decision


def decided_fields(
    decisions: Iterable[Decision], doc_type: DocType
) -> dict[str, tuple[DecidedField, Decision]]:
    """Return the newest decision per declared field; ``decisions`` come oldest first."""
    declared = {spec.name for spec in doc_type.fields}
    newest: dict[str, tuple[DecidedField, Decision]] = {}
    for decision in decisions:
        if decision.kind is DecisionKind.FIELDS:
            for field in decision.fields:
                if field.name in declared:
                    newest[field.name] = (field, decision)
    return newest


def as_field(
    spec: FieldSpec, decided: DecidedField, model: FieldValue | None, doc_type: DocType
) -> FieldValue:
    """Return the field as the person decided it; evidence is kept where the value is the model's own."""
    values = decided.values if spec.many else ((decided.value,) if decided.value is not None else ())
    if not values:
        return FieldValue(
            name=spec.name, state=FieldState.ABSENT, confidence=1.0, note="absent, says a reviewer"
        )
    return FieldValue(
        name=spec.name,
        state=FieldState.VALUE,
        readings=tuple(_reading(spec, value, model, doc_type) for value in values),
        confidence=1.0,
    )


def _reading(spec: FieldSpec, value: str, model: FieldValue | None, doc_type: DocType) -> Reading:
    for known in (*model.readings, *model.alternatives) if model else ():
        if value in (known.value, known.raw):
            return known.model_copy(update={"confidence": 1.0})
    normal = normalise(spec.kind, value, day_first=doc_type.day_first).value
    return Reading(
        raw=value,
        value=normal if normal is not None else value,
        confidence=1.0,
        evidence_class=EvidenceClass.INFERRED,
    )
