"""A type's ``schema.json``: read, checked, and turned into a DocType."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

from doctypes.definition import Comparator, DocType, FieldSpec, NotAField
from doctypes.errors import BrokenTypeError
from schemas.fields import FieldKind

DIALECT = "https://json-schema.org/draft/2020-12/schema"

ID_PREFIX = "doctrail:doctypes/"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_TERM = re.compile(r"B[TG]-[1-9][0-9]{0,2}")
_TYPE_KEYS = {
    "$schema", "$id", "title", "description", "type", "properties", "required", "additionalProperties",
    "x-version", "x-business-key", "x-day-first", "x-other-labels", "x-other-parties",
}  # fmt: skip
_FIELD_KEYS = {
    "title", "description", "type", "format", "pattern", "enum", "items", "minLength", "examples",
    "x-kind", "x-critical", "x-comparator", "x-term", "x-labels",
    "x-sum-of",
}  # fmt: skip
_ROW_KEYS = {"type", "properties", "required", "additionalProperties"}
_COMPARATORS: dict[FieldKind, Comparator] = {
    FieldKind.DATE: "date",
    FieldKind.MONEY: "amount",
    FieldKind.NUMBER: "amount",
    FieldKind.PERCENTAGE: "amount",
}


def parse_schema(data: bytes, name: str | None = None) -> DocType:
    """Return the type that the bytes of a ``schema.json`` declare.

    Args:
        data: The file.
        name: The type's name by its folder; the ``$id`` must agree with it where it is given.

    Raises:
        BrokenTypeError: Not JSON, a key given twice, not JSON Schema, an unknown or a missing key, an
            unknown kind, or a key that names an undeclared field; the sentence says which.
    """
    where = f"{name}/schema.json" if name else "schema.json"
    schema = read_json(data, where)
    if not isinstance(schema, dict):
        raise BrokenTypeError(f"{where} must hold a JSON object")
    _check_dialect(schema, where)
    name = _type_name(schema, name, where)
    _check_keys(schema, _TYPE_KEYS, where)
    required = _names(schema, "required", where)
    business_key = _names(schema, "x-business-key", where)
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties:
        raise BrokenTypeError(f"{where}: 'properties' must declare at least one field")
    _check_declared(properties, {"required": required, "x-business-key": business_key}, where)
    fields = tuple(_field(field, spec, field in required, where) for field, spec in properties.items())
    _check_business_key(fields, business_key, where)
    _check_sums(fields, where)
    return DocType(
        name=name,
        title=_text(schema, "title", where),
        description=_text(schema, "description", where),
        version=_text(schema, "x-version", where),
        fields=fields,
        business_key=business_key,
        day_first=_day_first(schema, where),
        others=(
            *_others(schema, "x-other-labels", where, party=False),
            *_others(schema, "x-other-parties", where, party=True),
        ),
    )


def _others(schema: dict[str, Any], key: str, where: str, *, party: bool) -> tuple[NotAField, ...]:
    named = schema.get(key, {})
    if not isinstance(named, dict):
        raise BrokenTypeError(f"{where}: {key!r} must be an object of lists of labels")
    for name in named:
        if not _NAME.fullmatch(name) or name in schema["properties"]:
            raise BrokenTypeError(f"{where}: {key!r} names {name!r}; use a-z, 0-9, _ and no name of a field")
    place = f"{where}: {key!r}"
    return tuple(NotAField(name=name, labels=_labels(named, name, place), party=party) for name in named)


def _labels(spec: dict[str, Any], key: str, place: str) -> tuple[str, ...]:
    labels = spec.get(key, [])
    if not isinstance(labels, list) or not all(isinstance(text, str) for text in labels):
        raise BrokenTypeError(f"{place}: {key!r} must be a list of labels")
    for text in labels:
        if not any(c.isalpha() for c in text):
            raise BrokenTypeError(f"{place}: {key!r} holds {text!r}, which has no letter: it names nothing")
    if len(set(labels)) != len(labels):
        raise BrokenTypeError(f"{place}: {key!r} holds a label twice")
    return tuple(labels)


def _check_declared(properties: dict[str, Any], named: dict[str, tuple[str, ...]], where: str) -> None:
    for key, fields in named.items():
        for field in fields:
            if field not in properties:
                raise BrokenTypeError(f"{where}: {key!r} names field {field!r}, which 'properties' lacks")


def _day_first(schema: dict[str, Any], where: str) -> bool | None:
    value = schema.get("x-day-first")
    if value is not None and not isinstance(value, bool):
        raise BrokenTypeError(f"{where}: 'x-day-first' must be true, false or null")
    return value


def _check_business_key(fields: tuple[FieldSpec, ...], business_key: tuple[str, ...], where: str) -> None:
    for spec in fields:
        if spec.columns and spec.name in business_key:
            raise BrokenTypeError(f"{where}: 'x-business-key' names {spec.name!r}, a list of rows")


def _check_sums(fields: tuple[FieldSpec, ...], where: str) -> None:
    amounts = {spec.name for spec in fields if spec.kind is FieldKind.MONEY and not spec.many}
    for spec in fields:
        if spec.sum_of and not {spec.name, *spec.sum_of} <= amounts:
            raise BrokenTypeError(f"{where}: 'x-sum-of' of {spec.name!r} may name single amounts alone")


def read_json(data: bytes, where: str) -> Any:
    """Return the JSON in ``data``; unlike ``json.loads`` it refuses a key that is given twice.

    Raises:
        BrokenTypeError: Not JSON, or a key stands twice in one object.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        for key in keys:
            if keys.count(key) > 1:
                raise BrokenTypeError(f"{where}: key {key!r} stands twice in one object; the first is lost")
        return dict(pairs)

    try:
        return json.loads(data, object_pairs_hook=once)
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        place = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise BrokenTypeError(f"{where} is not JSON{place}") from error


