"""What was decided, as values that can be compared: of a decision, of gold, of two people; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doctypes.definition import DocType
from doctypes.normalise import compare
from schemas.fields import FieldKind

Answer = list[Any]
"""Normal values of a field in order; for a table its rows, each a list of cells; empty: absent."""


def answers_of(body: Mapping[str, Any]) -> dict[str, Answer]:
    """Return what a decision's body says of each field it covers."""
    return {field["path"]: field["after"] for field in body["fields"]}


def verdict_of(body: Mapping[str, Any]) -> list[Any]:
    """Return everything that a decision decides besides fields."""
    return [body["kind"], body.get("doc_type"), body.get("ranges")]


def disagreements(
    one: Mapping[str, Answer], other: Mapping[str, Answer], kinds: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return the fields that both answered, and answered differently, sorted.

    Args:
        one: Answers by field.
        other: Likewise.
        kinds: The fields' kinds, where values of a kind can be equal though written differently.
    """
    shared = sorted(set(one) & set(other))
    return tuple(name for name in shared if not _same(one[name], other[name], (kinds or {}).get(name)))


def kinds_of(doc_type: DocType) -> dict[str, str]:
    """Return the kind of every field, for comparing answers later without the type at hand."""
    return {spec.name: spec.kind.value for spec in doc_type.fields}


def _same(one: Answer, other: Answer, kind: str | None) -> bool:
    if one == other:
        return True
    if kind is None or kind == FieldKind.ROWS or len(one) != len(other):
        return False
    return all(compare(FieldKind(kind), a, b) for a, b in zip(one, other, strict=True))
