"""What ``doctrail accuracy`` does: production of some days held against what people found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from app.reviewing import open_queue
from app.wiring import Doctrail
from evals.accuracy import EVERYTHING, Accuracy, Answered, agreement, estimate
from evals.gathering import gather, schemas_of
from evals.production import Cell, production
from evals.truth import AUDIT, PRIMARY, ROUTED, truths_of
from evals.words.accuracy import Live, Waiting
from ops.types import require_known
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState


async def live_accuracy(doctrail: Doctrail, days: int, doc_type: str | None) -> Live:
    """Return how often production is right, estimated from what people were asked in the last days.

    Raises:
        UnknownTypeError: No document is of that type.
    """
    if doc_type is not None:
        await require_known(doctrail.store, doctrail.catalog, doc_type)
    last = doctrail.now().date()
    first = last - timedelta(days=days)
    gathered = await gather(doctrail.store, first, last)
    truths = [t for t in truths_of(gathered.records) if doc_type in (None, t.doc_type)]
    types = await schemas_of(doctrail.store, {truth.schema_digest for truth in truths})
    found = await production(doctrail.store, truths, types)
    cells = found.cells
    passed = [cell for cell in cells if cell.accepted]
    async with open_queue(doctrail.settings) as queue:
        stats = await queue.stats()
    waiting = _waiting(stats["waiting"])
    answered = answered_by(gathered.records, waiting)
    return Live(
        first=first.isoformat(),
        last=last.isoformat(),
        read=by_name(cells, answered),
        passed=by_name(passed, answered),
        agreement=agreement(twice(gathered.records)),
        gold=(stats["decided"]["gold_right"], stats["decided"]["gold_judged"]),
        waiting=waiting,
        hurried=sorted(gathered.hurried),
        lost=len(found.lost),
    )


def answered_by(records: Sequence[ReviewedRecord], waiting: Waiting) -> Answered:
    """Return how much of what people were asked they have answered: what waits is not what nobody doubted."""

    def share(lane: str, left: int) -> float:
        done = len({record.document_id for record in records if record.lane == lane})
        return done / (done + left) if done else 1.0

    return Answered(share(ROUTED, waiting.routed), share(AUDIT, waiting.audits))


def by_name(cells: Sequence[Cell], answered: Answered = EVERYTHING) -> dict[str, Accuracy]:
    """Return the estimate of every type, each followed by those of its fields."""
    out: dict[str, Accuracy] = {}
    for name in sorted({cell.doc_type for cell in cells}):
        mine = [cell for cell in cells if cell.doc_type == name]
        out[name] = estimate(mine, answered=answered)
        for field in dict.fromkeys(cell.field for cell in mine):
            of_field = [cell for cell in mine if cell.field == field]
            out[f"{name}.{field}"] = estimate(of_field, answered=answered)
    return out


def twice(records: Sequence[ReviewedRecord]) -> list[tuple[str, str]]:
    """Return the fields of a run that two people answered, as pairs of their words."""
    first: dict[tuple[str, str], str] = {}
    for record in records:
        if record.lane in PRIMARY[:2]:
            first |= {(record.run_id, f.name): _word(f) for f in record.fields if _said(f)}
    return [
        (first[record.run_id, field.name], _word(field))
        for record in records
        if record.lane == "double"
        for field in record.fields
        if _said(field) and (record.run_id, field.name) in first
    ]


def _said(field: ReviewedField) -> bool:
    return field.state is not ReviewedState.NOT_REVIEWED


def _word(field: ReviewedField) -> str:
    return repr((sorted(field.values), [sorted(row.items()) for row in field.rows]))


def _waiting(listed: Sequence[dict[str, object]]) -> Waiting:
    def total(lane: str, what: str) -> int:
        return sum(int(str(one[what])) for one in listed if one["lane"] == lane)

    return Waiting(total("routed", "waiting"), total("audit", "waiting"), total("audit", "overdue"))
