"""How the queue says it is doing, on every database: what waits, what was decided, and lists of tasks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from review.queue.choosing import Claimant
from review.queue.database import Database
from review.queue.figures import FRESH_SECONDS, Figures
from review.queue.history import Wanted
from review.queue.lanes import Lane
from review.queue.queue import ReviewQueue
from review.queue.tasks import TaskState
from tests.contract.review.conftest import NOW, Hand, handed, task

pytestmark = pytest.mark.anyio

ANNA = Claimant("anna")


async def decide(queue: ReviewQueue, *names: str) -> None:
    for name in names:
        _, lease = await queue.claim_one(ANNA, name)
        await queue.submit(handed(lease, "2.00"))


async def test_figures_are_reckoned_once_however_many_ask(
    queue: ReviewQueue, database: Database, clock: Hand
) -> None:
    figures = Figures(database, clock.seconds)
    await queue.enrol([task("a"), task("b")])
    before = await figures.newest()
    await queue.enrol([task("c")])

    assert await figures.newest() is before
    clock.on(seconds=FRESH_SECONDS)
    assert (await figures.newest())["waiting"][0]["waiting"] == 3


async def test_figures_that_were_kept_are_those_reckoned_anew(
    queue: ReviewQueue, database: Database, clock: Hand
) -> None:
    figures = Figures(database, clock.seconds)
    await queue.enrol([task(name) for name in "abcd"])
    await decide(queue, "a", "b")
    await figures.newest()
    await queue.undo("anna", "a")
    await decide(queue, "c")
    clock.on(seconds=FRESH_SECONDS)

    found = await figures.newest()

    assert found == await queue.stats()
    assert found["by_reviewer"]["anna"]["records"] == 2
    assert found["most_corrected"] == [{"queue": "invoice", "field": "total", "corrected": 2, "decided": 2}]
    clock.on(days=31)
    assert (await figures.newest())["decided"]["records"] == 0


async def test_what_waits_is_counted_by_queue_and_lane_with_what_is_late(queue: ReviewQueue) -> None:
    await queue.enrol(
        [
            task("a", requested_at=NOW - timedelta(hours=1)),
            task("b", due_at=NOW),
            task("c", lane=Lane.AUDIT, due_at=NOW - timedelta(days=1)),
        ]
    )

    assert [
        (one["lane"], one["waiting"], one["overdue"], one["oldest"])
        for one in (await queue.stats())["waiting"]
    ] == [
        ("audit", 1, 1, NOW.isoformat()),
        ("routed", 2, 1, (NOW - timedelta(hours=1)).isoformat()),
    ]


async def test_what_was_not_answered_in_time_is_told_by_lane_beside_what_was(queue: ReviewQueue) -> None:
    late = NOW - timedelta(days=1)
    await queue.enrol([task(f"a{n}", lane=Lane.AUDIT, due_at=late) for n in range(4)])
    await queue.enrol([task("r")])
    await decide(queue, "a0", "r")

    assert (await queue.stats())["non_response"] == [
        {"lane": "audit", "asked": 4, "unanswered": 3, "share": 0.75},
        {"lane": "routed", "asked": 1, "unanswered": 0, "share": 0.0},
    ]


@pytest.mark.parametrize(("second", "alike"), [("1.00", 1), ("2.00", 0)])
async def test_how_often_two_people_agree_is_counted_for_whoever_came_second(
    queue: ReviewQueue, clock: Hand, second: str, alike: int
) -> None:
    await queue.enrol([task("a"), task("double", lane=Lane.DOUBLE, run_id="run-a")])
    for who, name, total in (("anna", "a", "1.00"), ("bert", "double", second)):
        _, lease = await queue.claim_one(Claimant(who), name)
        await queue.submit(handed(lease, total))
    clock.on(seconds=15)
    await queue.release_due()

    found = await queue.stats()

    assert (found["decided"]["second_right"], found["decided"]["second_judged"]) == (alike, 1)
    assert found["by_reviewer"]["bert"]["second_judged"] == 1
    assert found["decided"]["gold_judged"] == 0


async def test_lists_come_page_by_page_in_order_over_lanes_and_states(queue: ReviewQueue) -> None:
    lanes = (Lane.ROUTED, Lane.AUDIT, Lane.DOUBLE)
    await queue.enrol([task(f"t{n}", lane=lanes[n % 3], rank=float(n // 2)) for n in range(8)])
    await decide(queue, "t3")
    seen: list[str] = []
    while page := await queue.list_tasks(Wanted(after=seen[-1] if seen else None, limit=3)):
        seen += [one.task.task_id for one in page]

    assert seen == ["t6", "t7", "t4", "t5", "t2", "t3", "t0", "t1"]


async def test_a_persons_list_holds_what_he_has_and_what_he_decided(queue: ReviewQueue, clock: Hand) -> None:
    await queue.enrol([task(name) for name in "abcd"])
    await decide(queue, "a", "b")
    clock.on(seconds=1)
    await queue.undo("anna", "b")
    await queue.claim_one(Claimant("bert"), "c")

    found = await queue.list_tasks(Wanted(holder="anna"))

    assert [(one.task.task_id, one.holder) for one in found] == [("b", "anna"), ("a", None)]
    waiting = await queue.list_tasks(Wanted(holder="anna", state=TaskState.OPEN))
    assert [one.task.task_id for one in waiting] == ["b"]


async def test_a_persons_list_begins_with_what_he_touched_last(queue: ReviewQueue, clock: Hand) -> None:
    await queue.enrol([task(f"t{n}", rank=float(n)) for n in range(7)])
    for name in ("t3", "t6", "t0", "t5"):
        await decide(queue, name)
        clock.on(seconds=1)
    seen: list[str] = []
    while page := await queue.list_tasks(Wanted(holder="anna", after=seen[-1] if seen else None, limit=3)):
        seen += [one.task.task_id for one in page]

    assert seen == ["t5", "t0", "t6", "t3"]


async def test_decisions_come_page_by_page_from_either_end(queue: ReviewQueue, clock: Hand) -> None:
    names = [f"t{n}" for n in range(5)]
    await queue.enrol([task(name) for name in names])
    for name in names[:3]:
        await decide(queue, name)
        clock.on(seconds=1)
    # Of one moment: told apart by their ids.
    await decide(queue, *names[3:])

    async def listed(*, newest: bool) -> list[str]:
        found: list[dict[str, Any]] = []
        while page := await queue.decisions(
            after=found[-1]["decision_id"] if found else None, limit=2, newest=newest
        ):
            found += page
        return [one["task_id"] for one in found]

    oldest = await listed(newest=False)
    assert oldest[:3] == names[:3]
    assert sorted(oldest) == names
    assert await listed(newest=True) == oldest[::-1]
