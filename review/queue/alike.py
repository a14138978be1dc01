"""Which tasks ask the same about the same values, so that a person may accept them together; pure."""

from __future__ import annotations

from collections.abc import Sequence

from doctypes.definition import DocType
from review.queue.lanes import Lane
from schemas.canonical import canonical_json, sha256_hex
from schemas.fields import FieldState
from schemas.results import FieldDecision, Record, RecordField, Verdict

ADDED_TO = 20
"""Most tasks that are shown beside one, to be accepted together with it."""


def alike(lane: Lane, record: Record, doc_type: DocType | None, asked: Sequence[str]) -> str | None:
    """Return what only tasks share that ask the same fields, for the same reasons, with the same values.

    Args:
        lane: Only routed tasks may be accepted together: the other lanes measure people or accuracy.
        record: What is reviewed.
        doc_type: Its type; None where that is in doubt.
        asked: Fields that must be decided.

    Returns:
        None where the task has to be decided by itself: a critical field is asked, or one that nobody doubts
        (as in an audit), a table or something that was not read, a rule is broken, or the record as a whole
        is in doubt.
    """
    if lane is not Lane.ROUTED or doc_type is None or not asked or _doubted_whole(record):
        return None
    judged = {one.field.name: one for one in record.fields}
    plain = all(
        not doc_type.field(name).critical and not doc_type.field(name).columns and _same_for_all(judged[name])
        for name in asked
    )
    if not plain:
        return None
    return sha256_hex(canonical_json([record.doc_type, [_said(judged[name]) for name in asked]]))


def _doubted_whole(record: Record) -> bool:
    own = {f"{one.field.name}: {reason}" for one in record.fields for reason in one.reasons}
    broken = any(rule.verdict is Verdict.BROKEN for rule in record.rules)
    return broken or bool(record.duplicates) or any(reason not in own for reason in record.reasons)


def _same_for_all(judged: RecordField) -> bool:
    field = judged.field
    read = field.state is FieldState.ABSENT or (
        field.state is FieldState.VALUE and all(reading.value is not None for reading in field.readings)
    )
    return judged.decision is FieldDecision.REVIEW and bool(judged.reasons) and read


def _said(judged: RecordField) -> list[object]:
    values = [reading.value for reading in judged.field.readings]
    return [judged.field.name, values, list(judged.reasons)]
