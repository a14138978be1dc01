from __future__ import annotations

import json

import pytest

from doctypes.errors import BrokenTypeError
from doctypes.folder import ROOT, load_folder
from doctypes.schema_file import parse_schema
from doctypes.stated import stated_value
from schemas.fields import FieldKind


@pytest.mark.parametrize(
    ("kind", "plain", "value"),
    [
        (FieldKind.MONEY, "1250.1", "1250.10"),
        (FieldKind.MONEY, "1.98", "1.98"),
        (FieldKind.MONEY, "1.980", "1.98"),
        (FieldKind.MONEY, "1234.567", "1234.5670"),
        (FieldKind.NUMBER, "2.5000", "2.5"),
        (FieldKind.PERCENTAGE, "19.00", "19"),
        (FieldKind.DATE, "2026-10-12", "2026-10-12"),
        (FieldKind.IDENTIFIER, "DE88 2008 0000 0970 3757 00", "DE88200800000970375700"),
        (FieldKind.CURRENCY, "EUR", "EUR"),
    ],
)
def test_what_a_machine_wrote_has_one_meaning(kind: FieldKind, plain: str, value: str) -> None:
    assert stated_value(kind, plain) == value


@pytest.mark.parametrize(
    ("kind", "plain"),
    [
        (FieldKind.MONEY, "1.250,10"),
        (FieldKind.MONEY, "NaN"),
        (FieldKind.MONEY, "Infinity"),
        (FieldKind.DATE, "12.10.2026"),
        (FieldKind.DATE, "2026-02-30"),
    ],
)
def test_what_a_machine_would_not_write_has_no_value(kind: FieldKind, plain: str) -> None:
    assert stated_value(kind, plain) is None


def test_a_term_that_is_none_of_en_16931_is_refused_by_name() -> None:
    schema = json.loads((ROOT / "invoice" / "schema.json").read_text(encoding="utf-8"))
    schema["properties"]["iban"]["x-term"] = "IBANID"

    with pytest.raises(BrokenTypeError, match="field 'iban': 'x-term' must name a business term"):
        parse_schema(json.dumps(schema).encode(), "invoice")


def test_every_field_of_an_invoice_names_its_term_and_no_two_the_same() -> None:
    fields = load_folder(ROOT / "invoice").doc_type.fields
    terms = [spec.term for spec in (*fields, *(column for field in fields for column in field.columns))]

    assert None not in terms
    assert len(set(terms)) == len(terms)
