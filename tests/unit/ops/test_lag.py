from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from bus.protocol import Outgoing, Partition
from bus.sqlite import SqliteBus
from ops.lag import Look, lag
from schemas.documents import DocumentSubmitted

pytestmark = pytest.mark.anyio

TOPIC = DocumentSubmitted.event


def looking(meanwhile: Callable[[], Awaitable[None]], seconds: float = 2.0) -> Look:
    times = iter([100.0, 100.0 + seconds])
    return Look(meanwhile, lambda: next(times))


async def publish(bus: SqliteBus, count: int) -> None:
    await bus.publish([Outgoing(TOPIC, "one key", f"e{n}", b"x") for n in range(count)])


async def test_the_pace_of_an_agent_and_the_time_it_needs_are_seen_by_looking_twice(bus: SqliteBus) -> None:
    await publish(bus, 20)

    async def meanwhile() -> None:
        async with bus.consumer([TOPIC], "gatekeeper") as consumer:
            taken = await consumer.poll(10, 1.0)
            await consumer.commit({Partition(TOPIC, taken[-1].partition): taken[-1].offset + 1})

    found = {one.agent: one for one in await lag(bus, looking(meanwhile))}

    assert (found["gatekeeper"].unread, found["gatekeeper"].rate, found["gatekeeper"].seconds_left) == (
        10,
        5,
        2,
    )
    assert (found["catalog"].unread, found["catalog"].rate, found["catalog"].seconds_left) == (20, 0, None)
    assert (found["catalog"].oldest or datetime.now(UTC)).tzinfo is UTC


async def test_where_nothing_waits_nobody_is_made_to_wait(bus: SqliteBus) -> None:
    async def never() -> None:
        raise AssertionError("looked twice")

    assert await lag(bus, looking(never)) == ()
