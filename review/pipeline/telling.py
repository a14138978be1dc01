"""What a person said of a record, as evals and fine-tuning read it: kept in the store once it is released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from doctypes.definition import DocType, FieldSpec
from review.queue.lanes import PRIMARY, Lane
from review.queue.releasing import Released
from review.sheet.content import Content, Contents
from schemas.errors import InvariantError
from schemas.fields import Evidence, FieldValue, Reading
from schemas.layout import Layout
from schemas.objects import ObjectRef
from schemas.records import DecisionKind
from schemas.results import ArtifactKind
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState
from store.artifacts import get_artifact
from store.families import Family, assign_family, family_of
from store.protocol import ObjectStore
from store.reviewed import keep_reviewed

_TRUE = tuple(lane.value for lane in (*PRIMARY, Lane.ADJUDICATION))
LEAST = 1e-6
"""The least probability that is told: estimates divide by it."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a person decided about a record, whichever way it came.

    Attributes:
        record: What he looked at.
        asked: Fields that he had to decide.
        inclusion: Per field, the probability that somebody was asked about it.
        body: ``fields`` as ``judging.read_entries`` keeps them, ``decided`` as the pipeline lays them.
        active_ms: None where nobody measured.
    """

    decision_id: str
    document_id: str
    run_id: str
    lane: str
    record: ObjectRef
    asked: tuple[str, ...]
    inclusion: Mapping[str, float]
    reviewer: str
    decided_at: datetime
    body: Mapping[str, Any]
    active_ms: int | None = None
    hard_case: bool = False
    hard_tag: str | None = None


async def tell(store: ObjectStore, contents: Contents, released: Released) -> ReviewedRecord | None:
    """Keep what a released decision says of fields, create-once, and return it.

    That nothing of a record is right is kept too; None where nothing was read that it could be said of.
    Here the document is assigned its pool family, where it has none yet.

    Raises:
        MissingObjectError: The record or its pages are not in the store.
    """
    task = released.task
    content = await contents.of_task(task)
    said = Said(
        decision_id=released.decision_id,
        document_id=task.document_id,
        run_id=task.run_id,
        lane=task.lane.value,
        record=task.record,
        asked=task.asked,
        inclusion=task.inclusion,
        reviewer=released.reviewer_id,
        decided_at=released.decided_at,
        body=released.body,
        active_ms=released.active_ms,
        hard_case=released.hard_case,
        hard_tag=released.hard_tag,
    )
    return await keep(store, content, said)


async def keep(store: ObjectStore, content: Content, said: Said) -> ReviewedRecord | None:
    """Keep what was said of a record; None where its type is not known. See ``tell``."""
    if content.doc_type is None or (_is_refusal(said) and not _counts(said, content.doc_type)):
        return None
    record = reviewed_record(said, content, await _family(store, content, said.document_id))
    await keep_reviewed(store, record)
    return record


def _is_refusal(said: Said) -> bool:
    return bool(said.body["kind"] != DecisionKind.FIELDS.value)


def _counts(said: Said, doc_type: DocType) -> bool:
    """Whether a refusal is one of what was read, by somebody who was drawn to say what is true."""
    return bool(said.asked) and said.lane in _TRUE and said.body.get("doc_type") != doc_type.name


async def _family(store: ObjectStore, content: Content, document_id: str) -> Family:
    known = await family_of(store, document_id)
    if known is not None:
        return known
    if content.found.layout is None:
        raise InvariantError(f"document {document_id} has reviewed fields and no layout")
    layout = await get_artifact(store, content.found.layout, ArtifactKind.LAYOUT)
    return await assign_family(store, document_id, text_of(layout))


def text_of(layout: Layout) -> str:
    """Return what the pages say, a line each."""
    return "\n".join(line.text for page in layout.pages for line in page.lines)


def reviewed_record(said: Said, content: Content, family: Family) -> ReviewedRecord:
    """Return what a decision about fields says; every declared field is in it once.

    Raises:
        InvariantError: The decision is not about fields of a record.
    """
    doc_type = content.doc_type
    if doc_type is None or content.found.layout is None:
        raise InvariantError(f"decision {said.decision_id} is not about fields of a record")
    entries = {entry["path"]: entry for entry in said.body["fields"]}
    decided = {entry["name"]: entry for entry in said.body.get("decided", ())}
    read = {judged.field.name: judged.field for judged in content.record.fields}
    return ReviewedRecord(
        document_id=said.document_id,
        run_id=said.run_id,
        decision_id=said.decision_id,
        doc_type=doc_type.name,
        schema_digest=content.manifest.release.bundles[doc_type.name].parts["schema.json"].sha256,
        family=family.name,
        left_out=bool(family.near),
        layout=content.found.layout,
        lane=said.lane,
        reviewer=said.reviewer,
        reviewed_at=said.decided_at,
        hard=said.hard_case,
        hard_tag=said.hard_tag,
        record=said.record,
        active_ms=said.active_ms,
        # Whoever is asked one field sees what the document is: the surest question counts for all of it.
        refused=max(_drawn(said, name) for name in said.asked) if _is_refusal(said) else None,
        fields=tuple(
            _field(spec, entries.get(spec.name), decided.get(spec.name, {}), read.get(spec.name), said)
            for spec in doc_type.fields
        ),
    )


def _field(
    spec: FieldSpec,
    entry: Mapping[str, Any] | None,
    decided: Mapping[str, Any],
    read: FieldValue | None,
    said: Said,
) -> ReviewedField:
    if entry is None:
        return ReviewedField(name=spec.name, state=ReviewedState.NOT_REVIEWED)
    asked = spec.name in said.asked
    common: dict[str, Any] = {
        "name": spec.name,
        # Who speaks up unasked was not drawn: he counts once, and for no estimate.
        "inclusion": _drawn(said, spec.name) if asked else 1.0,
        "volunteered": not asked,
        "ms": entry["ms"] or None,
    }
    after = entry["after"]
    if not after:
        return ReviewedField(state=ReviewedState.ABSENT, **common)
    kept = entry["action"] == "accept"
    state = ReviewedState.CONFIRMED if kept else ReviewedState.CORRECTED
    if spec.columns:
        return ReviewedField(state=state, rows=_rows(spec, after), **common)
    values = tuple(str(value) for value in after)
    readings = {reading.value or reading.raw: reading for reading in read.readings} if read else {}
    typed = decided.get("raw") if not spec.many else None
    told = [
        _printed(value, readings.get(value), shown, typed)
        for value, shown in zip(values, _shown(spec, decided, values), strict=True)
    ]
    return ReviewedField(
        state=state,
        values=values,
        raws=tuple(raw for raw, _ in told),
        spans=tuple(span for _, spans in told for span in spans),
        **common,
    )


def _drawn(said: Said, name: str) -> float:
    return max(LEAST, said.inclusion.get(name, 1.0))


def _printed(
    value: str, read: Reading | None, shown: tuple[Evidence, ...], typed: str | None
) -> tuple[str, tuple[Evidence, ...]]:
    """Return how a value is printed, and where: as the person showed it, else as it was read."""
    raw = read.raw if read else typed or " ".join(span.quote for span in shown)
    return raw or value, shown or (read.evidence if read else ())


def _shown(
    spec: FieldSpec, decided: Mapping[str, Any], values: Sequence[str]
) -> Sequence[tuple[Evidence, ...]]:
    """Return where the person showed each value on the page; nothing for one that he did not."""
    given = decided.get("places", ()) if spec.many else [decided.get("evidence", ())]
    shown = [tuple(Evidence.model_validate(one) for one in spans) for spans in given]
    return [*shown, *[()] * (len(values) - len(shown))]


def _rows(spec: FieldSpec, after: list[list[str | None]]) -> tuple[dict[str, str], ...]:
    return tuple(
        {name: value for name, value in zip(spec.column_names, row, strict=True) if value is not None}
        for row in after
    )
