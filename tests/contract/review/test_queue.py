"""What the queue promises, on every database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from review.people.accounts import Accounts, Role
from review.queue.choosing import Claimant
from review.queue.database import Database, Transaction
from review.queue.errors import (
    ChangedError,
    ClaimedElsewhereError,
    DecidedElsewhereError,
    NotHeldError,
)
from review.queue.lanes import Lane, LanePolicy
from review.queue.queue import ReviewQueue
from review.queue.tasks import TaskState
from review.queue.together import COUNTED
from schemas.errors import TransientError
from tests.contract.review.conftest import ANNA, BERT, CARLA, NOW, Hand, claimed, handed, ref, task

pytestmark = pytest.mark.anyio


async def test_what_is_worth_most_comes_first_and_nothing_twice(queue: ReviewQueue) -> None:
    await queue.enrol([task("low", rank=1.0), task("high", rank=9.0), task("mid", rank=5.0)])

    ids = [(await claimed(queue, who))[0].task_id for who in (ANNA, BERT, CARLA)]

    assert ids == ["high", "mid", "low"]
    assert await queue.claim(Claimant("dora")) == []


async def test_an_overdue_task_comes_before_a_worthier_one(queue: ReviewQueue, clock: Hand) -> None:
    await queue.enrol(
        [task("worthy", rank=9.0), task("late", rank=1.0, due_at=clock.now - timedelta(hours=1))]
    )

    found, _ = await claimed(queue, ANNA)

    assert found.task_id == "late"


async def test_enrolling_again_changes_nothing(queue: ReviewQueue) -> None:
    await queue.enrol([task("a")])
    _, lease = await claimed(queue, ANNA)
    await queue.submit(handed(lease))

    await queue.enrol([task("a")])

    assert (await queue.task("a")).state is TaskState.HELD


async def test_people_who_claim_at_once_never_get_the_same_task(queue: ReviewQueue) -> None:
    await queue.enrol([task(f"t{number:02d}") for number in range(12)])
    people = [Claimant(f"p{number}") for number in range(6)]

    async with asyncio.TaskGroup() as group:
        rounds = [group.create_task(queue.claim(who, 3)) for who in people]
    ids = [found.task_id for one in rounds for found, _ in one.result()]

    assert len(ids) == len(set(ids)) == 12


async def test_a_lease_that_ended_lets_somebody_else_claim_and_drafts_survive(
    queue: ReviewQueue, clock: Hand
) -> None:
    await queue.enrol([task("a")])
    await claimed(queue, ANNA)
    await queue.save_draft("anna", "a", {"total": "2.00"})
    assert await queue.claim(BERT) == []

    clock.on(minutes=31)
    found, _ = await claimed(queue, BERT)

    assert found.task_id == "a"
    assert await queue.draft("anna", "a") == {"total": "2.00"}


async def test_heartbeats_keep_a_lease_and_end_with_it(queue: ReviewQueue, clock: Hand) -> None:
    await queue.enrol([task("a")])
    _, lease = await claimed(queue, ANNA)
    for _ in range(8):
        clock.on(minutes=4)
        await queue.heartbeat("anna", "a", lease.token)
    assert await queue.claim(BERT) == []

    clock.on(minutes=6)
    await claimed(queue, BERT)

    with pytest.raises(NotHeldError):
        await queue.heartbeat("anna", "a", lease.token)


async def test_a_prefetched_task_is_kept_two_minutes_unless_work_on_it_begins(
    queue: ReviewQueue, clock: Hand
) -> None:
    await queue.enrol([task("a", rank=3.0), task("b", rank=2.0), task("c", rank=1.0)])
    first, second, third = await queue.claim(ANNA, 3)
    assert [lease.soft for _, lease in (first, second, third)] == [False, True, True]
    await queue.heartbeat("anna", "b", second[1].token)

    clock.on(minutes=3)

    assert [found.task_id for found, _ in await queue.claim(BERT, 3)] == ["c"]


async def test_nobody_holds_more_tasks_than_allowed(database: Database) -> None:
    queue = ReviewQueue(database, LanePolicy(quotas={}, most_held=2))
    await queue.enrol([task(f"t{number}") for number in range(5)])

    assert len(await queue.claim(ANNA, 3)) == 2
    assert await queue.claim(ANNA, 3) == []


async def test_a_task_given_back_is_free_at_once(queue: ReviewQueue) -> None:
    await queue.enrol([task("a")])
    _, lease = await claimed(queue, ANNA)

    await queue.give_back("anna", "a", lease.token)

    assert (await claimed(queue, BERT))[0].task_id == "a"
    with pytest.raises(NotHeldError):
        await queue.give_back("anna", "a", lease.token)


async def test_whoever_gave_a_task_back_is_handed_others_first_if_he_asks_so(queue: ReviewQueue) -> None:
    await queue.enrol([task("a"), task("b")])
    first, lease = await claimed(queue, ANNA)
    await queue.give_back("anna", first.task_id, lease.token)
    without = replace(ANNA, but=(first.task_id,))

    (other, _), *rest = await queue.claim(without, 2)

    assert {first.task_id, other.task_id} == {"a", "b"}
    assert rest == []
    assert (await claimed(queue, ANNA))[0].task_id == first.task_id


@pytest.mark.parametrize(("took", "lasts"), [((), 5), ((300_000,), 15), ((300_000,) * 19 + (900_000,), 15)])
async def test_a_lease_lasts_three_times_what_all_but_the_slowest_twentieth_took(
    queue: ReviewQueue, clock: Hand, took: tuple[int, ...], lasts: int
) -> None:
    for number, ms in enumerate(took):
        await queue.enrol([task(f"done{number}")])
        _, lease = await claimed(queue, Claimant(f"p{number}"))
        await queue.submit(handed(lease, active_ms=ms))
    await queue.enrol([task("next")])

    _, lease = await claimed(queue, ANNA)

    assert lease.until - clock.now == timedelta(minutes=lasts)


async def test_what_is_rehearsed_is_handed_out_to_nobody(queue: ReviewQueue) -> None:
    await queue.enrol([task(f"t{number}") for number in range(12)])

    await queue.rehearse()

    assert len(await queue.claim(ANNA, 12)) == queue.policy.most_held


async def test_a_rehearsal_that_the_database_does_not_take_keeps_nobody_from_serving(
    queue: ReviewQueue,
) -> None:
    tried = 0

    def breaks(tx: Transaction) -> None:
        del tx
        nonlocal tried
        tried += 1
        raise TransientError("the database does not answer", target="catalog")

    await queue.database.rehearse(breaks)
    await queue.enrol([task("a")])

    assert tried
    assert (await claimed(queue, ANNA))[0].task_id == "a"


async def test_late_work_is_accepted_while_nobody_else_claimed(queue: ReviewQueue, clock: Hand) -> None:
    await queue.enrol([task("a")])
    _, lease = await claimed(queue, ANNA)

    clock.on(hours=5)
    receipt = await queue.submit(handed(lease))

    assert not receipt.again
    assert (await queue.task("a")).decided_by == "anna"


async def test_late_work_is_refused_once_somebody_else_claimed(queue: ReviewQueue, clock: Hand) -> None:
    await queue.enrol([task("a")])
    _, lease = await claimed(queue, ANNA)
    clock.on(hours=5)
    await claimed(queue, BERT)

    with pytest.raises(ClaimedElsewhereError):
        await queue.submit(handed(lease))


async def test_a_newer_run_closes_routed_tasks_and_leaves_audits_open(queue: ReviewQueue) -> None:
    audit = task("audit", lane=Lane.AUDIT, document_id="doc-a", run_id="run-a")
    await queue.enrol([task("a"), audit])
    _, lease = await queue.claim_one(ANNA, "a")
    await queue.save_draft("anna", "a", {"total": "3.00"})

    assert await queue.supersede("doc-a", 2) == 1

    with pytest.raises(DecidedElsewhereError):
        await queue.submit(handed(lease))
    assert await queue.draft("anna", "a") == {"total": "3.00"}
    assert (await queue.task("audit")).state is TaskState.OPEN


async def test_a_held_decision_of_a_superseded_run_is_released_or_closes_when_undone(
    queue: ReviewQueue, clock: Hand
) -> None:
    await queue.enrol([task("a"), task("b")])
    for name in ("a", "b"):
        _, lease = await queue.claim_one(ANNA, name)
        await queue.submit(handed(lease))
        await queue.supersede(f"doc-{name}", 2)

    found, lease_again = await queue.undo("anna", "a")
    clock.on(seconds=15)

    assert (found.state, lease_again) == (TaskState.CLOSED, None)
    assert len(await queue.release_due()) == 1


async def test_a_review_decided_without_the_queue_closes_its_task(queue: ReviewQueue) -> None:
    await queue.enrol([task("a")])

    assert await queue.decided_outside("review-a", "somebody-elses", "run-a") == 1

    assert (await queue.task("a")).closed_because == "decided_outside"


async def test_whoever_decided_without_the_queue_gets_no_second_look_at_the_run(
    queue: ReviewQueue, database: Database
) -> None:
    anna = await Accounts(database).add("anna", (Role.REVIEWER,))
    await queue.enrol([task("a"), task("double", lane=Lane.DOUBLE, run_id="run-a")])

    for _ in range(2):
        await queue.decided_outside("review-a", "somebody-elses", "run-a", "anna")

    assert await queue.claim(Claimant(anna)) == []
    assert (await claimed(queue, BERT))[0].task_id == "double"


async def test_a_record_that_changed_is_seen_before_a_decision_is_laid_over_it(queue: ReviewQueue) -> None:
    await queue.enrol([task("a")])
    _, lease = await claimed(queue, ANNA)
    assert await queue.revised("doc-a", ref("newer")) == 1
    assert await queue.revised("doc-a", ref("newer")) == 0

    with pytest.raises(ChangedError):
        await queue.submit(handed(lease))

    assert not (await queue.submit(handed(lease, version=2))).again


async def test_looking_at_what_comes_next_tells_it_of_every_lane_and_gives_nothing_away(
    queue: ReviewQueue, clock: Hand
) -> None:
    late = clock.now - timedelta(hours=1)
    await queue.enrol([task(f"t{number}", rank=float(number)) for number in range(5)])
    await queue.enrol([task("late", due_at=late), task("audit", lane=Lane.AUDIT)])
    (held, _) = await claimed(queue, BERT)

    found = [one.task_id for one in await queue.upcoming(ANNA, 2)]

    assert (held.task_id, found) == ("late", ["t4", "t3", "audit"])
    assert (await claimed(queue, CARLA))[0].task_id == "t4"


async def test_of_very_many_tasks_that_ask_the_same_only_some_are_counted(queue: ReviewQueue) -> None:
    await queue.enrol([task(f"t{number:03}", alike="same") for number in range(COUNTED + 5)])
    found, _ = await claimed(queue, ANNA)

    told = await queue.around(ANNA, [found])

    assert told.alike == {found.task_id: COUNTED}


async def test_tasks_that_ask_the_same_are_handed_out_in_the_order_in_which_they_came(
    queue: ReviewQueue,
) -> None:
    names = ("first", "c", "a", "b")
    await queue.enrol(
        [
            task(name, alike="same", rank=9.0 - number, requested_at=NOW + timedelta(minutes=number))
            for number, name in enumerate(names)
        ]
    )
    found, _ = await claimed(queue, ANNA)

    others = await queue.claim_alike(ANNA, found.task_id, 2)

    assert [one.task_id for one, _ in others] == ["c", "a"]
