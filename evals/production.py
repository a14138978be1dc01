"""What production read, held against what people found: one cell per reviewed field, with its draw."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from doctypes.definition import DocType, FieldSpec
from evals.scoring.answers import AnsweredField, answered_field
from evals.scoring.compare import judge
from evals.sets.build import plain_value
from evals.truth import AUDIT, Told, Truth, value_of
from schemas.errors import MissingObjectError
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind, Record
from store.artifacts import get_artifact
from store.protocol import ObjectStore
from store.releases import MissingPartError, load_run

_AT_ONCE = 32
NEVER: Mapping[date, float] = {}


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of one document: as production read it, as people left it.

    Attributes:
        at: When people said it.
        pi: Probability that anybody was asked; None where a person spoke up unasked.
        audited: The document was drawn at random among those that nobody doubted.
        whole: Every declared field of the document was asked about.
        accepted: Nobody would have looked at it.
        bundle: Digest of the bundle that it was read and judged by.
        classified: The type that the Gatekeeper found.
        absent: Production found no value.
        quality: Of the document, 0..1, where it is known.
    """

    document_id: str
    at: datetime
    doc_type: str
    field: str
    right: bool
    pi: float | None
    audited: bool
    whole: bool
    accepted: bool
    confidence: float | None
    absent: bool
    bundle: str
    classified: str
    quality: float | None


@dataclass(frozen=True, slots=True)
class Production:
    """Reviewed production of a span of days.

    Attributes:
        lost: Documents whose record, schema or run is not in the store any more.
    """

    cells: tuple[Cell, ...]
    documents: int
    lost: tuple[str, ...]


async def production(store: ObjectStore, truths: Sequence[Truth], types: Mapping[str, DocType]) -> Production:
    """Return what was read of the reviewed documents, cell by cell.

    Args:
        store: Where records lie.
        truths: What people found, of every pool: no model learns from being measured.
        types: Declarations by the digest of their schema.
    """
    turns = asyncio.Semaphore(_AT_ONCE)
    lost: list[str] = []

    async def one(truth: Truth) -> list[Cell]:
        async with turns:
            try:
                return await _cells(store, truth, types)
            except (MissingObjectError, MissingPartError, KeyError):
                lost.append(truth.document_id)
                return []

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(truth)) for truth in truths]
    cells = tuple(cell for task in tasks for cell in task.result())
    return Production(cells, len({cell.document_id for cell in cells}), tuple(sorted(lost)))


async def _cells(store: ObjectStore, truth: Truth, types: Mapping[str, DocType]) -> list[Cell]:
    doc_type = types[truth.schema_digest]
    manifest = await load_run(store, truth.run_id)
    looked_at: dict[str, _LookedAt] = {}
    whole = truth.refused is not None or all(
        spec.name in truth.fields and truth.fields[spec.name].inclusion is not None
        for spec in doc_type.fields
    )
    out = []
    for spec in doc_type.fields:
        told = truth.fields.get(spec.name)
        ref = told.record if told else truth.record if truth.refused is not None else None
        if ref is None:
            continue
        if ref.sha256 not in looked_at:
            looked_at[ref.sha256] = await _look(store, ref)
        found = looked_at[ref.sha256]
        judged = next((f for f in found.record.fields if f.field.name == spec.name), None)
        if judged is None:
            continue
        answer: AnsweredField = answered_field(judged)
        out.append(
            Cell(
                document_id=truth.document_id,
                at=truth.reviewed_at,
                doc_type=truth.doc_type,
                field=spec.name,
                right=told is not None and _is_right(spec, told, answer),
                pi=told.inclusion if told else truth.refused,
                audited=truth.lane == AUDIT,
                whole=whole,
                accepted=answer.accepted,
                confidence=answer.confidence,
                absent=not (answer.values or answer.rows),
                bundle=manifest.release.bundles[truth.doc_type].digest,
                classified=found.classified,
                quality=found.quality,
            )
        )
    return out


def _is_right(spec: FieldSpec, told: Told, answer: AnsweredField) -> bool:
    value = plain_value(value_of(told.field, many=spec.many))
    return judge(spec, value, answer.values, answer.rows).right


@dataclass(frozen=True, slots=True)
class _LookedAt:
    """A record that a person had before him, and what it says the document is."""

    record: Record
    classified: str
    quality: float | None


async def _look(store: ObjectStore, ref: ObjectRef) -> _LookedAt:
    record: Record = await get_artifact(store, ref, ArtifactKind.RECORD)
    found = await get_artifact(store, record.classification, ArtifactKind.CLASSIFICATION)
    return _LookedAt(record, found.doc_type, found.quality.score if found.quality else None)


def drawn_alike(cells: Sequence[Cell], drawn_at: Mapping[date, float] = NEVER) -> list[Cell]:
    """Return the cells of documents that were drawn with one probability, doubted or not.

    Audits are drawn among documents that nobody doubted. Of those that were doubted some are asked whole,
    more often than that; of these as many are kept, by a digest of their id, as audits would have drawn on
    the day they were looked at: nights raise the rate where it yields too little.

    Args:
        cells: Of any span.
        drawn_at: By day, the rate that audits were drawn at; it counts where none was drawn of a type,
            because each of its documents was doubted.
    """
    rates: dict[str, float] = {}
    of_day: dict[tuple[str, date], float] = {}
    least: dict[str, float] = {}
    for cell in cells:
        if cell.pi is not None:
            least[cell.document_id] = min(cell.pi, least.get(cell.document_id, 1.0))
            if cell.audited:
                rates[cell.doc_type] = min(cell.pi, rates.get(cell.doc_type, 1.0))
                day = (cell.doc_type, cell.at.date())
                of_day[day] = min(cell.pi, of_day.get(day, 1.0))

    def rate_of(cell: Cell) -> float:
        day = cell.at.date()
        return of_day.get((cell.doc_type, day), rates.get(cell.doc_type, drawn_at.get(day, 0.0)))

    return [
        cell
        for cell in cells
        if cell.pi is not None
        and (
            cell.audited
            or (cell.whole and _ticket(cell.document_id) < rate_of(cell) / least[cell.document_id])
        )
    ]


def _ticket(document_id: str) -> float:
    drawn = hashlib.sha256(f"audit as routed:{document_id}".encode()).digest()
    return int.from_bytes(drawn[:6], "big") / (1 << 48)
