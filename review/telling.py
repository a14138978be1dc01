"""What a person said of a record, as evals and fine-tuning read it: kept in the store once it is released."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doctypes.definition import FieldSpec
from review.content import Content, Parts, read_content
from review.releasing import Released
from schemas.errors import InvariantError
from schemas.fields import FieldValue
from schemas.layout import Layout
from schemas.records import DecisionKind
from schemas.results import ArtifactKind
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState
from store.artifacts import get_artifact
from store.families import Family, assign_family, family_of
from store.protocol import ObjectStore
from store.reviewed import keep_reviewed

LEAST = 1e-6
"""The least probability that is told: estimates divide by it."""


async def tell(store: ObjectStore, parts: Parts, released: Released) -> ReviewedRecord | None:
    """Keep what a released decision says of fields, create-once, and return it; None for other decisions.

    Here the document is assigned its pool family, where it has none yet.

    Raises:
        MissingObjectError: The record or its pages are not in the store.
    """
    task = released.task
    if released.body["kind"] != DecisionKind.FIELDS.value:
        return None
    content = await read_content(store, parts, task.run_id, task.record)
    if content.doc_type is None:
        return None
    record = reviewed_record(released, content, await _family(store, content, task.document_id))
    await keep_reviewed(store, record)
    return record


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


def reviewed_record(released: Released, content: Content, family: Family) -> ReviewedRecord:
    """Return what a decision about fields says; every declared field is in it once.

    Raises:
        InvariantError: The decision is not about fields of a record.
    """
    task, doc_type = released.task, content.doc_type
    if doc_type is None or content.found.layout is None:
        raise InvariantError(f"decision {released.decision_id} is not about fields of a record")
    entries = {entry["path"]: entry for entry in released.body["fields"]}
    decided = {entry["name"]: entry for entry in released.body.get("decided", ())}
    read = {judged.field.name: judged.field for judged in content.record.fields}
    return ReviewedRecord(
        document_id=task.document_id,
        run_id=task.run_id,
        decision_id=released.decision_id,
        doc_type=doc_type.name,
        schema_digest=content.manifest.release.bundles[doc_type.name].parts["schema.json"].sha256,
        family=family.name,
        left_out=bool(family.near),
        layout=content.found.layout,
        lane=task.lane.value,
        reviewer=released.reviewer_id,
        reviewed_at=released.decided_at,
        hard=released.hard_case,
        hard_tag=released.hard_tag,
        record=task.record,
        active_ms=released.active_ms,
        fields=tuple(
            _field(spec, entries.get(spec.name), decided.get(spec.name, {}), read.get(spec.name), released)
            for spec in doc_type.fields
        ),
    )


def _field(
    spec: FieldSpec,
    entry: Mapping[str, Any] | None,
    decided: Mapping[str, Any],
    read: FieldValue | None,
    released: Released,
) -> ReviewedField:
    if entry is None:
        return ReviewedField(name=spec.name, state=ReviewedState.NOT_REVIEWED)
    asked = spec.name in released.task.asked
    common: dict[str, Any] = {
        "name": spec.name,
        # Who speaks up unasked was not drawn: he counts once, and for no estimate.
        "inclusion": max(LEAST, released.task.inclusion.get(spec.name, 1.0)) if asked else 1.0,
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
    return ReviewedField(
        state=state,
        values=values,
        raws=tuple(_raw(value, readings[value].raw if value in readings else typed) for value in values),
        spans=tuple(span for value in values if value in readings for span in readings[value].evidence),
        **common,
    )


def _raw(value: str, printed: str | None) -> str:
    return printed or value


def _rows(spec: FieldSpec, after: list[list[str | None]]) -> tuple[dict[str, str], ...]:
    return tuple(
        {name: value for name, value in zip(spec.column_names, row, strict=True) if value is not None}
        for row in after
    )
