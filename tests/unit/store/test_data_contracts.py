from __future__ import annotations

import pytest

from schemas.fields import DataElement, EvidenceClass, FieldState, FieldValue, Reading
from schemas.layout import DataSyntax, DataValue, EmbeddedData, Layout
from store import contracts
from store.field_contracts import check_fields

ELEMENT = DataElement(data="factur-x.xml", term="BT-84", path="/CrossIndustryInvoice/IBANID")
KEY = "documents/d1/artifacts/layout/k1/layout.json"


def data(name: str | None, *lines: str) -> EmbeddedData:
    value = DataValue(term="BT-1", raw="1", value="1", path="/Invoice/ID", lines=lines)
    return EmbeddedData(name=name, sha256="0" * 64, syntax=DataSyntax.UBL, values=(value,))


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        ((data(None, "1.1"),), "data name lines that no page has: 1.1"),
        ((data("a.xml", "1.1"),), "attached data name lines of the page: 1.1"),
        ((data("a.xml"), data("b.xml")), "data 000000000000 stand twice"),
    ],
)
def test_data_that_point_nowhere_are_not_stored(found: tuple[EmbeddedData, ...], problem: str) -> None:
    assert problem in list(contracts.layout(KEY, Layout(pages=(), data=found)))


@pytest.mark.parametrize(
    ("evidence_class", "element", "problem"),
    [
        (EvidenceClass.EMBEDDED_DATA, None, "a embedded_data reading lacks an element of data"),
        (EvidenceClass.INFERRED, ELEMENT, "a inferred reading has an element of data"),
    ],
)
def test_a_reading_from_data_names_its_element_and_no_other_does(
    evidence_class: EvidenceClass, element: DataElement | None, problem: str
) -> None:
    reading = Reading(raw="x", value="x", evidence_class=evidence_class, element=element)
    field = FieldValue(name="iban", state=FieldState.VALUE, readings=(reading,))

    assert list(check_fields([field])) == [f"field 'iban': {problem}"]


def test_layouts_and_fields_without_data_keep_the_bytes_they_had() -> None:
    reading = Reading(raw="x", value="x", evidence_class=EvidenceClass.INFERRED)
    field = FieldValue(name="iban", state=FieldState.VALUE, readings=(reading,))

    assert "data" not in Layout(pages=()).model_dump_json()
    assert {"element", "compared"} & set(field.model_dump_json().replace('"', " ").split()) == set()


def test_a_field_with_what_it_is_held_against_survives_its_json() -> None:
    stated = Reading(raw="x", value="x", evidence_class=EvidenceClass.EMBEDDED_DATA, element=ELEMENT)
    page = FieldValue(name="iban", state=FieldState.ABSENT)
    field = FieldValue.model_validate(
        {
            "name": "iban",
            "state": "value",
            "readings": [stated],
            "compared": {"page": page, "rivals": [stated]},
        }
    )

    assert FieldValue.model_validate_json(field.model_dump_json()) == field
