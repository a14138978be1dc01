"""A store that is full says so itself: that is no message's fault, whatever it takes meanwhile."""

from __future__ import annotations

import pytest

from schemas.handling import Delivery
from store.memory import MemoryStore
from store.protocol import no_room
from tests.contract.bus.handlers import Scripted, calling
from tests.contract.bus.support import (
    BRISK,
    NEXT,
    event,
    everything,
    finished,
    list_dead_letters,
    opened,
    running,
    until,
    worker,
)

pytestmark = pytest.mark.anyio


async def test_a_store_without_room_costs_no_message_though_it_answers_others(url: str) -> None:
    bad, failures, room = event(0), 0, False

    def trouble(delivery: Delivery) -> Exception | None:
        nonlocal failures
        if room or delivery.envelope.id != bad.event_id:
            return None
        failures += 1
        return no_room("create", "documents/d/original")

    async with opened(url) as bus:
        await bus.publish([bad])
        store, others = MemoryStore(), 0
        loop = worker(bus, Scripted(calling("store.create", trouble)), store)
        async with running(loop):
            while others < 2 * BRISK.strikes:
                others, before = others + 1, failures
                await bus.publish([event(others)])
                await until(lambda: loop.counters.handled >= others and failures > before)  # noqa: B023
            room = True
            await finished(bus)
        letters = [item async for item in list_dead_letters(store)]
        answers = await everything(bus, NEXT)

    assert letters == []
    assert len(answers) == others + 1
