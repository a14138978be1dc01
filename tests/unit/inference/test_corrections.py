from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from doctypes.definition import DocType, FieldSpec
from doctypes.folder import LINEAGE
from inference.labelled.corrections import (
    MOST_OVER_MEDIAN,
    REVIEWED_WEIGHT,
    BrokenRecordsError,
    merged,
    read_records,
    reviewed_documents,
)
from inference.labelled.documents import LabelledDocument
from inference.train.commands import MODEL, train_type
from schemas.fields import FieldKind
from schemas.objects import ObjectRef
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState
from store.lineages import parse_lineage

BEGAN = datetime(2026, 11, 2, tzinfo=UTC)
SLIP = DocType(
    name="slip", title="Slip", description="Made up.", version="1",
    fields=(
        FieldSpec(name="total", title="Total", kind=FieldKind.MONEY, description="What was paid."),
        FieldSpec(name="date", title="Date", kind=FieldKind.DATE, description="Day of sale."),
    ),
)  # fmt: skip


def total(value: str, inclusion: float = 1.0) -> ReviewedField:
    return ReviewedField(
        name="total", state=ReviewedState.CORRECTED, values=(value,), raws=(value,), inclusion=inclusion
    )


def record(number: int, *fields: ReviewedField, **changes: Any) -> ReviewedRecord:
    document = f"{number:064x}"
    given: dict[str, Any] = {
        "document_id": document, "run_id": "r", "decision_id": f"d{number}", "doc_type": "slip",
        "schema_digest": "s", "family": document, "lane": "routed", "reviewer": "r1", "reviewed_at": BEGAN,
        "layout": ObjectRef(uri=f"l/{number}", sha256="0" * 64, size=1, media_type="text/plain"),
        "fields": fields,
    }  # fmt: skip
    return ReviewedRecord(**given | changes)


def blocks(count: int) -> dict[str, str]:
    return {f"{n:064x}": f"Shop {n}\nTotal   {n}.50\nThanks {n}" for n in range(count)}


def test_what_people_said_becomes_labels_and_what_nobody_said_is_not_learned() -> None:
    absent = ReviewedField(name="date", state=ReviewedState.ABSENT, inclusion=1.0)
    nobody = ReviewedField(name="date", state=ReviewedState.NOT_REVIEWED)
    found = reviewed_documents(
        [record(1, total("1.50"), absent), record(2, total("2.50"), nobody)], SLIP, blocks(3)
    )

    assert [dict(d.fields) for d in found.documents] == [
        {"date": (), "total": ("1.50",)},
        {"total": ("2.50",)},
    ]
    assert found.decisions == ("d1", "d2")


def test_of_two_decisions_on_a_field_the_later_one_counts() -> None:
    later = record(1, total("9.50"), decision_id="later", reviewed_at=BEGAN + timedelta(days=1))
    earlier = record(1, total("1.50"))
    one, other = (
        reviewed_documents(order, SLIP, blocks(2)) for order in ([later, earlier], [earlier, later])
    )

    assert one.digest == other.digest
    assert one.documents[0].fields == other.documents[0].fields
    assert one.documents[0].fields["total"] == ("9.50",)
    assert one.decisions == ("d1", "later")


def test_a_field_unlikely_to_be_reviewed_counts_for_those_that_were_not() -> None:
    told = [record(n, total(f"{n}.50", 1.0 if n < 6 else 0.5 if n == 6 else 0.001)) for n in range(8)]
    documents = reviewed_documents(told, SLIP, blocks(8)).documents
    weights = [d.weight_of("total") for d in documents]

    assert sum(weights) / len(weights) == pytest.approx(REVIEWED_WEIGHT)
    assert weights[6] == pytest.approx(2 * weights[0])
    assert weights[7] == pytest.approx(MOST_OVER_MEDIAN * weights[0])
    plain = reviewed_documents(told, SLIP, blocks(8), weighted=False).documents
    assert {d.weight_of("total") for d in plain} == {REVIEWED_WEIGHT}


def test_a_document_whose_pages_are_gone_is_named_and_not_learned_from() -> None:
    found = reviewed_documents([record(1, total("1.50")), record(7, total("7.50"))], SLIP, blocks(2))

    assert found.unreadable == (f"{7:064x}",)
    assert found.decisions == ("d1",)


def test_a_reviewed_document_replaces_its_equal_and_joins_the_family_of_its_like(
    receipts: list[LabelledDocument],
) -> None:
    base = [replace(receipts[0], key="base/0", family="vendor"), replace(receipts[1], key="base/1")]
    found = reviewed_documents([record(1, total("1.50"))], SLIP, blocks(2))
    equal = replace(found.documents[0], document=base[0].document)
    both = merged(base, replace(found, documents=(equal,)))

    assert [d.key for d in both] == ["base/1", equal.key]
    near = replace(equal, document=base[1].document)
    assert merged([*base, replace(base[1], key="base/2", family="f")], replace(found, documents=(near,)))[-1]


def test_a_line_that_is_no_record_is_named(tmp_path: Path) -> None:
    path = tmp_path / "reviewed.jsonl"
    path.write_text(record(1, total("1.50")).model_dump_json() + '\n\n{"document_id": 1}\n', encoding="utf-8")

    with pytest.raises(BrokenRecordsError, match=r"reviewed\.jsonl, line 3: no reviewed record"):
        read_records(path)


def test_a_file_of_records_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"{\xe9}")

    for name, sentence in (
        ("none", "none' can't be read: no such file or directory"),
        (".", "can't be read: is a directory"),
        ("latin", "latin' is not UTF-8 at byte 1"),
    ):
        with pytest.raises(BrokenRecordsError, match=sentence):
            read_records(tmp_path / name)


def test_only_a_newline_ends_a_record(tmp_path: Path) -> None:
    told = [record(1, total("1.50"), reviewer="Jane\u2028Roe\x85"), record(2, total("2.50"))]
    path = tmp_path / "reviewed.jsonl"
    lines = [json.dumps(one.model_dump(mode="json"), ensure_ascii=False) for one in told]
    path.write_text("\n".join(lines), encoding="utf-8-sig")

    assert read_records(path) == told


def test_a_challenger_is_learned_from_records_alone_and_names_what_taught_it(tmp_path: Path) -> None:
    told = [record(n, total(f"{n}.50")) for n in range(12)]
    one, trained = train_type(SLIP, [], folds=2, reviewed=reviewed_documents(told, SLIP, blocks(12)))
    other, _ = train_type(SLIP, [], folds=2, reviewed=reviewed_documents(told[::-1], SLIP, blocks(12)))
    one.write(tmp_path)

    assert one == other
    assert trained.documents == 12
    assert "| reviewed records | 12 | this installation's own |" in one.card
    learned = parse_lineage((tmp_path / LINEAGE).read_bytes())
    assert learned.model == one.digest
    assert [f"{taught.decision_id} {taught.document_id}" for taught in learned.learned_from] == sorted(
        f"{said.decision_id} {said.document_id}" for said in told
    )
    assert (tmp_path / MODEL).read_bytes() == one.model
