"""Two readings of a field held against each other, and what that is worth by what people found before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.extraction.grounding import alignment_of
from agents.extraction.merging import Merged
from agents.extraction.readings import MAX_ALTERNATIVES
from schemas.fields import Agreement, FieldState, FieldValue, ReadBy, Reading
from schemas.histories import ModelHistory, Signs


@dataclass(frozen=True, slots=True)
class SecondReading:
    """What somebody else read, or the same model once more."""

    by: str
    fields: Mapping[str, FieldValue]


def measured(
    found: Sequence[Merged],
    *,
    model: str,
    whole: bool,
    second: SecondReading | None,
    history: ModelHistory | None,
) -> tuple[FieldValue, ...]:
    """Return the fields with what can be measured about each, and the confidence that follows from it.

    Args:
        found: What a model read that states no calibrated confidences.
        model: As it was asked for.
        whole: The document was asked about in one request.
        second: Another reading, where there is one.
        history: What people found of readings; without it no confidence is stated.
    """
    return tuple(_measured(one, model, whole, second, history) for one in found)


def _measured(
    one: Merged, model: str, whole: bool, second: SecondReading | None, history: ModelHistory | None
) -> FieldValue:
    field = one.field
    if field.state is FieldState.MISSING:
        return field
    other = second.fields.get(field.name) if second else None
    agreement = agreement_of(field, other)
    signs = Signs(
        model=model,
        alignment=alignment_of(reading for cell in field.cells for reading in cell.readings),
        agreement=agreement,
        second=second.by if second and agreement is not Agreement.ALONE else None,
        parts_differ=one.differ,
        absent=field.state is FieldState.ABSENT,
    )
    known = history.confidence(field.name, signs) if history else None
    read_by = ReadBy(
        model=model,
        pages=None if whole else one.pages,
        alignment=signs.alignment,
        second=signs.second,
        agreement=agreement,
        parts_differ=one.differ,
        of=known.of if known else None,
    )
    update: dict[str, object] = {"read_by": read_by, "confidence": known.value if known else None}
    if agreement is Agreement.DIFFERS and other is not None and not field.columns:
        update["alternatives"] = _with(field, other)
    return field.model_copy(update=update)


def agreement_of(field: FieldValue, other: FieldValue | None) -> Agreement:
    """Return whether two readings of a field say the same, by their normal forms."""
    if other is None or other.state not in (FieldState.VALUE, FieldState.ABSENT):
        return Agreement.ALONE
    return Agreement.AGREES if _said(field) == _said(other) else Agreement.DIFFERS


def _said(field: FieldValue) -> tuple[object, ...]:
    if field.columns:
        return tuple(tuple(cell.value for cell in row.cells) for row in field.rows)
    return tuple(sorted(value_of(reading) for reading in field.readings))


def value_of(reading: Reading) -> str:
    """Return the normal form of a reading, or its raw text folded where it has none."""
    return reading.value if reading.value is not None else " ".join(reading.raw.casefold().split())


def _with(field: FieldValue, other: FieldValue) -> tuple[Reading, ...]:
    """Return the alternatives, the other reading's value first."""
    known = {value_of(reading) for reading in field.readings}
    kept: list[Reading] = []
    for reading in (*other.readings, *field.alternatives):
        if value_of(reading) not in known:
            known.add(value_of(reading))
            kept.append(reading)
    return tuple(kept[:MAX_ALTERNATIVES])
