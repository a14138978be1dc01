"""What a released decision leaves in the store for evals and fine-tuning."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ops.reviews.decide import load_review
from ops.reviews.file import read_decision
from review.queue.history import Wanted
from review.queue.lanes import LanePolicy
from review.queue.tasks import TaskState
from schemas.decided import Decision
from schemas.reviewed import ReviewedRecord, ReviewedState
from store.families import family_of
from store.memory import MemoryStore
from store.sealed import unsealed
from store.submissions import links
from store.verify import verify_document
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.review.api import Desk, corrected, open_desk

pytestmark = pytest.mark.anyio

AUDITED = LanePolicy(audit_rate=1.0, all_fields_share=0.0, double_share=0.0, blind_share=0.0)


def told(store: MemoryStore, document_id: str) -> list[ReviewedRecord]:
    folder = f"documents/{document_id}/reviewed/"
    return [
        ReviewedRecord.model_validate_json(unsealed(data))
        for key, data in sorted(store.objects.items())
        if key.startswith(folder)
    ]


async def test_a_correction_is_told_with_its_lane_its_probability_and_its_family(desk: Desk) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()
    await desk.decide(task, [corrected("8,50")], hard_case=True, hard_tag="handwriting", active_ms=4000)
    desk.clock.on(seconds=15)
    await desk.publisher.once()

    (record,) = told(desk.workshop.store, document_id)
    total = record.field("total")
    assert (record.lane, record.hard, record.hard_tag, record.active_ms) == (
        "routed", True, "handwriting", 4000,
    )  # fmt: skip
    assert (total.state, total.values, total.inclusion, total.ms) == (
        ReviewedState.CORRECTED, ("8.50",), 1.0, 900,
    )  # fmt: skip
    assert {one.state for one in record.fields if one.name != "total"} == {ReviewedState.NOT_REVIEWED}
    family = await family_of(desk.workshop.store, document_id)
    assert family is not None
    assert record.family == family.name == document_id
    assert (await verify_document(desk.workshop.store, document_id)).problems == ()
    day = f"reviewed/{record.reviewed_at.date()}/{record.decision_id}.json"
    assert day in await links(desk.workshop.store, document_id)


async def test_an_audit_that_changes_nothing_is_told_though_nobody_hears_of_it(folder: Path) -> None:
    async with open_desk(folder, policy=AUDITED) as desk:
        document_id = await desk.workshop.submit(SURE)
        task = await desk.claim()
        given = [{"path": one["path"], "action": "accept", "ms": 50} for one in task["fields"]]
        await desk.decide(task, given)
        desk.clock.on(seconds=15)

        assert await desk.publisher.once() == 0
        assert await desk.publisher.once() == 0

        (record,) = told(desk.workshop.store, document_id)
        assert record.lane == "audit"
        assert {one.state for one in record.fields} <= {ReviewedState.CONFIRMED, ReviewedState.ABSENT}
        assert {one.inclusion for one in record.fields} == {1.0}


async def test_a_field_that_nobody_asked_about_is_no_draw(desk: Desk) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()
    other = next(one["path"] for one in task["fields"] if one["path"] != "total")
    given = [corrected("8,50"), {"path": other, "action": "absent"}]
    assert (await desk.decide(task, given)).status_code == 200
    desk.clock.on(seconds=15)
    await desk.publisher.once()

    (record,) = told(desk.workshop.store, document_id)
    assert [one.name for one in record.fields if one.volunteered] == [other]


async def test_what_cannot_be_told_does_not_hold_a_decision_up(desk: Desk) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()
    await desk.decide(task, [corrected("8,50")])
    layouts = [k for k in desk.workshop.store.objects if "/artifacts/layout/" in k]
    lost = {key: desk.workshop.store.objects.pop(key) for key in layouts}
    desk.clock.on(seconds=15)

    assert await desk.publisher.once() == 1
    assert lost
    assert told(desk.workshop.store, document_id) == []


async def by_file(desk: Desk, document_id: str, content: object) -> Decision:
    request = desk.workshop.events("reviews.requested")[-1]
    review = await load_review(desk.workshop.store, document_id, request["run_id"], request["review_id"])
    decision = read_decision(json.dumps(content).encode(), review, reviewer="ann", now=desk.workshop.now())
    await desk.workshop.decide(decision)
    return decision


async def test_a_decision_handed_in_as_a_file_is_evidence_like_any_other(desk: Desk) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL)

    given = {"fields": {"total": "8,50"}, "other_fields": {"note": "by hand"}}
    decision = await by_file(desk, document_id, given)

    (record,) = told(desk.workshop.store, document_id)
    total, note = record.field("total"), record.field("note")
    assert (record.decision_id, record.lane, record.reviewer) == (decision.decision_id, "routed", "ann")
    assert (total.state, total.values, total.raws, total.inclusion, total.volunteered) == (
        ReviewedState.CORRECTED, ("8.50",), ("8,50",), 1.0, False,
    )  # fmt: skip
    assert (note.values, note.volunteered) == (("by hand",), True)
    assert record.field("shop").state is ReviewedState.NOT_REVIEWED
    assert record.active_ms is None
    assert (await verify_document(desk.workshop.store, document_id)).problems == ()


async def test_a_file_that_leaves_a_doubtful_value_confirms_it_where_it_stands(desk: Desk) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL)

    await by_file(desk, document_id, {"fields": {"total": "9.00"}})

    (record,) = told(desk.workshop.store, document_id)
    assert record.field("total").state is ReviewedState.CONFIRMED
    assert [span.quote for span in record.field("total").spans] == ["9.00"]


async def test_a_decision_that_comes_again_is_told_once(desk: Desk) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()
    await desk.decide(task, [corrected("8,50")], active_ms=4000)
    desk.clock.on(seconds=15)
    await desk.publisher.once()

    await desk.workshop.drive(desk.bus.sent)

    (record,) = told(desk.workshop.store, document_id)
    assert record.active_ms == 4000


async def test_what_a_file_says_of_a_record_that_is_gone_holds_nothing_up(desk: Desk) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL)
    request = desk.workshop.events("reviews.requested")[-1]
    review = await load_review(desk.workshop.store, document_id, request["run_id"], request["review_id"])
    decision = read_decision(
        b'{"fields": {"total": "8,50"}}', review, reviewer="ann", now=desk.workshop.now()
    )
    desk.workshop.handlers = tuple(one for one in desk.workshop.handlers if one.name == "review")
    del desk.workshop.store.objects[request["record"]["uri"]]

    await desk.workshop.decide(decision)

    assert told(desk.workshop.store, document_id) == []
    assert [one.task.state for one in await desk.queue.list_tasks(Wanted())] == [TaskState.CLOSED]


async def test_a_value_that_was_lifted_from_the_page_is_told_with_its_place(desk: Desk) -> None:
    document_id = await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()
    total = next(one for one in task["fields"] if one["path"] == "total")
    place = total["readings"][0]["evidence"][0]
    lifted = {**corrected("8,50"), "source": "lifted", "box": {"page": place["page"], **place["box"]}}
    assert (await desk.decide(task, [lifted])).status_code == 200
    desk.clock.on(seconds=15)
    await desk.publisher.once()

    (record,) = told(desk.workshop.store, document_id)
    assert [span.quote for span in record.field("total").spans] == ["9.00"]
