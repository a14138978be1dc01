"""Records of a set, and what variants answered to them."""

from __future__ import annotations

from collections.abc import Sequence

from evals.scoring.answers import Answer, AnsweredField
from evals.sets.build import build
from evals.sets.form import SetRecord
from evals.truth import truths_of
from schemas.fields import FieldState
from tests.unit.evals.made import record, types, wanted

TYPES = types("invoice")
MIX = {"invoice": 1.0}


def documents(count: int, *, hard: int = 0, absent: int = 0) -> list[SetRecord]:
    records = [
        record(n, hard=n < hard, values={"due": None} if hard <= n < hard + absent else None)
        for n in range(count)
    ]
    made = build(truths_of(records), TYPES, wanted(per_type=count + hard, mix=MIX)).records
    return sorted(made, key=lambda r: (not r.hard, r.truth["due"] is not None, r.rid))


def answers(
    records: Sequence[SetRecord], wrong: Sequence[int] = (), field: str = "total", **changes: object
) -> dict[str, Answer]:
    out = {}
    for number, one in enumerate(records):
        fields = []
        for name, value in one.truth.items():
            off = number in wrong and name == field
            said = ("999.99",) if off else () if value is None else (str(value),)
            fields.append(
                AnsweredField(
                    name=name, state=FieldState.VALUE, values=said, confidence=0.9, accepted=not off
                )
            )
        base = Answer(document_id=one.doc.id, variant="v", fields=tuple(fields), routed=number in wrong)
        out[one.doc.id] = base.model_copy(update=changes)
    return out
