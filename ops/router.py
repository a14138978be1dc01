"""The router as an operator sees it: whom fields may go to, what is expected of whom, and learning that."""

from __future__ import annotations

from collections.abc import Sequence

from doctypes.definition import DocType
from inference.router.choice import expected_error
from inference.router.learning import Judged
from inference.router.table import RouterTable
from schemas.canonical import stored_json
from schemas.fields import FieldState, FieldValue, ReadBy
from schemas.histories import ModelHistory, Signs
from schemas.layout import Frozen
from schemas.results import ArtifactKind, Extraction
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState
from store.artifacts import get_artifact
from store.pools import Pool, pool_of, pool_secret
from store.protocol import ObjectStore
from store.stages import outcomes_of

AUDIT = "audit"
"""The lane whose documents are drawn uniformly."""


class ExpectedLine(Frozen):
    """What is expected of a model on one field of a type.

    Attributes:
        error: Share of readings that are expected to be wrong, of an easy document.
        reviewed: Readings that this rests on, beside what is stated of the model.
    """

    doc_type: str
    field: str
    model: str
    error: float
    reviewed: int
    target: float


def expected_lines(table: RouterTable, doc_type: DocType, history: ModelHistory | None) -> list[ExpectedLine]:
    """Return what is expected of every model on every field of a type."""
    return [
        ExpectedLine(
            doc_type=doc_type.name,
            field=spec.name,
            model=model.model,
            error=round(expected_error(model, spec.name, history), 4),
            reviewed=_reviewed(history, model.model, spec.name),
            target=table.critical_target if spec.critical else table.target,
        )
        for spec in doc_type.fields
        for model in table.models
    ]


def _reviewed(history: ModelHistory | None, model: str, field: str) -> int:
    told = history.told if history else ()
    return sum(one.readings for one in told if (one.model, one.field) == (model, field))


async def judged_readings(
    store: ObjectStore, records: Sequence[ReviewedRecord], doc_type: DocType
) -> list[Judged]:
    """Return the readings of large models that people looked at, from the runs they looked at.

    Those of the training pool calibrate; audits of the eval pool certify; documents of neither tell nothing.
    """
    secret = await pool_secret(store)
    found: list[Judged] = []
    for record in records:
        pool = pool_of(secret, record.family, left_out=record.left_out)
        audited = pool is Pool.EVALS and record.lane == AUDIT
        if record.doc_type != doc_type.name or not (pool is Pool.TRAINING or audited):
            continue
        extraction = await _extraction(store, record)
        if extraction is not None:
            found += _judged(extraction, record, audited=audited)
    return found


async def _extraction(store: ObjectStore, record: ReviewedRecord) -> Extraction | None:
    for outcome in await outcomes_of(store, record.document_id, record.run_id, "extraction"):
        if outcome.result is not None:
            found: Extraction = await get_artifact(store, outcome.result, ArtifactKind.EXTRACTION)
            return found
    return None


def _judged(extraction: Extraction, record: ReviewedRecord, *, audited: bool) -> list[Judged]:
    fields = {field.name: field for field in extraction.fields}
    return [
        Judged(
            document_id=record.document_id,
            field=said.name,
            signs=_signs(by, fields[said.name]),
            right=_is_right(fields[said.name], said),
            inclusion=said.inclusion,
            at=record.reviewed_at.date(),
            audited=audited,
        )
        for said in record.fields
        if said.inclusion is not None
        and said.name in fields
        and (by := fields[said.name].read_by or fields[said.name].checked_by) is not None
    ]


def _signs(by: ReadBy, field: FieldValue) -> Signs:
    return Signs(
        model=by.model,
        alignment=by.alignment,
        agreement=by.agreement,
        second=by.second,
        parts_differ=by.parts_differ,
        absent=field.state is FieldState.ABSENT,
    )


def _is_right(field: FieldValue, said: ReviewedField) -> bool:
    if said.state is ReviewedState.ABSENT:
        return field.state is FieldState.ABSENT
    if field.columns:
        return said.state is ReviewedState.CONFIRMED
    values = [reading.value if reading.value is not None else reading.raw for reading in field.readings]
    return sorted(values) == sorted(said.values)


def history_file(history: ModelHistory) -> bytes:
    """Return the bytes of ``history.json``."""
    return stored_json(history)
