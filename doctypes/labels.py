"""``labels.json``: how labelled data sets call a type and its fields where they differ from ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from doctypes.definition import DocType
from doctypes.errors import BrokenTypeError
from doctypes.schema_file import read_json

_KEYS = ("doc_types", "exhaustive", "fields")


@dataclass(frozen=True, slots=True)
class LabelNames:
    """What the labels of data sets mean here; what is called the same needs no entry.

    Attributes:
        doc_types: Other names of the type.
        fields: By label name, the field it means; the columns of a list of rows are ``lines.total``.
        exhaustive: Fields that the labels always tell of: one that is not among them is absent.
    """

    doc_types: frozenset[str] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict)
    exhaustive: frozenset[str] = frozenset()


def parse_label_names(data: bytes, doc_type: DocType) -> LabelNames:
    """Return the names in a ``labels.json``.

    Raises:
        BrokenTypeError: Not an object with 'doc_types' and 'fields', or it names a field the type does not
            declare.
    """
    where = f"{doc_type.name}/labels.json"
    names = read_json(data, where)
    if not isinstance(names, dict) or not set(names) <= set(_KEYS):
        raise BrokenTypeError(f"{where} must be an object with no other keys than {', '.join(_KEYS)}")
    exhaustive = _names(names, "exhaustive", where)
    for name in exhaustive:
        if name not in {spec.name for spec in doc_type.fields}:
            raise BrokenTypeError(f"{where}: 'exhaustive' names field {name!r}, which the schema lacks")
    doc_types = _names(names, "doc_types", where)
    return LabelNames(
        frozenset(doc_types), _fields(names.get("fields", {}), doc_type, where), frozenset(exhaustive)
    )


def _names(names: dict[str, Any], key: str, where: str) -> list[str]:
    listed = names.get(key, [])
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise BrokenTypeError(f"{where}: {key!r} must be a list of names")
    return listed


def _fields(names: Any, doc_type: DocType, where: str) -> dict[str, str]:
    if not isinstance(names, dict) or not all(isinstance(field, str) for field in names.values()):
        raise BrokenTypeError(f"{where}: 'fields' must map label names to field names")
    declared = {spec.name for spec in doc_type.fields}
    declared |= {f"{spec.name}.{column}" for spec in doc_type.fields for column in spec.column_names}
    for label, meant in names.items():
        if meant not in declared:
            raise BrokenTypeError(
                f"{where}: label {label!r} means field {meant!r}, which {doc_type.name}/schema.json lacks"
            )
    return names
