"""Files that people brought: what a decision names by its key is looked up before it is laid over."""

from __future__ import annotations

from collections.abc import Mapping

from doctypes.definition import DocType
from schemas.decided import DecidedField, Decision
from schemas.errors import PermanentError
from schemas.fields import Deliverable, FieldKind, FieldValue
from schemas.results import ArtifactKind
from store.artifacts import check_artifact
from store.protocol import ObjectStore, ref_of

Decided = dict[str, tuple[DecidedField, Decision]]
_CURVES = "/artifacts/curve/"


async def with_files(
    store: ObjectStore, people: Decided, doc_type: DocType, model: Mapping[str, FieldValue]
) -> Decided:
    """Return the decisions with the file of each that names one by its key; the model's own stay as they are.

    Raises:
        PermanentError: Nothing stands under the key, or no curve; what a person accepts must be there.
    """
    found = dict(people)
    for name, (decided, decision) in people.items():
        if doc_type.field(name).kind is not FieldKind.FILE or decided.value is None or decided.file:
            continue
        known = model.get(name)
        if known is not None and decided.value in {reading.value for reading in known.readings}:
            continue
        file = await _file(store, decided.value, decision.document_id)
        found[name] = (decided.model_copy(update={"file": file}), decision)
    return found


async def _file(store: ObjectStore, key: str, document_id: str) -> Deliverable:
    own = f"documents/{document_id}{_CURVES}"
    data = await store.fetch(key) if key.startswith(own) else None
    problems = check_artifact(ArtifactKind.CURVE, key, data) if data is not None else ["nothing stands there"]
    if data is None or problems:
        raise PermanentError(
            f"a decision names the file {key!r}, which is no curve of the document ({problems[0]}); bring it "
            "with `doctrail curve`, and decide again",
            reason="decision_file",
        )
    return Deliverable(ref=ref_of(key, data, "text/csv"), rows=data.count(b"\n") - 1)
