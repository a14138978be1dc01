"""What a value's own characters say against it."""

from __future__ import annotations

import pytest

from agents.validation.doubts import about_readings
from doctypes.definition import FieldSpec
from schemas.fields import EvidenceClass, FieldKind, Reading

PLATE = FieldSpec(name="plate", title="Plate", description="a car's", kind=FieldKind.IDENTIFIER)


def doubts(spec: FieldSpec, value: str) -> tuple[str, ...]:
    reading = Reading(raw=value, value=value, evidence_class=EvidenceClass.INFERRED)
    return about_readings(spec, [reading], day_first=None)


@pytest.mark.parametrize(
    ("declared", "value", "doubt"),
    [
        (
            {"pattern": "^[A-Z]{2}-[0-9]+$"},
            "AB 12",
            "not of the form that the type declares, ^[A-Z]{2}-[0-9]+$",
        ),
        ({"choices": ("A", "B")}, "C", "none of A, B, which the type allows"),
        ({"shortest": 3}, "AB", "shorter than the 3 characters that the type declares"),
    ],
)
def test_a_value_that_its_schema_refuses_is_doubtful(
    declared: dict[str, object], value: str, doubt: str
) -> None:
    assert doubts(PLATE.model_copy(update=declared), value) == (f"it is {doubt}",)


def test_a_value_as_its_schema_declares_it_is_not_doubtful() -> None:
    spec = PLATE.model_copy(update={"pattern": "-", "choices": ("A-1",), "shortest": 3})

    assert doubts(spec, "A-1") == ()
