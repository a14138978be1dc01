"""A task as a person is shown it: plain JSON, without its lane, and without values where he is blind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from doctypes.definition import FieldSpec
from review.queue.lanes import UNSEEN, Lane
from review.queue.tasks import Lease, Task
from review.sheet.content import Content
from review.sheet.judging import verdicts
from review.sheet.laying import answer_of
from review.sheet.rows import rows_entry
from review.sheet.values import is_normal, meanings
from schemas.fields import Cell, Evidence, FieldState, FieldValue, Reading
from schemas.results import FieldDecision, RecordField, RuleVerdict

AT_RANDOM = "checked at random"
_ALTERNATIVES = 3
"""More than these would be read one by one, which takes longer than typing."""


def task_view(task: Task, content: Content) -> dict[str, Any]:
    """Return what a task shows: its fields with reasons, alternatives and evidence, and the rules."""
    blind = task.lane in UNSEEN
    doc_type, record = content.doc_type, content.record
    at_random = asks_at_random(task, record.fields)
    judged = [_undoubted(one) for one in record.fields] if at_random else record.fields
    fields = [_field(doc_type.field(f.field.name), f, task, blind=blind) for f in judged] if doc_type else []
    return {
        **summary(task),
        "kind": "fields" if doc_type else "document",
        "doc_type": record.doc_type,
        "title": doc_type.title if doc_type else None,
        "known_types": list(content.known_types),
        "proposed_split": [list(pages) for pages in content.proposed],
        "page_count": content.page_count,
        "reasons": [] if blind else _whole(record.reasons, record.fields),
        "fields": fields,
        "rules": [] if blind else rules_view(content, verdicts(content, task, {})),
        "notes": [note.model_dump(mode="json") for note in content.found.notes],
    }


def asks_at_random(task: Task, fields: Sequence[RecordField]) -> bool:
    """Whether a task asks fields that nobody doubts: an audit, or a review that is to look like one.

    Neither shows a doubt then: reasons at some fields would tell that it is no audit.
    """
    doubted = {one.field.name for one in fields if one.decision is FieldDecision.REVIEW}
    return task.lane is not Lane.ADJUDICATION and not doubted.issuperset(task.asked)


def rules_view(content: Content, found: Sequence[RuleVerdict]) -> list[dict[str, Any]]:
    """Return verdicts, each with what its rule claims in words."""
    claims = {rule.name: rule.claim for rule in content.rules.rules} if content.rules else {}
    return [{**one.model_dump(mode="json"), "claim": claims.get(one.rule, "")} for one in found]


def summary(task: Task) -> dict[str, Any]:
    """Return what a list shows of a task; nothing tells its lane to whoever works on it."""
    return {
        "task_id": task.task_id,
        "queue": task.queue,
        "state": task.state.value,
        "version": task.version,
        "document_id": task.document_id,
        "asked": list(task.asked),
        "requested_at": (task.due_at if task.lane is Lane.GOLD else task.requested_at).isoformat(),
        "closed_because": task.closed_because,
    }


def insight(task: Task) -> dict[str, Any]:
    """Return what only those see who run the queue."""
    return {
        "lane": task.lane.value,
        "due_at": task.due_at.isoformat(),
        "run_id": task.run_id,
        "worth": task.worth,
        "worth_said": task.worth_said,
        "inclusion": task.inclusion,
        "decided_by": task.decided_by,
    }


def lease_view(lease: Lease) -> dict[str, Any]:
    """Return a lease with the token that proves it."""
    return {"token": lease.token, "soft": lease.soft, "until": lease.until.isoformat()}


def differences(
    task: Task, base: Content, theirs: Sequence[RecordField], yours: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return, per field that changed or is asked, what was shown, what stands now, and what was sent."""
    now = {judged.field.name: answer_of(judged.field) for judged in theirs}
    found = []
    for judged in base.record.fields:
        name = judged.field.name
        was = answer_of(judged.field)
        if now.get(name, was) != was or (name in yours and name in task.asked):
            found.append({"path": name, "base": was, "theirs": now.get(name, was), "yours": yours.get(name)})
    return found


def _field(spec: FieldSpec, judged: RecordField, task: Task, *, blind: bool) -> dict[str, Any]:
    field, asked = judged.field, spec.name in task.asked
    shown: dict[str, Any] = {
        "path": spec.name,
        "title": spec.title,
        "description": spec.description,
        "kind": spec.kind.value,
        "many": spec.many,
        "required": spec.required,
        "critical": spec.critical,
        "asked": asked,
        "columns": [_column(column) for column in spec.columns],
    }
    if blind:
        return {**shown, "state": FieldState.MISSING.value, "reasons": [], "readings": [], "alternatives": []}
    reasons = list(judged.reasons) or ([AT_RANDOM] if asked else [])
    shown |= {"state": field.state.value, "reasons": reasons, "codes": [code.value for code in judged.codes]}
    if spec.columns:
        cells = [[_place(cell) for cell in row.cells] for row in field.rows]
        return {
            **shown,
            **rows_entry(judged),
            "reasons": reasons,
            "columns": shown["columns"],
            "cells": cells,
        }
    return {
        **shown,
        "readings": [_reading(spec, reading) for reading in field.readings],
        "alternatives": [
            _reading(spec, one) for one in (*_meant(spec, field), *field.alternatives)[:_ALTERNATIVES]
        ],
        "decided": judged.decision.value,
    }


def _undoubted(judged: RecordField) -> RecordField:
    return RecordField(field=judged.field, decision=FieldDecision.ACCEPTED, arithmetic="")


def _column(spec: FieldSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "title": spec.title,
        "kind": spec.kind.value,
        "required": spec.required,
        "critical": spec.critical,
    }


def _meant(spec: FieldSpec, field: FieldValue) -> list[Reading]:
    """Return what a date may mean that can be read in two ways, where it stands."""
    if spec.many or not field.readings or is_normal(spec.kind, field.readings[0].value):
        return []
    read = field.readings[0]
    return [read.model_copy(update={"raw": value, "value": value}) for value in meanings(spec.kind, read.raw)]


def _reading(spec: FieldSpec, reading: Reading) -> dict[str, Any]:
    return {
        "raw": reading.raw,
        "value": reading.value if is_normal(spec.kind, reading.value) else None,
        "evidence": [_evidence(one) for one in reading.evidence],
        "stated_by": reading.element and reading.element.model_dump(),
    }


def _place(cell: Cell) -> dict[str, Any] | None:
    """Return where a cell of a table stands; None where that is not known."""
    for reading in cell.readings:
        for one in reading.evidence:
            return {"page": one.page, "box": dict(one.box)}
    return None


def _evidence(found: Evidence) -> dict[str, Any]:
    return {"page": found.page, "line": found.line, "quote": found.quote, "box": dict(found.box)}


def _whole(reasons: Sequence[str], fields: Sequence[RecordField]) -> list[str]:
    """Leave out what is said at its field already."""
    said = {f"{judged.field.name}: {reason}" for judged in fields for reason in judged.reasons}
    return [reason for reason in reasons if reason not in said]
