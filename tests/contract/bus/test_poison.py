"""What may have killed a worker is handled alone, and is a dead letter after its third death alone."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bus.poison import Marker, Session
from bus.protocol import Outgoing
from bus.worker import Solitude
from schemas.canonical import canonical_json
from schemas.handling import Delivery
from schemas.records import DeadLetterClass
from store import keys
from store.connect import connect as connect_store
from store.memory import MemoryStore, SimulatedCrash
from tests.clock import turns
from tests.contract.bus.faulty import FaultyBus
from tests.contract.bus.handlers import Scripted, hangs, passes_on
from tests.contract.bus.support import (
    AT,
    BRISK,
    NEXT,
    TOPIC,
    child,
    event,
    everything,
    finished,
    list_dead_letters,
    mourn,
    opened,
    running,
    until,
    worker,
)

pytestmark = pytest.mark.anyio


async def test_a_death_in_a_container_is_seen_although_every_worker_there_has_the_same_pid(url: str) -> None:
    store, marked = MemoryStore(), list[bool]()

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        marked.append(keys.poison_marker("reader", delivery.envelope.id) in store.objects)
        return []

    async with opened(url) as inner:
        bus = FaultyBus(inner)
        await bus.publish([event(0)])
        bus.fail("commit", "before", SimulatedCrash)
        with pytest.raises(SimulatedCrash):
            await worker(bus, Scripted(act), store).run(asyncio.Event())
        async with running(worker(bus, Scripted(act), store)):
            await finished(bus)

    assert marked == [False, True]


async def leave_session(store: MemoryStore, group: str = "reader", window: int = 4) -> None:
    """What a worker that was killed leaves behind in every partition."""
    session = canonical_json(Session(owner="the dead", window=window, since=AT))
    for number in range(16):
        await store.replace(keys.session(group, f"{TOPIC}-{number}"), session)


async def test_what_a_dead_owner_may_have_had_in_hand_is_handled_alone_in_the_process(url: str) -> None:
    active: Counter[str] = Counter()
    alone: list[bool] = []

    def counting(name: str, store: MemoryStore) -> Scripted:
        async def act(delivery: Delivery) -> Sequence[Outgoing]:
            active[name] += 1
            await turns()
            marked = keys.poison_marker(name, delivery.envelope.id) in store.objects
            if marked:
                alone.append(active.total() == 1)
            active[name] -= 1
            return []

        return Scripted(act, name=name)

    async with opened(url) as bus:
        store = MemoryStore()
        await leave_session(store, "one")
        await bus.publish([event(n) for n in range(60)])
        solitude = Solitude()
        first = worker(bus, counting("one", store), store, solitude=solitude)
        second = worker(bus, counting("two", store), store, solitude=solitude)
        async with running(first, second):
            await finished(bus, "one")
            await finished(bus, "two")

    # Four per partition were suspect, as many as the dead owner's window.
    assert len(alone) >= 8
    assert len(alone) % 4 == 0
    assert all(alone)
    assert not [key for key in store.objects if "/alone/" in key]


async def test_new_messages_after_a_death_are_not_suspect(url: str) -> None:
    marked: list[str] = []
    store = MemoryStore()

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        if keys.poison_marker("reader", delivery.envelope.id) in store.objects:
            marked.append(delivery.envelope.id)
        return []

    async with opened(url) as bus:
        await leave_session(store)
        await bus.publish([event(0)])
        async with running(worker(bus, Scripted(act), store)):
            await finished(bus)
            await bus.publish([event(n) for n in range(1, 20)])
            await finished(bus)

    assert marked == [event(0).event_id]


async def test_a_death_is_taken_back_when_the_message_alone_is_only_stopped(url: str) -> None:
    async with opened(url) as bus:
        store = MemoryStore()
        await leave_session(store)
        await bus.publish([event(0)])
        reader = Scripted(hangs)
        marker = keys.poison_marker("reader", event(0).event_id)
        async with running(worker(bus, reader, store, settings=replace(BRISK, drain=0.02))):
            await until(lambda: bool(reader.seen))
            while_alone = Marker.model_validate_json(store.objects[marker])

    assert while_alone.deaths == 1
    assert marker not in store.objects


async def test_the_third_death_alone_is_a_dead_letter_and_its_mark_goes(url: str) -> None:
    async with opened(url) as bus:
        store = MemoryStore()
        await leave_session(store)
        marker = keys.poison_marker("reader", event(0).event_id)
        await store.replace(marker, canonical_json(Marker(event_id=event(0).event_id, deaths=3)))
        await bus.publish([event(0), event(1)])
        reader = Scripted(passes_on)
        async with running(worker(bus, reader, store)):
            await finished(bus)
        (letter,) = [item.letter async for item in list_dead_letters(store)]

    assert reader.seen == [event(1).event_id]
    assert (letter.error_class, letter.attempts) == (DeadLetterClass.POISON, 3)
    assert marker not in store.objects


async def test_while_a_message_with_deaths_waits_the_ones_after_it_go_on(url: str) -> None:
    async with opened(url) as bus:
        store, marked = MemoryStore(), event(0, "one key per partition")
        await leave_session(store)
        marker = keys.poison_marker("reader", marked.event_id)
        await store.replace(marker, canonical_json(Marker(event_id=marked.event_id, deaths=1)))
        await bus.publish([marked, *(event(n) for n in range(1, 20))])
        reader = Scripted(passes_on)
        loop = worker(bus, reader, store, settings=replace(BRISK, calm=3600.0, window=32))
        async with running(loop):
            await until(lambda: loop.counters.handled == 19)
        left = (await bus.lag("reader", [TOPIC]))[TOPIC].unread
        again = Scripted(passes_on)
        async with running(worker(bus, again, store, settings=replace(BRISK, calm=0.0))):
            await finished(bus)

    assert marked.event_id not in reader.seen
    assert left >= 1
    assert marked.event_id in again.seen
    assert marker not in store.objects


@pytest.mark.slow
async def test_a_message_that_kills_its_process_is_dead_lettered_and_its_neighbours_are_not(
    url: str, tmp_path: Path
) -> None:
    store_url = f"file://{tmp_path}/objects"
    poison, starts = event(5).event_id, 0
    async with opened(url) as bus:
        await bus.publish([event(n) for n in range(12)])
        while (await bus.lag("reader", [TOPIC]))[TOPIC].unread:
            process = child("work", url, store_url, poison)
            starts += 1
            while process.poll() is None and (await bus.lag("reader", [TOPIC]))[TOPIC].unread:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            process.kill()
            await asyncio.to_thread(process.communicate)
            await mourn(url)
        letters = [item.letter async for item in list_dead_letters(connect_store(store_url))]
        answers = {record.body for record in await everything(bus, NEXT)}

    # Once among others, three times alone, and the start that dead-letters it.
    assert starts == 5
    assert [(letter.event_id, letter.error_class) for letter in letters] == [(poison, DeadLetterClass.POISON)]
    assert answers == {event(n).event_id.encode() for n in range(12) if n != 5}
