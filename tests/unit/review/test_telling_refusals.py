"""What a decision that nothing read of a document is right leaves in the store for estimates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agents.bundles import PinnedParts
from evals.gathering import gather
from ops.reviews.decide import load_review
from ops.reviews.file import read_decision
from review.pipeline.telling import tell
from review.queue.lanes import Lane, LanePolicy
from review.sheet.content import Contents
from schemas.reviewed import ReviewedRecord, ReviewedState
from store.reviewed import reviewed_between
from store.verify import verify_document
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.review.api import Desk, open_desk
from tests.unit.review.test_telling import told

pytestmark = pytest.mark.anyio

AUDITED = LanePolicy(audit_rate=1.0, all_fields_share=0.0, double_share=0.0, blind_share=0.0)
NOT_A_SLIP = {"kind": "rejection", "comment": "not a slip at all"}


def refused(record: ReviewedRecord) -> tuple[str, float | None, set[ReviewedState]]:
    return record.lane, record.refused, {one.state for one in record.fields}


async def test_an_audit_that_rejects_a_document_is_told_as_one_of_which_nothing_is_right(
    folder: Path,
) -> None:
    async with open_desk(folder, policy=AUDITED) as desk:
        document_id = await desk.workshop.submit(SURE)
        assert (await desk.decide(await desk.claim(), [], **NOT_A_SLIP)).status_code == 200
        desk.clock.on(seconds=15)
        await desk.publisher.once()

        (record,) = told(desk.workshop.store, document_id)
        assert refused(record) == ("audit", 1.0, {ReviewedState.NOT_REVIEWED})
        assert (await verify_document(desk.workshop.store, document_id)).problems == ()
        day = record.reviewed_at.date()
        assert await reviewed_between(desk.workshop.store, day, day) == []
        assert (await gather(desk.workshop.store, day, day)).records == (record,)


async def test_whoever_is_asked_one_field_and_rejects_the_document_speaks_of_all_of_it(desk: Desk) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL)
    assert (await desk.decide(await desk.claim(), [], **NOT_A_SLIP)).status_code == 200
    desk.clock.on(seconds=15)
    await desk.publisher.once()

    (record,) = told(desk.workshop.store, document_id)
    assert refused(record) == ("routed", 1.0, {ReviewedState.NOT_REVIEWED})


async def test_a_rejection_handed_in_as_a_file_is_told_as_well(desk: Desk) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL)
    request = desk.workshop.events("reviews.requested")[-1]
    review = await load_review(desk.workshop.store, document_id, request["run_id"], request["review_id"])
    decision = read_decision(b'{"reject": true}', review, reviewer="ann", now=desk.workshop.now())
    await desk.workshop.decide(decision)

    (record,) = told(desk.workshop.store, document_id)
    assert (record.decision_id, record.reviewer) == (decision.decision_id, "ann")
    assert refused(record) == ("routed", 1.0, {ReviewedState.NOT_REVIEWED})


async def test_a_second_person_who_rejects_a_document_only_measures(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    assert (await desk.decide(await desk.claim(), [], **NOT_A_SLIP)).status_code == 200
    desk.clock.on(seconds=15)
    await desk.queue.release_due()
    (released,) = await desk.queue.to_publish()
    store = desk.workshop.store
    contents = Contents(store, PinnedParts())
    second = replace(released, task=replace(released.task, lane=Lane.DOUBLE))

    assert await tell(store, contents, second) is None
    assert await tell(store, contents, released) is not None


async def test_a_decision_on_a_type_that_was_in_doubt_finds_nothing_wrong(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    assert (await desk.decide(await desk.claim(), [], **NOT_A_SLIP)).status_code == 200
    desk.clock.on(seconds=15)
    await desk.queue.release_due()
    (released,) = await desk.queue.to_publish()
    unasked = replace(released, task=replace(released.task, asked=()))

    assert await tell(desk.workshop.store, Contents(desk.workshop.store, PinnedParts()), unasked) is None
