from __future__ import annotations

import pytest

from inference.extractor.fields import guess_kind, sketches_of
from schemas.fields import FieldKind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("invoice_date", FieldKind.DATE),
        ("invoiceNumber", FieldKind.IDENTIFIER),
        ("iban", FieldKind.IDENTIFIER),
        ("grand_total", FieldKind.MONEY),
        ("currency", FieldKind.CURRENCY),
        ("seller", FieldKind.PARTY),
        ("governing_law", FieldKind.JURISDICTION),
        ("premises_address", FieldKind.ADDRESS),
        ("lease_term", FieldKind.DURATION),
        ("tax_rate", FieldKind.PERCENTAGE),
        ("signed", FieldKind.PRESENCE),
        ("remarks", FieldKind.TEXT),
    ],
)
def test_a_kind_is_guessed_from_the_name(name: str, kind: FieldKind) -> None:
    assert guess_kind(name, "", "string") is kind


def test_the_description_helps_where_the_name_does_not() -> None:
    assert guess_kind("x1", "The day on which the lease ends, a date", "string") is FieldKind.DATE


def test_json_types_are_the_last_resort() -> None:
    assert guess_kind("x1", "", "boolean") is FieldKind.PRESENCE
    assert guess_kind("x1", "", "integer") is FieldKind.NUMBER


def test_declared_kinds_win_over_guesses() -> None:
    schema = {"properties": {"total": {"x-kind": "text", "x-many": True, "description": "a total"}}}
    (field,) = sketches_of(schema)

    assert (field.kind, field.many) == (FieldKind.TEXT, True)


def test_an_array_is_a_list() -> None:
    (field,) = sketches_of({"properties": {"parties": {"type": "array", "items": {"type": "string"}}}})

    assert field.many is True
