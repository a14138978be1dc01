from __future__ import annotations

from typing import Any

import pytest

from schemas.compatibility import changes, fields


def schema(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name != "maybe"],
    }


def listed(**item: Any) -> dict[str, Any]:
    return {"type": "array", "items": item}


def said(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(str(change), change.breaks) for change in changes(old, new)]


def test_equal_schemas_have_no_change() -> None:
    assert changes(schema(a={"type": "string"}), schema(a={"type": "string"})) == []


def test_words_are_no_change() -> None:
    assert (
        changes(schema(a={"type": "string"}), schema(a={"type": "string", "description": "a", "title": "A"}))
        == []
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            {"type": "string"},
            {"type": "integer"},
            ("field a is written as integer instead of string", "both"),
        ),
        (
            {"type": "string"},
            {"type": ["string", "null"]},
            ("field a is written as string/null instead of string", "both"),
        ),
        ({}, {"type": "string"}, ("field a is written as string instead of anything", "both")),
        (
            {"type": "string"},
            {"type": "string", "enum": ["x"]},
            ("field a is now limited to a list of values", "old messages"),
        ),
        (
            {"type": "string", "const": "x"},
            {"type": "string"},
            ("field a is no longer limited to a list of values", "older consumers"),
        ),
        (
            {"type": "string", "const": "x"},
            {"type": "string", "enum": ["x", "y"]},
            ("field a gained the value 'y'", "older consumers"),
        ),
        (
            {"type": "integer", "minimum": 0},
            {"type": "integer"},
            ("field a changed its smallest value from 0 to none", "both"),
        ),
        ({"anyOf": [{"type": "string"}]}, {"anyOf": []}, ("field a changed its alternatives", "both")),
        (
            {"type": "integer", "exclusiveMinimum": 0},
            {"type": "integer", "exclusiveMinimum": 5},
            ("field a changed its exclusiveMinimum", "both"),
        ),
        (
            {"type": "object", "additionalProperties": {"type": "integer"}},
            {"type": "object", "additionalProperties": {"type": "string"}},
            ("field a changed its additionalProperties", "both"),
        ),
        (
            {"type": "array", "prefixItems": [{"type": "integer"}]},
            {"type": "array", "prefixItems": [{"type": "string"}]},
            ("field a changed its prefixItems", "both"),
        ),
    ],
)
def test_a_change_of_one_field_is_named_with_whom_it_breaks(
    old: dict[str, Any], new: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert said(schema(a=old), schema(a=new)) == [expected]


def test_an_enum_that_swaps_a_value_breaks_both_sides() -> None:
    old, new = {"type": "string", "enum": ["x", "y"]}, {"type": "string", "enum": ["y", "z"]}

    assert said(schema(a=old), schema(a=new)) == [
        ("field a lost the value 'x'", "old messages"),
        ("field a gained the value 'z'", "older consumers"),
    ]


def test_a_removed_object_is_named_once_and_not_for_each_of_its_fields() -> None:
    inner = schema(b={"type": "string"}, c={"type": "integer"})

    assert said(schema(a=inner, z={"type": "string"}), schema(z={"type": "string"})) == [
        ("field a was removed", "older consumers")
    ]


def test_items_of_lists_are_compared() -> None:
    old, new = listed(type="string"), listed(type="integer")

    assert said(schema(a=old), schema(a=new)) == [
        ("field a[] is written as integer instead of string", "both")
    ]


def test_fields_of_objects_in_lists_are_compared() -> None:
    old, new = listed(**schema(b={"type": "string"})), listed(**schema(c={"type": "string"}))

    assert said(schema(a=old), schema(a=new)) == [
        ("field a[].b was removed (renamed to a[].c?)", "older consumers"),
        ("field a[].c is new and required", "old messages"),
    ]


def test_the_version_that_a_schema_states_of_itself_is_no_change() -> None:
    old, new = {"type": "string", "const": "x/1.0"}, {"type": "string", "const": "x/1.1"}

    assert changes(schema(dataschema=old), schema(dataschema=new)) == []


def test_every_field_has_a_path() -> None:
    nested = schema(a=schema(b=listed(**schema(c={"type": "string"}))), maybe={"type": "string"})

    assert fields(nested) == ["a", "a.b", "a.b[]", "a.b[].c", "maybe"]
