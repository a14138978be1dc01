from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.objects import ObjectRef
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState


def field(**changes: Any) -> ReviewedField:
    given: dict[str, Any] = {
        "name": "total",
        "state": ReviewedState.CORRECTED,
        "values": ("9.00",),
        "raws": ("RM 9.00",),
        "inclusion": 0.02,
    }
    return ReviewedField(**given | changes)


def record(*fields: ReviewedField) -> ReviewedRecord:
    return ReviewedRecord(
        document_id="d" * 64, run_id="r", decision_id="x", doc_type="slip", schema_digest="s",
        family="d" * 64, lane="audit", reviewer="r7", reviewed_at=datetime(2026, 11, 2, tzinfo=UTC),
        layout=ObjectRef(uri="d/l", sha256="0" * 64, size=1, media_type="text/plain"), fields=fields,
    )  # fmt: skip


def test_a_reviewed_record_reads_back_as_it_was_written() -> None:
    rows = ReviewedField(
        name="lines", state=ReviewedState.CONFIRMED, rows=({"item": "A", "amount": "9.00"},), inclusion=1.0
    )
    nobody = ReviewedField(name="date", state=ReviewedState.NOT_REVIEWED)
    whole = record(field(), rows, nobody)

    assert ReviewedRecord.model_validate_json(whole.model_dump_json()) == whole
    assert whole.field("lines").rows[0]["amount"] == "9.00"


@pytest.mark.parametrize(
    "changes",
    [
        {"state": ReviewedState.ABSENT},
        {"state": ReviewedState.NOT_REVIEWED},
        {"values": (), "raws": ()},
        {"inclusion": None},
        {"inclusion": 0.0},
        {"raws": ()},
    ],
)
def test_a_field_that_contradicts_its_own_state_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        field(**changes)


def test_a_field_named_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="named twice: total"):
        record(field(), field())
