"""Documents of which nothing was right: a wrong type, several documents, or none."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.actions.accuracy import answered_by, by_name
from evals.production import drawn_alike, production
from evals.sets.build import build
from evals.truth import truths_of
from evals.variants import Variants
from evals.words.accuracy import Waiting
from schemas.reviewed import ReviewedRecord
from tests.unit.evals.bench import Bench
from tests.unit.evals.made import record, types, unasked, wanted

pytestmark = pytest.mark.anyio


def refused(said: ReviewedRecord, inclusion: float = 1.0, **changes: object) -> ReviewedRecord:
    fields = tuple(unasked(one.name) for one in said.fields)
    return said.model_copy(update={"fields": fields, "refused": inclusion, **changes})


async def test_every_field_of_a_document_that_was_refused_is_wrong() -> None:
    bench = Bench()
    await bench.go_live()
    right = await bench.told(await bench.submit("1.00"), "1.00")
    other = refused(await bench.told(await bench.submit("2.00"), "2.00"), 0.5)
    live = await Variants(bench.store, bench.parts).live("slip")
    found = await production(bench.store, truths_of([right, other]), {right.schema_digest: live.doc_type})

    mine = [one for one in found.cells if one.document_id == other.document_id]
    assert [one.field for one in mine] == ["shop", "total", "note"]
    assert {(one.right, one.pi, one.audited, one.whole) for one in mine} == {(False, 0.5, True, True)}
    assert by_name(found.cells)["slip.total"].value is not None
    assert by_name(found.cells)["slip.total"].naive == 0.5
    assert set(mine) <= set(drawn_alike(found.cells))


def test_a_document_that_was_taken_for_another_type_counts_for_both() -> None:
    lease = record(1, name="lease", lane="routed", inclusion=1.0)
    invoice = record(1, document_id=lease.document_id, reviewed_at=lease.reviewed_at.replace(hour=0))
    found = truths_of([refused(invoice, 0.02), lease])

    assert [(one.doc_type, one.refused, len(one.fields)) for one in found] == [
        ("invoice", 0.02, 0),
        ("lease", None, 3),
    ]


def test_of_two_words_on_one_type_the_later_counts_whether_it_refuses_or_not() -> None:
    first = record(1)
    later = {"reviewed_at": first.reviewed_at.replace(minute=59, second=59), "decision_id": "later"}

    (gone,) = truths_of([first, refused(first, 0.02, **later)])
    (back,) = truths_of([refused(first, 0.02), first.model_copy(update=later)])
    assert (gone.refused, len(gone.fields)) == (0.02, 0)
    assert (back.refused, len(back.fields)) == (None, 3)


def test_what_was_refused_is_in_no_set_and_counted() -> None:
    said = [record(n) for n in range(20)]
    said += [refused(record(n), 0.02) for n in range(20, 24)]
    made = build(truths_of(said), types("invoice"), wanted(mix={"invoice": 1.0}))

    assert len(made.records) == 20
    assert [(one.reason, one.documents) for one in made.manifest.exclusions] == [
        ("of another type, several documents or none", 4)
    ]


def test_an_audit_that_was_refused_is_answered() -> None:
    said = [record(0), refused(record(1), 0.02)]

    assert answered_by(said, Waiting(0, 2, 0)).audits == 0.5


def test_nothing_can_be_reviewed_of_what_was_refused() -> None:
    with pytest.raises(ValidationError, match="refused as a whole"):
        ReviewedRecord.model_validate(record(1).model_dump() | {"refused": 1.0})