def _type_name(schema: dict[str, Any], folder: str | None, where: str) -> str:
    stated = _text(schema, "$id", where)
    name = stated.removeprefix(ID_PREFIX)
    if name == stated or not _NAME.fullmatch(name):
        raise BrokenTypeError(f"{where}: '$id' must be '{ID_PREFIX}<name>', a name of a-z, 0-9 and _")
    if folder is not None and folder != name:
        raise BrokenTypeError(f"{where}: '$id' names the type {name!r}, its folder is {folder!r}")
    return name


def _check_dialect(schema: dict[str, Any], where: str) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    if schema.get("$schema") != DIALECT:
        raise BrokenTypeError(f"{where}: '$schema' must be {DIALECT!r}")
    if schema.get("type") != "object":
        raise BrokenTypeError(f"{where}: 'type' must be 'object'")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        place = "/".join(str(part) for part in error.absolute_path) or "the top"
        raise BrokenTypeError(f"{where} is not valid JSON Schema at {place}: {error.message}") from error


def _field(name: str, spec: Any, required: bool, place: str, *, column: bool = False) -> FieldSpec:
    """Return one field, or one column of a rows field; ``place`` is where the declaration stands."""
    place = f"{place}: {'column' if column else 'field'} {name!r}"
    if not _NAME.fullmatch(name):
        raise BrokenTypeError(f"{place}: use a-z, 0-9 and _ in field names, a letter first")
    if not isinstance(spec, dict):
        raise BrokenTypeError(f"{place} must be an object")
    _check_keys(spec, _FIELD_KEYS, place)
    kind = _kind(spec, place)
    comparator = spec.get("x-comparator", _COMPARATORS.get(kind, "normalised"))
    if comparator not in get_args(Comparator):
        known = ", ".join(get_args(Comparator))
        raise BrokenTypeError(f"{place}: 'x-comparator' is {comparator!r}, known are {known}")
    critical = spec.get("x-critical", False)
    if not isinstance(critical, bool):
        raise BrokenTypeError(f"{place}: 'x-critical' must be true or false")
    rows = kind is FieldKind.ROWS
    if column and (rows or spec.get("type") != "string"):
        raise BrokenTypeError(f"{place}: a column holds one value: its 'type' must be 'string'")
    return FieldSpec(
        name=name,
        title=_text(spec, "title", place),
        description=_text(spec, "description", place),
        kind=kind,
        many=not rows and _is_list(spec, place),
        required=required,
        critical=critical,
        comparator=comparator,
        columns=_columns(spec, place) if rows else (),
        term=_term(spec, place),
        labels=_labels(spec, "x-labels", place),
        sum_of=_names(spec, "x-sum-of", place),
        **_form(spec["items"] if spec["type"] == "array" else spec, place),
    )


