"""Everything that was scored, in columns: one row per reviewed field of a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from doctypes.definition import DocType, FieldSpec
from evals.scoring.answers import Answer, AnsweredField
from evals.scoring.compare import Verdict, judge
from evals.scoring.intervals import Floats
from evals.sets.form import SetRecord
from evals.sets.weights import any_pi, decisive, shares_of, weigh, whole_pi
from schemas.fields import FieldState

Ints: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

NOT_ANSWERED = AnsweredField(name="", state=FieldState.MISSING)


@dataclass(frozen=True)
class Scored:
    """One variant's answers to a set, scored.

    Attributes:
        records: That were scored, in the set's order.
        answers: Of the same length.
        names: Type and field of each kind of cell, by number.
        document: By cell, the number of its record.
        field: By cell, the number of its name.
        cells: By cell, tp, fd, fa, fn, tn.
        right: By cell, whether the whole field is.
        confidence: NaN where none was given.
        weight: By what the field was asked with; 0 where nobody was asked.
        exact: By record, whether every required field is right; NaN where one was not asked.
        exact_weight: By record, in rates of whole documents; 0 where a required field was not asked.
        document_weight: By record, in rates of all documents.
        rows: Rows of tables wanted and found, by cell.
        likeness: By cell, how near the text is.
        left_out: Records of the set that are not scored, because a variant learned from them or their like.
        unlisted: Variants of which nobody knows what they learned from: some of it may be scored.
    """

    records: tuple[SetRecord, ...]
    answers: tuple[Answer, ...]
    names: tuple[tuple[str, str], ...]
    critical: Mask
    document: Ints
    field: Ints
    cells: Ints
    right: Floats
    confidence: Floats
    accepted: Mask
    weight: Floats
    exact: Floats
    exact_weight: Floats
    document_weight: Floats
    rows: Ints
    likeness: Floats
    left_out: int = 0
    unlisted: tuple[str, ...] = ()

    def only(self, chosen: Sequence[bool] | Mask) -> Scored:
        """Return what was scored of some records."""
        keep = np.asarray(chosen, dtype=bool)
        mine = keep[self.document]
        numbers = np.cumsum(keep) - 1
        return replace(
            self,
            records=tuple(r for r, k in zip(self.records, keep, strict=True) if k),
            answers=tuple(a for a, k in zip(self.answers, keep, strict=True) if k),
            document=numbers[self.document[mine]],
            field=self.field[mine],
            cells=self.cells[mine],
            right=self.right[mine],
            confidence=self.confidence[mine],
            accepted=self.accepted[mine],
            weight=self.weight[mine],
            exact=self.exact[keep],
            exact_weight=self.exact_weight[keep],
            document_weight=self.document_weight[keep],
            rows=self.rows[mine],
            likeness=self.likeness[mine],
        )


def joined(parts: Sequence[Scored], mix: Mapping[str, float]) -> Scored:
    """Return what was scored of several types as one, weighted to the types' share of production.

    Args:
        parts: One per type.
        mix: Share of each type.
    """
    names = tuple(sorted({name for part in parts for name in part.names}))
    places = {name: place for place, name in enumerate(names)}
    critical = {name: bool(c) for part in parts for name, c in zip(part.names, part.critical, strict=True)}
    starts = np.cumsum([0, *(len(part.records) for part in parts)])
    shares = [mix.get(part.records[0].doc_type, 0.0) if part.records else 0.0 for part in parts]
    whole, count = sum(shares) or 1.0, sum(len(part.records) for part in parts)
    by = [
        share / whole * count / max(1, len(part.records)) for share, part in zip(shares, parts, strict=True)
    ]
    numbers = [np.array([places[name] for name in part.names], dtype=np.int64) for part in parts]
    return Scored(
        records=tuple(record for part in parts for record in part.records),
        answers=tuple(answer for part in parts for answer in part.answers),
        names=names,
        critical=np.array([critical[name] for name in names], dtype=bool),
        document=np.concatenate([p.document + s for p, s in zip(parts, starts[:-1], strict=True)]),
        field=np.concatenate([n[p.field] for n, p in zip(numbers, parts, strict=True)]),
        cells=np.concatenate([part.cells for part in parts]),
        right=np.concatenate([part.right for part in parts]),
        confidence=np.concatenate([part.confidence for part in parts]),
        accepted=np.concatenate([part.accepted for part in parts]),
        weight=np.concatenate([part.weight * scale for part, scale in zip(parts, by, strict=True)]),
        exact=np.concatenate([part.exact for part in parts]),
        exact_weight=np.concatenate([p.exact_weight * scale for p, scale in zip(parts, by, strict=True)]),
        document_weight=np.concatenate(
            [part.document_weight * scale for part, scale in zip(parts, by, strict=True)]
        ),
        rows=np.concatenate([part.rows for part in parts]),
        likeness=np.concatenate([part.likeness for part in parts]),
        left_out=sum(part.left_out for part in parts),
        unlisted=tuple(name for part in parts for name in part.unlisted),
    )


def score(
    records: Sequence[SetRecord],
    answers: Mapping[str, Answer],
    types: Mapping[str, DocType],
    mix: Mapping[str, float],
) -> Scored:
    """Return the answers to a set's records, scored; a document without an answer is wrong in every field.

    Args:
        records: Those of a set; erased ones are passed over.
        answers: By document.
        types: Declarations by the digest of their schema.
        mix: Share of each type in production.
    """
    living = [record for record in records if not record.tombstone]
    rows: list[_Cell] = []
    exact: list[float] = []
    given = [answers.get(record.doc.id) or _silent(record) for record in living]
    for number, (record, answer) in enumerate(zip(living, given, strict=True)):
        doc_type = types[record.schema_id]
        mine = _cells(number, record, answer, doc_type)
        rows += mine
        exact.append(_exact(mine, decisive(doc_type)))
    weights = _Weights.of(living, types, mix)
    return _columns(living, given, rows, np.array(exact), weights)


@dataclass(frozen=True, slots=True)
class _Weights:
    """What documents stand for."""

    shares: Mapping[str, float]
    exact: Floats
    documents: Floats

    @staticmethod
    def of(records: Sequence[SetRecord], types: Mapping[str, DocType], mix: Mapping[str, float]) -> _Weights:
        names = [record.doc_type for record in records]
        shares = shares_of(names, mix)
        pis = [{name: float(pi) for name, pi in record.pi.items()} for record in records]
        whole = [whole_pi(pi, decisive(types[r.schema_id])) for r, pi in zip(records, pis, strict=True)]
        looked_at = [any_pi(pi) if pi else None for pi in pis]
        exact, documents = (
            np.array(weigh(list(zip(names, asked, strict=True)), shares, len(records)), dtype=np.float64)
            for asked in (whole, looked_at)
        )
        return _Weights(shares, exact, documents)


@dataclass(frozen=True, slots=True)
class _Cell:
    document: int
    name: tuple[str, str]
    spec: FieldSpec
    verdict: Verdict
    confidence: float | None
    accepted: bool
    pi: float | None


def _silent(record: SetRecord) -> Answer:
    return Answer(document_id=record.doc.id, variant="", fields=(), routed=True, valid=False)


def _cells(number: int, record: SetRecord, answer: Answer, doc_type: DocType) -> list[_Cell]:
    fields = {field.name: field for field in answer.fields}
    out = []
    for spec in doc_type.fields:
        if spec.name in record.truth:
            field = fields.get(spec.name, NOT_ANSWERED)
            verdict = judge(spec, record.truth[spec.name], field.values, field.rows)
            pi = record.pi.get(spec.name)
            out.append(
                _Cell(
                    number,
                    (record.doc_type, spec.name),
                    spec,
                    verdict,
                    field.confidence,
                    field.accepted,
                    None if pi is None else float(pi),
                )
            )
    return out


def _exact(cells: Sequence[_Cell], needed: frozenset[str]) -> float:
    """Return 1 where all decisive fields are right, 0 where one is not, NaN where one was not asked."""
    mine = {cell.spec.name: cell.verdict.right for cell in cells if cell.pi is not None}
    return float(all(mine[name] for name in needed)) if needed <= mine.keys() else float("nan")


def _columns(
    records: Sequence[SetRecord],
    answers: Sequence[Answer],
    cells: Sequence[_Cell],
    exact: Floats,
    weights: _Weights,
) -> Scored:
    names = tuple(sorted({cell.name for cell in cells}))
    places = {name: place for place, name in enumerate(names)}
    specs = {cell.name: cell.spec for cell in cells}
    return Scored(
        records=tuple(records),
        answers=tuple(answers),
        names=names,
        critical=np.array([specs[name].critical for name in names], dtype=bool),
        document=np.array([cell.document for cell in cells], dtype=np.int64),
        field=np.array([places[cell.name] for cell in cells], dtype=np.int64),
        cells=np.array(
            [(c.verdict.tp, c.verdict.fd, c.verdict.fa, c.verdict.fn, c.verdict.tn) for c in cells],
            dtype=np.int64,
        ).reshape(-1, 5),
        right=np.array([cell.verdict.right for cell in cells], dtype=np.float64),
        confidence=np.array(
            [np.nan if cell.confidence is None else cell.confidence for cell in cells], dtype=np.float64
        ),
        accepted=np.array([cell.accepted for cell in cells], dtype=bool),
        weight=_weights(cells, weights.shares, len(records)),
        exact=exact,
        exact_weight=weights.exact,
        document_weight=weights.documents,
        rows=np.array([cell.verdict.rows for cell in cells], dtype=np.int64).reshape(-1, 2),
        likeness=np.array([cell.verdict.likeness for cell in cells], dtype=np.float64),
    )


def _weights(cells: Sequence[_Cell], shares: Mapping[str, float], documents: int) -> Floats:
    """Return by cell what its field stands for: each field as often as there are documents of its type."""
    out = np.zeros(len(cells))
    by_field: dict[str, list[int]] = {}
    for number, cell in enumerate(cells):
        by_field.setdefault(cell.spec.name, []).append(number)
    for numbers in by_field.values():
        asked = [(cells[n].name[0], cells[n].pi) for n in numbers]
        out[numbers] = weigh(asked, shares, documents)
    return out
