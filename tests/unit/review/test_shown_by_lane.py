"""What each lane shows of a record, and what of its decisions is published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from review.queue.choosing import Claimant
from review.queue.history import Wanted
from review.queue.lanes import Lane, LanePolicy
from review.queue.tasks import TaskState
from review.sheet.view import AT_RANDOM, summary
from store.reviewed import reviewed_between
from tests.unit.agents.slips import DOUBTFUL, SURE
from tests.unit.review.api import EVERYTHING, FIELDS, Desk, open_desk

pytestmark = pytest.mark.anyio


async def test_what_a_reviewer_is_shown_does_not_tell_gold_and_audits_from_the_rest(folder: Path) -> None:
    policy = LanePolicy(
        audit_rate=1.0,
        all_fields_share=1.0,
        double_share=0.0,
        blind_share=0.0,
        quotas={Lane.AUDIT: 0.34, Lane.GOLD: 0.34},
    )
    async with open_desk(folder, policy=policy) as desk:
        await desk.workshop.submit(DOUBTFUL)
        task = await desk.claim()
        fields = [{"path": name, "action": "accept"} for name in ("shop", "total")]
        await desk.decide(task, [*fields, {"path": "note", "action": "absent"}])
        desk.clock.on(seconds=15)
        await desk.publisher.once()
        await desk.queue.seed_gold(task["task_id"], "admin")
        for number in range(4):
            await desk.workshop.submit(f"{DOUBTFUL}\n{number}")
            await desk.workshop.submit(f"{SURE}\n{number}".replace("9.00", f"{number + 1}.00"))

        bert = Claimant("bert", adjudicates=True)
        claimed = [task for _ in range(2) for task, _ in await desk.queue.claim(bert, 3)]
        shown = [summary(task) for task in claimed]

        assert {task.lane for task in claimed} == {Lane.ROUTED, Lane.AUDIT, Lane.GOLD}
        assert {tuple(one) for one in shown} == {tuple(shown[0])}
        assert {one["asked"] == list(FIELDS) for one in shown} == {True}
        waits = {task.lane: shown_as["requested_at"] for task, shown_as in zip(claimed, shown, strict=True)}
        assert waits[Lane.GOLD] in {
            one.task.requested_at.isoformat() for one in await desk.queue.list_tasks(Wanted(lane=Lane.ROUTED))
        }
        assert not {"lane", "due_at", "worth", "gold_id"} & set(shown[0])


async def test_a_review_that_asks_every_field_shows_its_doubts_no_more_than_an_audit_does(
    folder: Path,
) -> None:
    policy = LanePolicy(
        audit_rate=1.0, all_fields_share=1.0, double_share=0.0, blind_share=0.0, quotas={Lane.AUDIT: 0.5}
    )
    async with open_desk(folder, policy=policy) as desk:
        await desk.workshop.submit(DOUBTFUL)
        await desk.workshop.submit(SURE.replace("9.00", "4.00"))
        shown = [await desk.claim() for _ in range(2)]
        lanes = {one["task_id"]: (await desk.queue.task(one["task_id"])).lane for one in shown}

    assert set(lanes.values()) == {Lane.ROUTED, Lane.AUDIT}
    assert [one["reasons"] for one in shown] == [[], []]
    told = [
        [
            {name: value for name, value in field.items() if name not in ("readings", "alternatives")}
            for field in one["fields"]
        ]
        for one in shown
    ]
    assert told[0] == told[1]
    assert {reason for field in told[0] for reason in field["reasons"]} == {AT_RANDOM}


async def test_a_review_that_asks_what_is_in_doubt_says_why(desk: Desk) -> None:
    await desk.workshop.submit(DOUBTFUL)
    task = await desk.claim()

    reasons = {field["path"]: field["reasons"] for field in task["fields"]}
    assert reasons["total"]
    assert AT_RANDOM not in reasons["total"]


async def test_a_person_who_is_blind_sees_no_value(folder: Path) -> None:
    async with open_desk(folder, policy=EVERYTHING) as desk:
        await desk.workshop.submit(SURE)
        found = [one.task for one in await desk.queue.list_tasks(Wanted(lane=Lane.BLIND))]

        task = await desk.claim(task_id=found[0].task_id)

        assert task["asked"] == list(FIELDS)
        assert "9.00" not in str(task["fields"])
        assert "Bakery" not in str(task["fields"])


async def test_what_a_challenger_reads_otherwise_is_shown_empty_comes_first_and_publishes_nothing(
    folder: Path,
) -> None:
    async with open_desk(folder, policy=LanePolicy(audit_rate=1.0, quotas={Lane.SHADOW: 1.0})) as desk:
        await desk.workshop.submit(SURE)
        audit = (await desk.queue.list_tasks(Wanted(lane=Lane.AUDIT)))[0].task
        asked = replace(
            audit, task_id="shadow", lane=Lane.SHADOW, review_id="shadow", asked=("total",), rank=-9.0
        )
        await desk.queue.enrol([asked])

        task = await desk.claim()
        answer = await desk.decide(task, [{"path": "total", "action": "correct", "value": "8.00"}])
        desk.clock.on(seconds=15)

        assert task["task_id"] == "shadow"
        assert "9.00" not in str(task["fields"])
        assert answer.status_code == 200, answer.text
        assert await desk.publisher.once() == 0
        assert (await desk.queue.task("shadow")).state is TaskState.DONE


async def test_an_audit_that_changes_nothing_publishes_nothing(folder: Path) -> None:
    async with open_desk(folder, policy=EVERYTHING) as desk:
        await desk.workshop.submit(SURE)
        found = [one.task for one in await desk.queue.list_tasks(Wanted(lane=Lane.AUDIT))]
        task = await desk.claim(task_id=found[0].task_id)
        fields = [{"path": name, "action": "accept"} for name in task["asked"]]

        answer = await desk.decide(task, fields)
        desk.clock.on(seconds=15)

        assert answer.status_code == 200, answer.text
        assert await desk.publisher.once() == 0
        assert (await desk.queue.task(task["task_id"])).state is TaskState.DONE


async def test_an_audits_finding_corrects_the_standing_record(folder: Path) -> None:
    async with open_desk(folder, policy=EVERYTHING) as desk:
        document_id = await desk.workshop.submit(SURE)
        found = [one.task for one in await desk.queue.list_tasks(Wanted(lane=Lane.AUDIT))]
        task = await desk.claim(task_id=found[0].task_id)
        fields = [{"path": name, "action": "accept"} for name in ("shop", "note")]
        fields.append({"path": "total", "action": "correct", "value": "9.50"})
        await desk.decide(task, fields)
        desk.clock.on(seconds=15)

        assert await desk.publisher.once() == 1

        completed = desk.workshop.events("records.completed")
        assert [(one["record_id"], one["revision"]) for one in completed] == [
            (document_id, 1),
            (document_id, 2),
        ]
        record = await desk.workshop.read(completed[-1]["record"])
        assert [one["decision"] for one in record["fields"]].count("human") == 1


async def test_a_decision_another_beat_to_the_store_is_refused_said_and_kept_as_a_second_word(
    folder: Path,
) -> None:
    async with open_desk(folder) as desk:
        await desk.workshop.submit(DOUBTFUL)
        task = await desk.claim()
        known = await desk.queue.task(task["task_id"])
        await desk.decide(task, [{"path": "total", "action": "correct", "value": "8.00"}])
        other = (
            f'{{"decision_id":"other","review_id":"{known.review_id}","document_id":"{known.document_id}",'
            f'"run_id":"{known.run_id}","kind":"rejection","reviewer":"x","decided_at":"2026-11-21T00:00:00Z"}}'
        )
        key = f"documents/{known.document_id}/reviews/{known.review_id}.json"
        await desk.workshop.store.create(key, other.encode())
        desk.clock.on(seconds=15)

        assert await desk.publisher.once() == 0
        assert len((await desk.queue.stats())["refused"]) == 1
        assert await desk.publisher.once() == 0
        (said,) = await reviewed_between(desk.workshop.store, desk.clock.now.date(), desk.clock.now.date())
        assert (said.lane, said.field("total").values) == ("double", ("8.00",))
