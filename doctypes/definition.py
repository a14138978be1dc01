"""A document type as its folder declares it: fields, kinds, what is critical, what identifies a record."""

from __future__ import annotations

from typing import Any, Literal

from schemas.fields import FieldKind
from schemas.layout import Frozen

Comparator = Literal["exact", "normalised", "fuzzy", "amount", "date"]


_READING: dict[str, Any] = {
    "type": "object",
    "properties": {
        "value": {"type": "string", "description": "the value in normal form"},
        "quote": {"type": "string", "description": "the characters exactly as printed"},
        "lines": {
            "type": "array",
            "items": {"type": "string"},
            "description": "ids of the lines quoted",
        },
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    },
    "required": ["value", "quote", "lines"],
    "additionalProperties": False,
}
"""What the tool takes as one reading of a field."""


class FieldSpec(Frozen):
    """One declared field.

    Attributes:
        many: The field is a list of values.
        required: A record without it needs a person.
        critical: An error here is expensive: the stricter error target applies.
        comparator: How two values of this field are compared in scoring.
    """

    name: str
    title: str
    description: str
    kind: FieldKind
    many: bool = False
    required: bool = False
    critical: bool = False
    comparator: Comparator = "normalised"


class DocType(Frozen):
    """A document type's schema, parsed from ``schema.json``.

    Attributes:
        business_key: Fields that together identify the business event (for duplicates).
        day_first: Whether 03/04 is 3 April where the document itself does not tell; None: ambiguous.
    """

    name: str
    title: str
    description: str
    version: str
    fields: tuple[FieldSpec, ...]
    business_key: tuple[str, ...] = ()
    day_first: bool | None = None

    def field(self, name: str) -> FieldSpec:
        """Return the declaration of ``name``; KeyError if it is not declared."""
        for spec in self.fields:
            if spec.name == name:
                return spec
        raise KeyError(name)

    def tool_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the tool ``record_fields`` for this type.

        Each declared field is an array of readings ``{value, quote, lines, score?}`` (best decision
        first; empty means absent), and ``alternatives`` and ``confidence`` may be given per field.
        """
        per_field = {
            spec.name: {
                "type": "object",
                "description": spec.description,
                "x-kind": spec.kind.value,
                "x-many": spec.many,
                "properties": {
                    "readings": {
                        "type": "array",
                        "items": _READING,
                        **({} if spec.many else {"maxItems": 1}),
                    },
                    "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                    "alternatives": {"type": "array", "items": _READING, "maxItems": 3},
                },
                "required": ["readings"],
                "additionalProperties": False,
            }
            for spec in self.fields
        }
        return {
            "type": "object",
            "properties": per_field,
            "required": [spec.name for spec in self.fields],
            "additionalProperties": False,
        }
