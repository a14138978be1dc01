"""``labels.json``: how the labels of a public data set are called where they differ from a type's fields."""

from __future__ import annotations

from doctypes.definition import DocType
from doctypes.errors import BrokenTypeError
from doctypes.schema_file import read_json


def parse_label_names(data: bytes, doc_type: DocType) -> dict[str, str]:
    """Return, by label name, the field it means; labels of a field's own name need no entry.

    Raises:
        BrokenTypeError: Not an object of texts, or it names a field the type does not declare.
    """
    where = f"{doc_type.name}/labels.json"
    names = read_json(data, where)
    if not isinstance(names, dict) or not all(isinstance(field, str) for field in names.values()):
        raise BrokenTypeError(f"{where} must map label names to field names")
    declared = {spec.name for spec in doc_type.fields}
    for label, field in names.items():
        if field not in declared:
            raise BrokenTypeError(
                f"{where}: label {label!r} means field {field!r}, which {doc_type.name}/schema.json lacks"
            )
    return names