def _form(value: dict[str, Any], place: str) -> dict[str, Any]:
    """Return what the schema says of a field's normal forms."""
    choices = value.get("enum", [])
    if not all(isinstance(choice, str) for choice in choices):
        raise BrokenTypeError(f"{place}: 'enum' must be a list of texts")
    return {
        "pattern": value.get("pattern"),
        "choices": tuple(choices),
        "shortest": value.get("minLength", 0),
    }


def _term(spec: dict[str, Any], place: str) -> str | None:
    term = spec.get("x-term")
    if term is None:
        return None
    if not isinstance(term, str) or not _TERM.fullmatch(term):
        raise BrokenTypeError(f"{place}: 'x-term' must name a business term of EN 16931, such as 'BT-112'")
    return term


def _columns(spec: dict[str, Any], place: str) -> tuple[FieldSpec, ...]:
    """Return the columns of a rows field, which its ``items`` declare like fields."""
    row = spec.get("items")
    if spec.get("type") != "array" or not isinstance(row, dict) or row.get("type") != "object":
        raise BrokenTypeError(f"{place}: a list of rows is of type 'array', its 'items' of type 'object'")
    _check_keys(row, _ROW_KEYS, f"{place}: 'items'")
    properties = row.get("properties")
    if not isinstance(properties, dict) or not properties:
        raise BrokenTypeError(f"{place}: the 'properties' of its 'items' must declare at least one column")
    required = _names(row, "required", place)
    for name in required:
        if name not in properties:
            raise BrokenTypeError(f"{place}: 'required' names column {name!r}, which 'properties' lacks")
    return tuple(
        _field(name, column, name in required, place, column=True) for name, column in properties.items()
    )


def _kind(spec: dict[str, Any], place: str) -> FieldKind:
    known = ", ".join(FieldKind)
    try:
        return FieldKind(_text(spec, "x-kind", place))
    except ValueError as error:
        raise BrokenTypeError(f"{place}: 'x-kind' is {spec['x-kind']!r}, known are {known}") from error


def _is_list(spec: dict[str, Any], place: str) -> bool:
    declared = spec.get("type")
    if declared not in {"string", "array"}:
        raise BrokenTypeError(f"{place}: 'type' must be 'string', or 'array' for a list of values")
    if declared == "array" and not (
        isinstance(spec.get("items"), dict) and spec["items"].get("type") == "string"
    ):
        raise BrokenTypeError(f"{place}: a list needs 'items' of type 'string'")
    return bool(declared == "array")


def _check_keys(found: dict[str, Any], known: set[str], place: str) -> None:
    for key in found:
        if key not in known:
            raise BrokenTypeError(
                f"{place}: key {key!r} is not known here; known are {', '.join(sorted(known))}"
            )


def _text(found: dict[str, Any], key: str, place: str) -> str:
    value = found.get(key)
    if not isinstance(value, str) or not value.strip():
        raise BrokenTypeError(f"{place}: {key!r} must be a text")
    return value


def _names(schema: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = schema.get(key, [])
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise BrokenTypeError(f"{where}: {key!r} must be a list of field names")
    if len(set(value)) != len(value):
        raise BrokenTypeError(f"{where}: {key!r} names a field twice")
    return tuple(value)
