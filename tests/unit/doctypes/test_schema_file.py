from __future__ import annotations

import pytest

from doctypes.definition import NotAField
from doctypes.errors import BrokenTypeError
from doctypes.schema_file import parse_schema
from schemas.fields import FieldKind
from tests.unit.doctypes.folders import SCHEMA, field, schema


def test_a_schema_file_becomes_the_type_it_declares() -> None:
    ticket = parse_schema(schema(), "ticket")

    assert (ticket.name, ticket.title, ticket.version) == ("ticket", "Ticket", "1.0")
    assert [spec.name for spec in ticket.fields] == ["plate", "issued", "fine", "officers"]
    assert [spec.name for spec in ticket.fields if spec.required] == ["plate", "fine"]
    assert [spec.name for spec in ticket.fields if spec.critical] == ["plate"]
    assert [spec.name for spec in ticket.fields if spec.many] == ["officers"]
    assert ticket.field("issued").kind is FieldKind.DATE
    assert ticket.field("issued").comparator == "date"
    assert ticket.field("fine").comparator == "amount"
    assert ticket.business_key == ("plate", "issued")
    assert ticket.day_first is None


def test_a_schema_states_what_pages_print_beside_its_fields() -> None:
    others = {"x-other-labels": {"car": ["Car"]}, "x-other-parties": {"court": ["Court of"]}}
    ticket = parse_schema(field("plate", **{"x-labels": ["Plate no", "Kennz*"]}), "ticket")

    assert ticket.field("plate").labels == ("Plate no", "Kennz*")
    assert ticket.others == ()
    assert parse_schema(schema(**others), "ticket").others == (
        NotAField(name="car", labels=("Car",)),
        NotAField(name="court", labels=("Court of",), party=True),
    )


def test_a_schema_says_what_the_values_of_its_fields_may_be() -> None:
    plate = parse_schema(field("plate", pattern="^[A-Z]", enum=["A", "B"], minLength=1), "ticket").field(
        "plate"
    )
    officers = parse_schema(field("officers", items={"type": "string", "minLength": 2}), "ticket")

    assert (plate.pattern, plate.choices, plate.shortest) == ("^[A-Z]", ("A", "B"), 1)
    assert officers.field("officers").shortest == 2


def test_the_name_comes_from_the_id_where_no_folder_gives_one() -> None:
    assert parse_schema(schema()).name == "ticket"


def test_the_tool_schema_offers_every_field_once() -> None:
    tool = parse_schema(schema()).tool_schema()

    assert list(tool["properties"]) == ["plate", "issued", "fine", "officers"]
    assert tool["properties"]["officers"]["x-many"] is True


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"{", "ticket/schema.json is not JSON at line 1"),
        (b"\xff\xfe", "ticket/schema.json is not JSON"),
        (b"[" * 100_000, "ticket/schema.json is not JSON"),
        (b"[]", "must hold a JSON object"),
        (b'{"title": "a", "title": "b"}', "key 'title' stands twice"),
        (schema(**{"$schema": "http://json-schema.org/draft-07/schema#"}), "'$schema' must be"),
        (schema(type="array"), "'type' must be 'object'"),
        (schema(**{"$id": "ticket"}), "'$id' must be"),
        (schema(**{"$id": "doctrail:doctypes/Ticket!"}), "'$id' must be"),
        (schema(**{"$id": "doctrail:doctypes/fine"}), "'$id' names the type 'fine', its folder is 'ticket'"),
        (schema(title=""), "'title' must be a text"),
        (schema(**{"x-verison": "1.0"}), "key 'x-verison' is not known here"),
        (schema(properties={}), "must declare at least one field"),
        (schema(required=["colour"]), "'required' names field 'colour', which 'properties' lacks"),
        (schema(**{"x-business-key": ["plat"]}), "'x-business-key' names field 'plat'"),
        (schema(**{"x-business-key": ["plate", "plate"]}), "names a field twice"),
        (schema(**{"x-business-key": "plate"}), "must be a list of field names"),
        (schema(**{"x-day-first": "yes"}), "'x-day-first' must be true, false or null"),
        (schema(required="plate"), "is not valid JSON Schema at required"),
        (field("Plate", **SCHEMA["properties"]["plate"]), "field 'Plate': use a-z, 0-9 and _"),
        (field("plate", **{"x-kind": "plate"}), "'x-kind' is 'plate', known are date, money"),
        (field("plate", **{"x-kind": None}), "'x-kind' must be a text"),
        (field("plate", **{"x-comparator": "loose"}), "'x-comparator' is 'loose'"),
        (field("plate", **{"x-critical": "yes"}), "'x-critical' must be true or false"),
        (field("plate", **{"x-critcal": True}), "key 'x-critcal' is not known here"),
        (field("plate", pattern="["), "is not valid JSON Schema at properties/plate/pattern"),
        (field("plate", enum=["a", 1]), "field 'plate': 'enum' must be a list of texts"),
        (field("plate", type="number"), "'type' must be 'string', or 'array'"),
        (field("officers", items=None), "a list needs 'items' of type 'string'"),
        (field("plate", description=""), "'description' must be a text"),
        (schema(properties=SCHEMA["properties"] | {"plate": True}), "field 'plate' must be an object"),
        (field("plate", **{"x-labels": "Plate"}), "'x-labels' must be a list of labels"),
        (field("plate", **{"x-labels": ["No", "No"]}), "'x-labels' holds a label twice"),
        (field("plate", **{"x-labels": [":-"]}), "'x-labels' holds ':-', which has no letter"),
        (schema(**{"x-other-labels": ["Car"]}), "'x-other-labels' must be an object of lists of labels"),
        (schema(**{"x-other-labels": {"plate": ["Car"]}}), "'x-other-labels' names 'plate'"),
        (schema(**{"x-other-parties": {"court": "Court"}}), "'court' must be a list of labels"),
        (field("fine", **{"x-sum-of": ["plate"]}), "'x-sum-of' of 'fine' may name single amounts alone"),
    ],
)
def test_a_mistake_in_a_schema_file_is_named(data: bytes, sentence: str) -> None:
    with pytest.raises(BrokenTypeError) as caught:
        parse_schema(data, "ticket")

    assert sentence in str(caught.value)
    assert str(caught.value).startswith("ticket/schema.json")
