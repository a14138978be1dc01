"""A document type as its folder declares it: fields, kinds, what is critical, what identifies a record."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, Literal

from pydantic import Field

from schemas.fields import FieldKind
from schemas.layout import Frozen

Comparator = Literal["exact", "normalised", "fuzzy", "amount", "date"]


class FieldSpec(Frozen):
    """One declared field, or one declared column of a rows field.

    Attributes:
        many: The field is a list of values.
        required: A record without it (a row, for a column) needs a person.
        critical: An error here is expensive: the stricter error target applies.
        comparator: How two values of this field are compared in scoring.
        columns: Of a field of kind ``rows``, in order; empty for every other kind.
        term: The business term of EN 16931 by which e-invoices state it (``BT-112``), where there is one.
        labels: What pages print beside or above its value, in any language; words of a longer one may end
            in ``*``.
        sum_of: The fields whose amounts add up to this one.
        pattern: What every value must match somewhere, where the schema says so; ``choices`` and ``shortest``
            likewise.
    """

    name: str
    title: str
    description: str
    kind: FieldKind
    many: bool = False
    required: bool = False
    critical: bool = False
    comparator: Comparator = "normalised"
    columns: tuple[FieldSpec, ...] = ()
    term: str | None = None
    labels: tuple[str, ...] = ()
    sum_of: tuple[str, ...] = ()
    # Not in the digest that a model keeps of its type: nothing is learned from them.
    pattern: str | None = Field(default=None, exclude=True)
    choices: tuple[str, ...] = Field(default=(), exclude=True)
    shortest: int = Field(default=0, exclude=True)

    def breaks(self, value: str) -> str | None:
        """Return what of its declaration a normal form breaks, in words; None where it holds."""
        if self.choices and value not in self.choices:
            return f"none of {', '.join(self.choices)}, which the type allows"
        if self.pattern is not None and not re.search(self.pattern, value):
            return f"not of the form that the type declares, {self.pattern}"
        if len(value) < self.shortest:
            return f"shorter than the {self.shortest} characters that the type declares"
        return None

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """The columns of a rows field by name, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> FieldSpec:
        """Return the declaration of column ``name``; KeyError if it is not declared."""
        for spec in self.columns:
            if spec.name == name:
                return spec
        raise KeyError(name)


class NotAField(Frozen):
    """What pages of a type name and no field holds: an order number, who the goods go to.

    Attributes:
        labels: What is printed beside or above it.
        party: It is a party, so that what stands below its label is not another one's.
    """

    name: str
    labels: tuple[str, ...]
    party: bool = False


class DocType(Frozen):
    """A document type's schema, parsed from ``schema.json``.

    Attributes:
        business_key: Fields that together identify the business event (for duplicates).
        day_first: Whether 03/04 is 3 April where the document itself does not tell; None: ambiguous.
        others: What else such pages name that is no field.
    """

    name: str
    title: str
    description: str
    version: str
    fields: tuple[FieldSpec, ...]
    business_key: tuple[str, ...] = ()
    day_first: bool | None = None
    others: tuple[NotAField, ...] = ()

    def field(self, name: str) -> FieldSpec:
        """Return the declaration of ``name``; KeyError if it is not declared."""
        for spec in self.fields:
            if spec.name == name:
                return spec
        raise KeyError(name)

    @property
    def asked(self) -> tuple[FieldSpec, ...]:
        """The fields a model is asked for: all but files, which are made and not read."""
        return tuple(spec for spec in self.fields if spec.kind is not FieldKind.FILE)

    @property
    def takes_data(self) -> bool:
        """Whether e-invoices state fields of this type: some of them name a business term."""
        return any(spec.term for spec in self.fields)

    def tool_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the tool ``record_fields`` for this type.

        A plain field is ``{readings, confidence?, alternatives?}``: readings ``{value, quote, lines,
        confidence?}``, the best decision first; none means absent. A rows field is ``{rows, confidence?}``:
        one object per printed row, in reading order, that holds per column a reading (with ``alternatives``
        where there are any), or null where the row does not print it; a column left out was not decided.
        ``rows`` is null where the table could not be read, which is not the same as having no rows.
        """
        return {
            "type": "object",
            "properties": {spec.name: _asked(spec) for spec in self.asked},
            "required": [spec.name for spec in self.asked],
            "additionalProperties": False,
        }


_CONFIDENCE: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 1}
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
        "confidence": _CONFIDENCE,
    },
    "required": ["value", "quote", "lines"],
    "additionalProperties": False,
}
"""What the tool takes as one reading of a field."""

_ALTERNATIVES: dict[str, Any] = {"type": "array", "items": _READING, "maxItems": 3}


def _asked(spec: FieldSpec) -> dict[str, Any]:
    """Return what the tool takes for one field."""
    if spec.columns:
        properties = {"rows": _rows(spec), "confidence": _CONFIDENCE}
    else:
        at_most = {} if spec.many else {"maxItems": 1}
        properties = {
            "readings": {"type": "array", "items": _READING, **at_most},
            "confidence": _CONFIDENCE,
            "alternatives": _ALTERNATIVES,
        }
    return {
        "type": "object",
        "description": spec.description,
        "x-kind": spec.kind.value,
        "x-many": spec.many,
        "properties": properties,
        "required": ["rows" if spec.columns else "readings"],
        "additionalProperties": False,
    }


def _rows(spec: FieldSpec) -> dict[str, Any]:
    return {
        "type": ["array", "null"],
        "description": "one object per printed row, in reading order; null only if the table can't be read",
        "items": {
            "type": "object",
            "properties": {column.name: _cell(column) for column in spec.columns},
            "additionalProperties": False,
        },
    }


def _cell(column: FieldSpec) -> dict[str, Any]:
    return {
        **_READING,
        "type": ["object", "null"],
        "description": f"{column.description} Null where the row does not print it.",
        "x-kind": column.kind.value,
        "properties": {**_READING["properties"], "alternatives": _ALTERNATIVES},
    }
