"""An answer in the shape a tool asks for: our own with readings, or the simpler one of a foreign tool."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from inference.extractor.model import Answer, FieldAnswer
from inference.tables.answers import CellAnswer, TableAnswer
from schemas.fields import FieldKind

_DIGITS = 4
_READINGS = "readings"


def shaped(
    answers: Sequence[FieldAnswer], schema: dict[str, Any], tables: Sequence[TableAnswer] = ()
) -> dict[str, Any]:
    """Return the tool's input: every field in the shape its own schema declares.

    A field of ours is an object with readings, confidence and alternatives. A foreign one may be a text,
    number, boolean, list of these, or an object with ``value``; one that is absent is null where its
    schema allows that, an empty list where it is a list, and left out otherwise. A list of rows that is not
    among ``tables``, or was not looked for, is answered with null, which is not the same as finding none.
    """
    by_name = {answer.name: answer for answer in answers}
    rows_by_name = {answer.name: answer for answer in tables}
    out: dict[str, Any] = {}
    for name, given in schema["properties"].items():
        body = given if isinstance(given, dict) else {}
        if name in by_name:
            value = _field(by_name[name], body)
            if value is not _NOTHING:
                out[name] = value
        elif body.get("x-kind") == FieldKind.ROWS:
            out[name] = _table(rows_by_name.get(name), body)
    return out


_NOTHING = object()


def _table(answer: TableAnswer | None, body: dict[str, Any]) -> dict[str, Any]:
    """Return a list of rows: null for what a row does not print."""
    if answer is None or answer.rows is None:
        return {"rows": None}
    columns = tuple(body["properties"]["rows"]["items"]["properties"])
    rows = [{name: _cell(row[name]) if name in row else None for name in columns} for row in answer.rows]
    return {"rows": rows, "confidence": bounded(answer.confidence)}


def _cell(answer: CellAnswer) -> dict[str, Any]:
    return {
        "value": answer.value,
        "quote": answer.quote,
        "lines": list(answer.lines),
        "confidence": bounded(answer.confidence),
    }


def _field(answer: FieldAnswer, body: dict[str, Any]) -> Any:
    properties = body.get("properties")
    if isinstance(properties, dict) and _READINGS in properties:
        return {
            _READINGS: [_reading(value) for value in answer.values],
            "confidence": bounded(answer.confidence),
            "alternatives": [_reading(value) for value in answer.alternatives],
        }
    types = body.get("type")
    allowed = types if isinstance(types, list) else [types]
    if "array" in allowed:
        items = body.get("items")
        return [_plain(value, items if isinstance(items, dict) else {}) for value in answer.values]
    if not answer.values:
        return False if "boolean" in allowed else None if "null" in allowed else _NOTHING
    return _plain(answer.values[0], body)


def _plain(answer: Answer, body: dict[str, Any]) -> Any:
    properties = body.get("properties")
    if isinstance(properties, dict):
        return {name: value for name, value in _reading(answer).items() if name in properties}
    types = body.get("type")
    allowed = types if isinstance(types, list) else [types]
    if "boolean" in allowed:
        return True
    if "number" in allowed or "integer" in allowed:
        try:
            number = Decimal(answer.value)
        except InvalidOperation:
            return answer.value
        return int(number) if number == number.to_integral_value() else float(number)
    return answer.value


def _reading(answer: Answer) -> dict[str, Any]:
    return {
        "value": answer.value,
        "quote": answer.quote,
        "lines": list(answer.lines),
        "confidence": bounded(answer.confidence),
    }


def bounded(value: float) -> float:
    """Return a confidence between 0 and 1 with four digits."""
    return round(min(1.0, max(0.0, value)), _DIGITS)
