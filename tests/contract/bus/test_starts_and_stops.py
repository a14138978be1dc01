"""A worker that starts or stops while what it needs is down."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bus.breaker import Breakers
from bus.protocol import Outgoing
from schemas.errors import TransientError
from schemas.handling import Delivery
from store.memory import MemoryStore
from tests.contract.bus.faulty import FaultyBus, bus_down
from tests.contract.bus.handlers import Scripted, passes_on
from tests.contract.bus.support import (
    BRISK,
    CEILING,
    NEXT,
    QUICK_BREAKER,
    TOPIC,
    event,
    everything,
    finished,
    opened,
    running,
    until,
    worker,
)

pytestmark = pytest.mark.anyio


async def test_a_stop_while_a_target_is_down_does_not_wait_for_it(url: str) -> None:
    async def fails(_: Delivery) -> Sequence[Outgoing]:
        raise TransientError("overloaded", target="model:m")

    async with opened(url) as bus:
        await bus.publish([event(0)])
        loop = worker(bus, Scripted(fails), settings=replace(BRISK, drain=3600.0))
        async with running(loop):
            await until(lambda: loop.counters.parked == 1)

        assert (await bus.lag("reader", [TOPIC]))[TOPIC].unread == 1


async def test_while_the_store_is_down_at_the_start_nothing_is_begun_and_a_stop_is_heeded(url: str) -> None:
    def down() -> BaseException:
        return TransientError("the store answered 503", target="store")

    async with opened(url) as bus:
        await bus.publish([event(0)])
        store, reader = MemoryStore(), Scripted(passes_on)
        store.fail("fetch", "sessions", error=down, times=10**6)
        breakers = Breakers(QUICK_BREAKER)
        async with asyncio.timeout(CEILING), running(worker(bus, reader, store, breakers=breakers)):
            await until(lambda: bool(breakers.statuses) and breakers.statuses[0].failures >= 3)
        begun = list(reader.seen)
        async with running(worker(bus, reader, MemoryStore())):
            await finished(bus)

    assert begun == []
    assert reader.seen == [event(0).event_id]


async def test_a_stop_does_not_hang_on_a_store_that_does(url: str) -> None:
    class Hanging(MemoryStore):
        async def delete(self, key: str) -> None:
            await asyncio.Event().wait()

    async with opened(url) as bus:
        await bus.publish([event(0)])
        store = Hanging()
        async with asyncio.timeout(CEILING), running(worker(bus, Scripted(passes_on), store)):
            await finished(bus)

    assert [key for key in store.objects if key.startswith("sessions/")]


async def test_a_worker_that_starts_while_the_bus_is_down_joins_once_it_answers(url: str) -> None:
    async with opened(url) as inner:
        bus, breakers = FaultyBus(inner), Breakers(QUICK_BREAKER)
        await bus.publish([event(n) for n in range(5)])
        bus.fail("join", "before", bus_down, times=20)
        async with running(worker(bus, Scripted(passes_on), breakers=breakers)):
            await until(lambda: bool(breakers.statuses) and breakers.statuses[0].failures >= 3)
            await finished(bus)
        answers = await everything(bus, NEXT)

    assert len(answers) == 5


async def test_a_stop_is_heeded_by_a_worker_that_never_got_into_its_group(url: str) -> None:
    async with opened(url) as inner:
        bus, breakers = FaultyBus(inner), Breakers(QUICK_BREAKER)
        await bus.publish([event(0)])
        bus.fail("join", "before", bus_down, times=10**4)
        reader = Scripted(passes_on)
        async with asyncio.timeout(CEILING), running(worker(bus, reader, breakers=breakers)):
            await until(lambda: bool(breakers.statuses) and breakers.statuses[0].failures >= 3)
        left = (await inner.lag("reader", [TOPIC]))[TOPIC].unread

    assert (bus.polls, reader.seen, left) == (0, [], 1)
