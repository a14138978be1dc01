"""Killed around any write, or given a message twice: nothing is lost, and the same bytes are said."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from bus.protocol import Outgoing
from schemas.handling import Delivery
from schemas.records import DeadLettered
from store.connect import connect as connect_store
from store.memory import MemoryStore, SimulatedCrash
from tests.clock import turns
from tests.contract.bus.faulty import FaultyBus
from tests.contract.bus.handlers import Scripted, passes_on, refuses, settling
from tests.contract.bus.support import (
    NEXT,
    TOPIC,
    child,
    dead_letters,
    event,
    everything,
    finished,
    list_dead_letters,
    mourn,
    opened,
    running,
    worker,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", ["create", "publish", "commit"])
async def test_a_crash_around_any_write_loses_nothing_and_repeats_the_same_bytes(
    url: str, call: str, moment: str
) -> None:
    async with opened(url) as inner:
        bus, store = FaultyBus(inner), MemoryStore()
        await bus.publish([event(n) for n in range(12)])
        if call == "create":
            store.fail("create", "outcomes", moment=moment, error=SimulatedCrash)  # type: ignore[arg-type]
        else:
            bus.fail(call, moment, SimulatedCrash)
        with pytest.raises(SimulatedCrash):
            await worker(bus, settling(store), store).run(asyncio.Event())
        async with running(worker(bus, settling(store), store)):
            await finished(bus)
        bodies = [record.body for record in await everything(bus, NEXT)]
        letters = [item async for item in list_dead_letters(store)]

    assert set(bodies) == {store.objects[f"outcomes/{event(n).event_id}"] for n in range(12)}
    assert letters == []


@pytest.mark.parametrize(
    ("call", "part", "moment"),
    [
        ("create", "dead_letters", "before"),
        ("create", "dead_letters", "after"),
        ("create", "links", "before"),
        ("publish", "", "before"),
        ("publish", "", "after"),
        ("commit", "", "before"),
    ],
)
async def test_a_crash_while_dead_lettering_leaves_one_object_and_equal_messages(
    url: str, call: str, part: str, moment: str
) -> None:
    async with opened(url) as inner:
        bus, store = FaultyBus(inner), MemoryStore()
        await bus.publish([event(0)])
        if call == "create":
            store.fail("create", part, moment=moment, error=SimulatedCrash)  # type: ignore[arg-type]
        else:
            bus.fail(call, moment, SimulatedCrash)
        with pytest.raises(SimulatedCrash):
            await worker(bus, Scripted(refuses), store).run(asyncio.Event())
        async with running(worker(bus, Scripted(refuses), store)):
            await finished(bus)
        told = {record.body for record in await dead_letters(bus)}
        kept = [item async for item in list_dead_letters(store)]

    assert len(kept) == len(told) == 1


async def test_a_message_published_twice_is_answered_with_the_same_bytes(url: str) -> None:
    async with opened(url) as bus:
        store = MemoryStore()
        await bus.publish([event(n) for n in (0, 1, 0, 2, 1, 0)])
        async with running(worker(bus, settling(store), store)):
            await finished(bus)
        bodies = [record.body for record in await everything(bus, NEXT)]

    assert len(bodies) == 6
    assert len(set(bodies)) == 3


async def test_messages_of_different_documents_may_finish_in_any_order(url: str) -> None:
    chance = random.Random(3)
    async with opened(url) as bus:
        store = MemoryStore()
        reader = settling(store)
        settle = reader.act

        async def dawdle(delivery: Delivery) -> Sequence[Outgoing]:
            await turns(chance.choice((1, 1, 10, 100)))
            return await settle(delivery)

        reader.act = dawdle
        order = [event(n) for n in range(60)]
        await bus.publish(order)
        async with running(worker(bus, reader, store)):
            await finished(bus)
        answers = await everything(bus, NEXT)

    assert {a.body for a in answers} == {store.objects[f"outcomes/{e.event_id}"] for e in order}
    assert len(answers) == 60


@pytest.mark.slow
async def test_killing_the_process_at_any_moment_loses_nothing(url: str, tmp_path: Path) -> None:
    store_url = f"file://{tmp_path}/objects"
    chance = random.Random(11)
    async with opened(url) as bus:
        await bus.publish([event(n) for n in range(40)])
        # As many kills as would condemn a message, had each met the same one.
        for _ in range(4):
            process = child("work", url, store_url)
            assert process.stdout is not None
            # Each line is a step of some message: begun, object written.
            for _ in range(chance.randrange(1, 14)):
                await asyncio.to_thread(process.stdout.readline)
            process.kill()
            await asyncio.to_thread(process.communicate)
            await mourn(url)
        killed_with = (await bus.lag("reader", [TOPIC]))[TOPIC].unread
        survivor = Scripted(passes_on)
        async with running(worker(bus, survivor, connect_store(store_url))):
            await finished(bus)
        answers = Counter((record.key, record.body) for record in await everything(bus, NEXT))
        letters = await everything(bus, DeadLettered.event)

    assert killed_with > 0
    assert letters == []
    assert set(answers) == {(event(n).key, event(n).event_id.encode()) for n in range(40)}
