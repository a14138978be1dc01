"""A person's decision handed in: it is made once, announced, and becomes the record; what waits is found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bus.sqlite import SqliteBus
from catalog.database import Catalog
from ops.identify import UnknownIdError
from ops.reviews.decide import HandedIn, ReviewClosedError, hand_in, load_review
from ops.reviews.queue import UnknownReviewError, find_review, waiting
from ops.reviews.sheet import sheet
from review.sheet.values import DecisionFileError
from schemas.documents import DocumentDropped
from schemas.handling import Outgoing
from schemas.records import DecisionKind, ReviewDecided
from schemas.topics import READ
from store.submissions import Cause, keep_cause
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.agents.workshop import Workshop
from tests.unit.ops.deciding import NOW, asked, decided

pytestmark = pytest.mark.anyio

STRANGE = "A letter about nothing.\n"


async def sent(bus: SqliteBus) -> list[Outgoing]:
    """Return every decision on the bus."""
    async with bus.consumer([ReviewDecided.event], "test") as consumer:
        records = await consumer.poll(100, 0.1)
    return [Outgoing(record.topic, record.key, "", record.body) for record in records]


async def test_a_decision_becomes_the_accepted_record(workshop: Workshop, bus: SqliteBus) -> None:
    review = await asked(workshop, DOUBTFUL)

    handed = await hand_in(workshop.store, bus, review, decided(review, {"fields": {"total": "19.00"}}))
    await workshop.drive(await sent(bus))

    (completed,) = workshop.events("records.completed")
    record = await workshop.read(completed["record"])
    total = next(f for f in record["fields"] if f["field"]["name"] == "total")
    assert (handed.again, completed["decision_id"]) == (False, handed.decision.decision_id)
    assert (total["decision"], total["field"]["readings"][0]["value"]) == ("human", "19.00")


async def test_handing_the_same_file_in_twice_is_one_decision_in_the_same_bytes(
    workshop: Workshop, bus: SqliteBus
) -> None:
    review = await asked(workshop, DOUBTFUL)
    first = decided(review, {"fields": {"total": "19.00"}})
    later = decided(
        review, {"fields": {"total": "19,00"}}, reviewer="bob", at=datetime(2026, 12, 1, tzinfo=UTC)
    )

    results = [await hand_in(workshop.store, bus, review, decision) for decision in (first, first)]
    bodies = {message.body for message in await sent(bus)}

    assert [result.again for result in results] == [False, True]
    assert results[0].decision == results[1].decision == first
    assert len(bodies) == 1
    assert later.decision_id != first.decision_id, "what was written is part of what was decided"


async def test_the_id_of_a_decision_does_not_depend_on_who_and_when(
    workshop: Workshop, bus: SqliteBus
) -> None:
    review = await asked(workshop, DOUBTFUL)
    ann = decided(review, {"fields": {"total": "19.00"}}, reviewer="ann")
    bob = decided(
        review, {"fields": {"total": "19.00"}}, reviewer="bob", at=datetime(2026, 12, 1, tzinfo=UTC)
    )

    await hand_in(workshop.store, bus, review, ann)
    again = await hand_in(workshop.store, bus, review, bob)

    assert again == HandedIn(ann, again=True)


async def test_a_decided_review_refuses_another_decision_and_says_whose_stands(
    workshop: Workshop, bus: SqliteBus
) -> None:
    review = await asked(workshop, DOUBTFUL)
    await hand_in(workshop.store, bus, review, decided(review, {"fields": {"total": "19.00"}}))

    with pytest.raises(ReviewClosedError, match="decided already by 'ann' at 2026-11-21 12:00 UTC"):
        await hand_in(workshop.store, bus, review, decided(review, {"reject": True}))


async def test_a_review_that_a_newer_run_overtook_is_refused(workshop: Workshop, bus: SqliteBus) -> None:
    review = await asked(workshop, DOUBTFUL)
    workshop.prompt_version = "2.0"
    release = await workshop.digest(NOW)
    cause = Cause(cause_id="0" * 64, kind="force", release_digest=release, at=NOW)
    await keep_cause(workshop.store, cause)
    again = DocumentDropped(document_id=review.document_id, cause_id=cause.cause_id)
    await workshop.drive([workshop.message(again, event_id="1" * 64, subject=review.document_id)])

    with pytest.raises(ReviewClosedError, match="superseded: run 2 of the document is newer than run 1"):
        await hand_in(workshop.store, bus, review, decided(review, {"fields": {"total": "19.00"}}))


async def test_a_decision_kept_but_never_announced_is_announced_when_handed_in_again(
    workshop: Workshop, tmp_path: Path, bus: SqliteBus
) -> None:
    review = await asked(workshop, DOUBTFUL)
    decision = decided(review, {"fields": {"total": "19.00"}})
    async with SqliteBus(tmp_path / "other.db", now=lambda: NOW) as other:
        await other.ensure_topics(tuple(READ))
        await hand_in(workshop.store, other, review, decision)

    await hand_in(workshop.store, bus, review, decision)

    assert len(await sent(bus)) == 1


async def test_a_type_in_doubt_is_decided_by_naming_it(workshop: Workshop, bus: SqliteBus) -> None:
    review = await asked(workshop, STRANGE)

    with pytest.raises(DecisionFileError, match="asks what the document is: set 'doc_type' to one of slip"):
        decided(review, sheet(review, name=None))
    decision = decided(review, {"doc_type": "slip", "comment": "a slip without its heading"})
    await hand_in(workshop.store, bus, review, decision)
    await workshop.drive(await sent(bus))

    assert decision.kind is DecisionKind.TYPE
    assert workshop.events("documents.classified")[-1]["decided_by"] == "human"


async def test_a_rejection_by_a_person_becomes_a_rejected_record(workshop: Workshop, bus: SqliteBus) -> None:
    review = await asked(workshop, DOUBTFUL)

    await hand_in(workshop.store, bus, review, decided(review, {"reject": True}))
    await workshop.drive(await sent(bus))

    assert workshop.events("records.completed")[-1]["status"] == "rejected"


async def test_a_possible_duplicate_is_accepted_once_a_person_has_looked(
    workshop: Workshop, bus: SqliteBus
) -> None:
    await workshop.submit(SURE)
    review = await asked(workshop, "SLIP\nshop: Corner Bakery Ltd\ntotal: 9.00\nnote: again\n")

    await hand_in(workshop.store, bus, review, decided(review, sheet(review, name=None)))
    await workshop.drive(await sent(bus))

    assert review.record.reasons[0].startswith("possible duplicate of")
    assert [event["status"] for event in workshop.events("records.completed")] == ["accepted", "accepted"]


async def test_a_review_of_a_run_that_never_asked_for_it_is_refused(workshop: Workshop) -> None:
    review = await asked(workshop, DOUBTFUL)

    with pytest.raises(ReviewClosedError, match="never asked for review"):
        await load_review(workshop.store, review.document_id, review.manifest.run_id, "4" * 36)


async def test_the_queue_lists_what_waits_with_the_reasons(workshop: Workshop, catalog: Catalog) -> None:
    review = await asked(workshop, DOUBTFUL)

    (line,) = [line async for line in waiting(workshop.store, catalog)]

    assert (line.review_id, line.document_id, line.doc_type) == (review.review_id, review.document_id, "slip")
    assert line.reasons == ("total: the value is doubtful",)
    assert line.doubts == ("total 0.40 < 0.80",)


async def test_a_review_is_found_by_its_id_a_prefix_or_its_document(
    workshop: Workshop, catalog: Catalog
) -> None:
    review = await asked(workshop, DOUBTFUL)

    names = (review.review_id, review.review_id[:6], review.document_id, review.document_id[:8])
    found = [await find_review(workshop.store, catalog, name) for name in names]

    assert {place.review_id for place in found} == {review.review_id}


async def test_a_document_that_waits_for_nobody_has_no_review(workshop: Workshop, catalog: Catalog) -> None:
    document_id = await workshop.submit(SURE)

    with pytest.raises(UnknownReviewError, match="waits for no review: it is accepted"):
        await find_review(workshop.store, catalog, document_id)
    with pytest.raises(UnknownIdError):
        await find_review(workshop.store, catalog, "nothing-like-it")
