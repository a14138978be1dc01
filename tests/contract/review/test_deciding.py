"""What becomes of decisions, on every database: replayed, released, undone."""

from __future__ import annotations

import asyncio

import pytest

from review.queue.choosing import Claimant
from review.queue.errors import (
    ReusedKeyError,
    TooLateError,
    UndoneError,
)
from review.queue.queue import ReviewQueue
from review.queue.tasks import TaskState
from tests.contract.review.conftest import ANNA, BERT, Hand, claimed, handed, task

pytestmark = pytest.mark.anyio


async def test_a_replayed_submit_is_the_same_decision_and_another_under_its_key_is_refused(
    queue: ReviewQueue,
) -> None:
    await queue.enrol([task("a")])
    _, lease = await claimed(queue, ANNA)
    first = await queue.submit(handed(lease))

    second = await queue.submit(handed(lease))

    assert (second.decision_id, second.again) == (first.decision_id, True)
    assert len(await queue.decisions(task_id="a")) == 1
    with pytest.raises(ReusedKeyError):
        await queue.submit(handed(lease, "9.99"))


async def test_a_key_that_comes_with_the_same_words_for_another_task_is_refused(queue: ReviewQueue) -> None:
    await queue.enrol([task("a"), task("b")])
    for name in ("a", "b"):
        _, lease = await queue.claim_one(ANNA, name)
        if name == "a":
            await queue.submit(handed(lease, idempotency_key="once"))

    with pytest.raises(ReusedKeyError):
        await queue.submit(handed(lease, idempotency_key="once"))
    with pytest.raises(ReusedKeyError):
        await queue.to_decide("anna", "once", "b", "1.00", overseer=True)

    assert (await queue.task("b")).state is TaskState.OPEN


async def test_the_same_submit_many_times_at_once_is_one_decision(queue: ReviewQueue) -> None:
    await queue.enrol([task("a")])
    _, lease = await claimed(queue, ANNA)

    async with asyncio.TaskGroup() as group:
        sent = [group.create_task(queue.submit(handed(lease))) for _ in range(5)]

    assert len({one.result().decision_id for one in sent}) == 1
    assert len(await queue.decisions(task_id="a")) == 1


async def test_a_decision_is_released_after_its_time_and_published_once_noted(
    queue: ReviewQueue, clock: Hand
) -> None:
    await queue.enrol([task("a")])
    _, lease = await claimed(queue, ANNA)
    receipt = await queue.submit(handed(lease))
    assert await queue.release_due() == []

    clock.on(seconds=15)

    assert await queue.release_due() == [receipt.decision_id]
    assert [one.decision_id for one in await queue.to_publish()] == [receipt.decision_id]
    await queue.published(receipt.decision_id)
    assert await queue.to_publish() == []
    assert (await queue.task("a")).state is TaskState.DONE


async def test_undo_gives_the_task_back_with_what_was_sent_as_the_draft(
    queue: ReviewQueue, clock: Hand
) -> None:
    await queue.enrol([task("a")])
    _, lease = await claimed(queue, ANNA)
    await queue.submit(handed(lease, "7.00"))

    found, again = await queue.undo("anna", "a")
    clock.on(minutes=1)

    assert again is not None
    assert await queue.draft("anna", "a") == {"total": "7.00"}
    assert await queue.release_due() == []
    receipt = await queue.submit(handed(again, "8.00", version=found.version))
    clock.on(seconds=15)
    assert await queue.release_due() == [receipt.decision_id]


async def test_a_submit_that_comes_again_after_its_undo_is_told_so_and_decides_nothing(
    queue: ReviewQueue,
) -> None:
    await queue.enrol([task("a")])
    _, lease = await claimed(queue, ANNA)
    await queue.submit(handed(lease))
    found, again = await queue.undo("anna", "a")

    with pytest.raises(UndoneError):
        await queue.submit(handed(lease))
    with pytest.raises(UndoneError):
        await queue.to_decide("anna", handed(lease).idempotency_key, "a", "1.00", overseer=False)

    assert (await queue.task("a")).state is TaskState.OPEN
    assert again is not None
    assert not (await queue.submit(handed(again, version=found.version))).again


async def test_of_undo_and_release_exactly_one_wins(queue: ReviewQueue, clock: Hand) -> None:
    names = [f"t{number}" for number in range(8)]
    await queue.enrol([task(name) for name in names])
    people = {}
    for name in names:
        who = Claimant(f"p-{name}")
        found, lease = await queue.claim_one(who, name)
        people[name] = (who.reviewer_id, (await queue.submit(handed(lease))).decision_id)
        assert found.task_id == name
    clock.on(seconds=15)

    async def undone(name: str) -> bool:
        try:
            await queue.undo(people[name][0], name)
        except TooLateError:
            return False
        return True

    async with asyncio.TaskGroup() as group:
        back = {name: group.create_task(undone(name)) for name in names}
        out = [group.create_task(queue.release_due()) for _ in range(3)]
    released = [one for batch in out for one in batch.result()]

    assert sorted(released) == sorted(people[name][1] for name in names if not back[name].result())


async def test_a_released_decision_cannot_be_undone(queue: ReviewQueue, clock: Hand) -> None:
    await queue.enrol([task("a")])
    _, lease = await claimed(queue, ANNA)
    await queue.submit(handed(lease))
    clock.on(seconds=15)
    await queue.release_due()

    with pytest.raises(TooLateError):
        await queue.undo("anna", "a")


async def test_nobody_undoes_what_another_decided(queue: ReviewQueue) -> None:
    await queue.enrol([task("a")])
    _, lease = await claimed(queue, ANNA)
    await queue.submit(handed(lease))

    with pytest.raises(TooLateError):
        await queue.undo("bert", "a")


async def test_a_clock_that_goes_backwards_loses_and_doubles_nothing(queue: ReviewQueue, clock: Hand) -> None:
    await queue.enrol([task("a"), task("b")])
    ((_, lease),) = await queue.claim(ANNA)
    clock.on(hours=-1)

    ((other, later),) = await queue.claim(BERT)
    assert other.task_id == "b"
    await queue.heartbeat("anna", lease.task_id, lease.token)
    first = await queue.submit(handed(lease))
    assert (await queue.submit(handed(lease))).again
    await queue.submit(handed(later))
    assert (first.release_at - await queue.now()) == queue.policy.release_after
    clock.on(seconds=-30)
    assert await queue.release_due() == []
    await queue.undo("bert", "b")
    clock.on(seconds=45)

    assert await queue.release_due() == [first.decision_id]
