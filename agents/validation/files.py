"""Files that people brought: what a decision names by its key is looked up before it is laid over."""

from __future__ import annotations

from collections.abc import Mapping

from doctypes.definition import DocType
from schemas.decided import DecidedField, Decision
from schemas.fields import FieldKind, FieldValue
from store.log_files import brought_curve
from store.protocol import ObjectStore

Decided = dict[str, tuple[DecidedField, Decision]]


async def with_files(
    store: ObjectStore, people: Decided, doc_type: DocType, model: Mapping[str, FieldValue]
) -> Decided:
    """Return the decisions with the file of each that names one by its key; the model's own stay as they are.

    Raises:
        NoSuchCurveError: Nothing stands under the key, or no curve; what a person accepts must be there.
    """
    found = dict(people)
    for name, (decided, decision) in people.items():
        if doc_type.field(name).kind is not FieldKind.FILE or decided.value is None or decided.file:
            continue
        known = model.get(name)
        if known is not None and decided.value in {reading.value for reading in known.readings}:
            continue
        file = await brought_curve(store, decision.document_id, name, decided.value)
        found[name] = (decided.model_copy(update={"file": file}), decision)
    return found
