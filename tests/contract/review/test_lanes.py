"""What the lanes promise, on every database: second readings, reserved shares, gold, skills."""

from __future__ import annotations

import pytest

from review.queue.choosing import Claimant
from review.queue.database import Database
from review.queue.errors import (
    ClaimedElsewhereError,
    OwnWorkError,
)
from review.queue.lanes import Lane, LanePolicy
from review.queue.queue import ReviewQueue
from tests.contract.review.conftest import ANNA, BERT, CARLA, Hand, claimed, handed, task

pytestmark = pytest.mark.anyio


async def test_nobody_gets_a_second_task_of_a_run_he_decided(queue: ReviewQueue) -> None:
    double = task("double", lane=Lane.DOUBLE, run_id="run-a", document_id="doc-a")
    await queue.enrol([task("a"), double])
    _, lease = await queue.claim_one(ANNA, "a")
    assert await queue.claim(ANNA) == []
    await queue.submit(handed(lease))

    assert await queue.claim(ANNA) == []
    with pytest.raises(ClaimedElsewhereError):
        await queue.claim_one(ANNA, "double")
    assert (await claimed(queue, BERT))[0].task_id == "double"


async def test_own_work_is_refused_at_the_last_moment_too(queue: ReviewQueue) -> None:
    await queue.enrol([task("a"), task("double", lane=Lane.DOUBLE, run_id="run-a")])
    _, one = await queue.claim_one(ANNA, "a")
    _, other = await queue.claim_one(ANNA, "double")
    await queue.submit(handed(one))

    with pytest.raises(OwnWorkError):
        await queue.submit(handed(other))


@pytest.mark.parametrize(("second", "asked"), [("1.00", None), ("2.00", ("total",))])
async def test_two_people_who_disagree_are_settled_by_a_third(
    queue: ReviewQueue, clock: Hand, second: str, asked: tuple[str, ...] | None
) -> None:
    await queue.enrol([task("a"), task("double", lane=Lane.DOUBLE, run_id="run-a", document_id="doc-a")])
    for who, name, total in ((ANNA, "a", "1.00"), (BERT, "double", second)):
        _, lease = await queue.claim_one(who, name)
        await queue.submit(handed(lease, total))
    clock.on(seconds=15)
    await queue.release_due()

    found = await queue.claim(CARLA)

    assert [one.asked for one, _ in found] == ([asked] if asked else [])
    assert await queue.claim(Claimant("anna", adjudicates=True)) == []
    assert await queue.claim(Claimant("dora")) == []
    for one, _ in found:
        sides = await queue.sides(one)
        assert [side["fields"][0]["after"] for side in sides] == [["1.00"], [second]]
        assert all("reviewer_id" not in side for side in sides)


async def test_only_the_first_of_two_decisions_is_published(queue: ReviewQueue, clock: Hand) -> None:
    await queue.enrol([task("a"), task("double", lane=Lane.DOUBLE, run_id="run-a")])
    _, lease = await queue.claim_one(ANNA, "a")
    first = await queue.submit(handed(lease))
    _, lease = await queue.claim_one(BERT, "double")
    await queue.submit(handed(lease, publishes=False))
    clock.on(seconds=15)
    await queue.release_due()

    told = await queue.to_publish()
    assert [one.decision_id for one in told if one.publishes] == [first.decision_id]
    assert len(told) == 2


async def test_reserved_lanes_do_not_starve(database: Database) -> None:
    queue = ReviewQueue(database, LanePolicy(quotas={Lane.AUDIT: 0.25}))
    await queue.enrol([task(f"r{number}", rank=9.0) for number in range(20)])
    await queue.enrol([task(f"a{number}", lane=Lane.AUDIT, rank=0.0) for number in range(9)])
    lanes = []
    for _ in range(12):
        found, lease = await claimed(queue, ANNA)
        lanes.append(found.lane)
        await queue.submit(handed(lease))

    assert lanes.count(Lane.AUDIT) == 3


async def test_gold_is_met_once_by_each_and_graded_and_never_published(
    database: Database, clock: Hand
) -> None:
    queue = ReviewQueue(database, LanePolicy(quotas={Lane.GOLD: 1.0}))
    await queue.enrol([task("a")])
    _, lease = await claimed(queue, ANNA)
    await queue.submit(handed(lease, "5.00"))
    clock.on(seconds=15)
    await queue.release_due()
    await queue.seed_gold("a", "admin")
    assert await queue.claim(ANNA) == []

    found, lease = await claimed(queue, BERT)
    await queue.submit(handed(lease, "6.00", publishes=False))
    clock.on(seconds=15)
    await queue.release_due()

    assert (found.lane, found.asked) == (Lane.GOLD, ("total",))
    assert await queue.claim(BERT) == []
    figures = (await queue.stats())["by_reviewer"]["bert"]
    assert (figures["gold_right"], figures["gold_judged"]) == (0, 1)
    told = await queue.to_publish()
    assert [one.publishes for one in told if one.task.lane is Lane.GOLD] == [False]


async def test_gold_that_somebody_holds_is_not_handed_out_to_him_again(
    database: Database, clock: Hand
) -> None:
    queue = ReviewQueue(database, LanePolicy(quotas={Lane.GOLD: 1.0}))
    await queue.enrol([task("a"), task("second", lane=Lane.DOUBLE, run_id="run-a")])
    _, lease = await queue.claim_one(ANNA, "a")
    await queue.submit(handed(lease))
    clock.on(seconds=15)
    await queue.release_due()
    await queue.seed_gold("a", "admin")

    found = await queue.claim(BERT, 3)

    assert [one.lane for one, _ in found] == [Lane.GOLD]
    assert await queue.claim(BERT, 3) == []
    with pytest.raises(ClaimedElsewhereError):
        await queue.claim_one(CARLA, found[0][0].task_id)


async def test_whoever_worked_while_a_lane_was_empty_owes_it_no_more_than_one(database: Database) -> None:
    queue = ReviewQueue(database, LanePolicy(quotas={Lane.AUDIT: 0.25}))
    await queue.enrol([task(f"r{number:02d}", rank=9.0) for number in range(60)])
    for _ in range(40):
        _, lease = await claimed(queue, ANNA)
        await queue.submit(handed(lease))
    await queue.enrol([task(f"a{number}", lane=Lane.AUDIT, rank=0.0) for number in range(9)])
    lanes = []
    for _ in range(8):
        found, lease = await claimed(queue, ANNA)
        lanes.append(found.lane)
        await queue.submit(handed(lease))

    assert lanes.count(Lane.AUDIT) == 2


async def test_retired_gold_is_handed_out_no_more(database: Database, clock: Hand) -> None:
    queue = ReviewQueue(database, LanePolicy(quotas={Lane.GOLD: 1.0}))
    await queue.enrol([task("a")])
    _, lease = await claimed(queue, ANNA)
    await queue.submit(handed(lease))
    clock.on(seconds=15)
    await queue.release_due()
    await queue.retire_gold(await queue.seed_gold("a", "admin"))

    assert await queue.claim(BERT) == []


async def test_people_get_work_of_their_skills_only(queue: ReviewQueue) -> None:
    await queue.enrol([task("lease", queue="lease", rank=9.0), task("invoice")])

    found = await queue.claim(Claimant("anna", queues=("invoice",)), 3)

    assert [one.task_id for one, _ in found] == ["invoice"]
