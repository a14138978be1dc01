"""``labels.json``: how labelled data sets call a type and its fields where they differ from ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from doctypes.definition import DocType
from doctypes.errors import BrokenTypeError
from doctypes.schema_file import read_json


@dataclass(frozen=True, slots=True)
class LabelNames:
    """What the labels of data sets mean here; what is called the same needs no entry.

    Attributes:
        doc_types: Other names of the type.
        fields: By label name, the field it means.
    """

    doc_types: frozenset[str] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict)


def parse_label_names(data: bytes, doc_type: DocType) -> LabelNames:
    """Return the names in a ``labels.json``.

    Raises:
        BrokenTypeError: Not an object with 'doc_types' and 'fields', or it names a field the type does not
            declare.
    """
    where = f"{doc_type.name}/labels.json"
    names = read_json(data, where)
    if not isinstance(names, dict) or not set(names) <= {"doc_types", "fields"}:
        raise BrokenTypeError(f"{where} must be an object with 'doc_types' and 'fields', and nothing else")
    others = names.get("doc_types", [])
    if not isinstance(others, list) or not all(isinstance(name, str) for name in others):
        raise BrokenTypeError(f"{where}: 'doc_types' must list names of document types")
    return LabelNames(frozenset(others), _fields(names.get("fields", {}), doc_type, where))


def _fields(names: Any, doc_type: DocType, where: str) -> dict[str, str]:
    if not isinstance(names, dict) or not all(isinstance(field, str) for field in names.values()):
        raise BrokenTypeError(f"{where}: 'fields' must map label names to field names")
    declared = {spec.name for spec in doc_type.fields}
    for label, meant in names.items():
        if meant not in declared:
            raise BrokenTypeError(
                f"{where}: label {label!r} means field {meant!r}, which {doc_type.name}/schema.json lacks"
            )
    return names
