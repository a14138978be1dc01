"""What people found a document to say: their decisions on it, laid together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.objects import ObjectRef
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState

PRIMARY = ("routed", "audit", "adjudication")
"""Lanes whose word is the truth; the others measure how sure it is."""
AUDIT = "audit"
ROUTED = "routed"

Value = str | tuple[str, ...] | tuple[Mapping[str, str], ...] | None
"""Of a plain field, of a list, of a table; None: confirmed to be absent."""


@dataclass(frozen=True, slots=True)
class Told:
    """What people said of one field of a document.

    Attributes:
        inclusion: Probability that anybody was asked; None where a person spoke up unasked.
        record: The record they looked at, which holds what was read.
    """

    field: ReviewedField
    inclusion: float | None
    record: ObjectRef | None
    reviewer: str


@dataclass(frozen=True, slots=True)
class Truth:
    """A document as people left it.

    Attributes:
        lane: ``audit`` where it was drawn at random, else ``routed``.
        record: The record that was looked at first, which holds what was read of it.
        fields: By name, what was reviewed; fields nobody decided are not in it.
        refused: Probability that anybody was asked, where it is not of this type at all: no field is right.
    """

    document_id: str
    run_id: str
    doc_type: str
    schema_digest: str
    family: str
    left_out: bool
    layout: ObjectRef
    lane: str
    reviewers: tuple[str, ...]
    reviewed_at: datetime
    hard: bool
    record: ObjectRef | None
    fields: Mapping[str, Told]
    hurried: bool = False
    refused: float | None = None


def truths_of(records: Iterable[ReviewedRecord], hurried: frozenset[str] = frozenset()) -> list[Truth]:
    """Return one truth per document, by id: of two words on a field an adjudicator's counts, else the later.

    What was said of another type than the document's last one does not count, except that it is not of that
    type: such a document has a truth for each type that it was wrongly taken for.

    Args:
        records: In any order.
        hurried: Reviewers who decide faster than anybody reads.
    """
    by_document: dict[str, list[ReviewedRecord]] = {}
    for record in records:
        if record.lane in PRIMARY:
            by_document.setdefault(record.document_id, []).append(record)
    return [truth for key in sorted(by_document) for truth in _laid_by_type(by_document[key], hurried)]


def _laid_by_type(records: list[ReviewedRecord], hurried: frozenset[str]) -> list[Truth]:
    records.sort(key=lambda one: (one.lane == "adjudication", one.reviewed_at, one.decision_id))
    newest = {one.doc_type: one for one in records}
    wrong = [one for name, one in sorted(newest.items()) if one.refused is not None]
    right = [records[-1]] if records[-1].refused is None else []
    return [_laid(last, records, hurried) for last in (*wrong, *right)]


def _laid(last: ReviewedRecord, records: list[ReviewedRecord], hurried: frozenset[str]) -> Truth:
    """Return what the last word on a document as of one type, and those before it, come to."""
    mine = [last]
    if last.refused is None:
        kind = (last.doc_type, last.schema_digest)
        mine = [one for one in records if (one.doc_type, one.schema_digest) == kind and one.refused is None]
    fields: dict[str, Told] = {}
    for one in mine:
        for field in one.fields:
            if field.state is not ReviewedState.NOT_REVIEWED:
                fields[field.name] = _told(one, field, fields.get(field.name))
    first = mine[0]
    return Truth(
        document_id=last.document_id,
        run_id=first.run_id,
        doc_type=last.doc_type,
        schema_digest=last.schema_digest,
        family=last.family,
        left_out=any(one.left_out for one in records),
        layout=last.layout,
        lane=AUDIT if any(one.lane == AUDIT for one in mine) else ROUTED,
        reviewers=tuple(sorted({one.reviewer for one in mine})),
        reviewed_at=max(one.reviewed_at for one in mine),
        hard=any(one.hard for one in mine),
        record=first.record,
        fields=fields,
        hurried=any(one.reviewer in hurried for one in mine),
        refused=last.refused,
    )


def _told(record: ReviewedRecord, field: ReviewedField, before: Told | None) -> Told:
    """Return the later word, with the draw and the record of whoever was asked first."""
    if before is None:
        inclusion = None if field.volunteered else field.inclusion
        return Told(field, inclusion, record.record, record.reviewer)
    inclusion = before.inclusion
    if inclusion is None and not field.volunteered:
        inclusion = field.inclusion
    return Told(field, inclusion, before.record, record.reviewer)


def value_of(field: ReviewedField, *, many: bool) -> Value:
    """Return what a person left of a field, in the form that sets and scoring use."""
    if field.state is ReviewedState.ABSENT:
        return None
    if field.rows:
        return tuple(dict(row) for row in field.rows)
    return field.values if many else field.values[0]


def hurried_reviewers(records: Sequence[ReviewedRecord], *, least_ms: int, least: int = 20) -> frozenset[str]:
    """Return the reviewers whose median time for a field, over ``least`` or more, is below ``least_ms``."""
    took: dict[str, list[int]] = {}
    for record in records:
        took.setdefault(record.reviewer, []).extend(f.ms for f in record.fields if f.ms is not None)
    return frozenset(
        who
        for who, times in took.items()
        if len(times) >= least and sorted(times)[len(times) // 2] < least_ms
    )
