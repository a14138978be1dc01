"""A shadow, wherever its notes and its questions lie: people are asked once, and what they say decides."""

from __future__ import annotations

import pytest

from evals.registry.history import standings
from evals.shadow.keeping import Role, Verdict, begin, shadows_of
from review.queue.choosing import Claimant
from review.queue.lanes import Lane
from review.queue.queue import ReviewQueue
from tests.unit.evals.bench import Bench
from tests.unit.evals.street import decided, opened

pytestmark = pytest.mark.anyio


async def test_a_guard_asks_once_is_answered_and_takes_over(bench: Bench, queue: ReviewQueue) -> None:
    street = await opened(bench)
    street.queue = queue
    await street.publish(street.challenger, "bob")
    await street.publish(street.live, "ada")
    guard = await begin(street.store, street.shadow(role=Role.GUARD, budget=9))
    await decided(street, guard, "7.00", count=9)
    again = await street.look(guard)
    claimed = await queue.claim(Claimant("r1"), count=3)
    counted, ended = await street.settle(guard)

    assert again.read == 0
    assert [task.lane for task, _ in claimed] == [Lane.SHADOW] * 3
    assert (counted.fixes, counted.breaks) == (9, 0)
    assert ended is not None
    assert ended.verdict is Verdict.BETTER
    (now_live,) = await standings(street.store)
    assert now_live.bundle.digest == street.challenger.digest
    (kept,) = await shadows_of(street.store, "slip")
    assert kept.ended == ended
