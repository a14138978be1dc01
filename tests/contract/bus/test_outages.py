"""While a target is down the worker loop waits: nothing is lost, nothing is a dead letter for it."""

from __future__ import annotations

import asyncio
from binascii import crc32
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace

import pytest

from bus.breaker import Breakers, BreakerState
from bus.poison import Session
from bus.protocol import Outgoing
from bus.worker import Solitude
from schemas.canonical import canonical_json
from schemas.errors import TransientError
from schemas.handling import Delivery
from schemas.records import DeadLetterClass
from store import keys
from store.memory import MemoryStore
from tests.contract.bus.faulty import FaultyBus, bus_down
from tests.contract.bus.handlers import Scripted, answer, calling, passes_on, settling
from tests.contract.bus.support import (
    AT,
    BRISK,
    CEILING,
    NEXT,
    QUICK_BREAKER,
    TOPIC,
    TOPIC_SETTINGS,
    dead_letters,
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


def always_fails(bad: Outgoing) -> Callable[[Delivery], Awaitable[Sequence[Outgoing]]]:
    """Answer every message but ``bad``, for which the model never answers."""

    def trouble(delivery: Delivery) -> Exception | None:
        hit = delivery.envelope.id == bad.event_id
        return TransientError("this page always times out", target="model:m") if hit else None

    return calling("model.complete", trouble)


async def test_while_the_store_is_down_messages_wait_and_none_is_dead_lettered(url: str) -> None:
    store, breakers, down = MemoryStore(), Breakers(QUICK_BREAKER), True
    act = calling(
        "store.create", lambda _: TransientError("the store answered 503", target="store") if down else None
    )

    async with opened(url) as bus:
        await bus.publish([event(n) for n in range(40)])
        reader = Scripted(act)
        loop = worker(bus, reader, store, breakers=breakers)
        async with running(loop):
            await until(lambda: loop.counters.parked == BRISK.window)
            (status,) = breakers.statuses
            await until(lambda: breakers.statuses[0].failures >= 4)
            begun = len(set(reader.seen))
            down = False
            await finished(bus)
        letters = [item async for item in list_dead_letters(store)]
        answers = {record.body for record in await everything(bus, NEXT)}

    assert (status.target, status.reason) == ("store", "the store answered 503")
    assert status.state is not BreakerState.CLOSED
    assert begun == BRISK.window
    assert letters == []
    assert answers == {event(n).event_id.encode() for n in range(40)}
    assert [s.state for s in breakers.statuses] == [BreakerState.CLOSED]


async def test_a_handler_that_fails_outside_of_the_retry_owner_is_parked_as_well(url: str) -> None:
    down = True

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        if down:
            raise TransientError("the store answered 503", target="store")
        return [answer(delivery)]

    async with opened(url) as bus:
        await bus.publish([event(n) for n in range(20)])
        store, breakers = MemoryStore(), Breakers(QUICK_BREAKER)
        async with running(worker(bus, Scripted(act), store, breakers=breakers)):
            await until(lambda: bool(breakers.statuses) and breakers.statuses[0].failures >= 4)
            down = False
            await finished(bus)
        answers = await everything(bus, NEXT)

    assert len(answers) == 20
    assert not store.objects


async def test_the_deadline_stands_still_while_a_message_waits_behind_a_breaker(url: str) -> None:
    down = True
    act = calling(
        "model.complete", lambda _: TransientError("overloaded", target="model:m") if down else None
    )

    async with opened(url) as bus:
        await bus.publish([event(0)])
        store, breakers = MemoryStore(), Breakers(QUICK_BREAKER)
        settings = replace(BRISK, deadline=0.15)
        loop = worker(bus, Scripted(act), store, settings=settings, breakers=breakers)
        async with running(loop):
            await until(lambda: bool(breakers.statuses) and breakers.statuses[0].failures >= 8)
            down = False
            await finished(bus)
        answers = await everything(bus, NEXT)

    # Eight probes take more than 0.3 s: 0.02 + 0.04 + 6 times 0.05.
    assert [a.body.decode() for a in answers] == [event(0).event_id]


async def test_a_message_that_fails_while_its_target_answers_others_is_exhausted_in_the_end(url: str) -> None:
    bad = event(0)
    act = always_fails(bad)

    async with opened(url) as bus:
        await bus.publish([bad])
        store, others = MemoryStore(), 0
        loop = worker(bus, Scripted(act), store)

        def others_answered() -> bool:
            return bool(loop.counters.dead_lettered) or loop.counters.handled == others

        async with running(loop):
            while not loop.counters.dead_lettered:
                others += 1
                await bus.publish([event(others)])
                await until(others_answered)
            await finished(bus)
        (letter,) = [item.letter async for item in list_dead_letters(store)]
        answers = await everything(bus, NEXT)

    assert (letter.event_id, letter.error_class) == (bad.event_id, DeadLetterClass.EXHAUSTED)
    assert letter.attempts == BRISK.retry.tries
    assert len(answers) == others


async def test_a_message_alone_at_a_breaker_does_not_keep_the_others_from_proving_the_target_well(
    url: str,
) -> None:
    bad = event(0)
    act = always_fails(bad)

    async with opened(url) as bus:
        await bus.publish([bad])
        breakers = Breakers(QUICK_BREAKER)
        loop = worker(bus, Scripted(act), breakers=breakers)
        async with running(loop):
            await until(lambda: loop.counters.parked == 1 and breakers.statuses[0].failures >= 3)
            await bus.publish([event(n) for n in range(1, 20)])
            await until(lambda: loop.counters.handled == 19)
        answers = await everything(bus, NEXT)

    assert sorted(a.body.decode() for a in answers) == sorted(event(n).event_id for n in range(1, 20))


async def test_a_breaker_of_one_agent_leaves_the_others_alone(url: str) -> None:
    fails = calling("model.complete", lambda _: TransientError("overloaded", target="model:m"))

    async with opened(url) as bus:
        await bus.publish([event(n) for n in range(20)])
        breakers = Breakers(QUICK_BREAKER)
        stuck = worker(bus, Scripted(fails), breakers=breakers)
        other = worker(bus, Scripted(passes_on, name="other"), breakers=breakers)
        async with running(stuck, other):
            await until(lambda: stuck.counters.parked > 0)
            await finished(bus, "other")

    assert other.counters.handled == 20
    assert stuck.counters.dead_lettered == 0


def of_two_buckets(
    theirs: Collection[Outgoing], silent: Callable[[], bool]
) -> Callable[[Delivery], Awaitable[Sequence[Outgoing]]]:
    """Answer by a call to one of two buckets, of which theirs may be silent."""
    ids = {message.event_id for message in theirs}

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        bucket = "theirs" if delivery.envelope.id in ids else "ours"

        async def fetch() -> Sequence[Outgoing]:
            if bucket == "theirs" and silent():
                raise TransientError("bucket 'theirs' did not answer", target="source:theirs")
            return [answer(delivery)]

        return await delivery.calls.call(f"source.fetch:{bucket}", fetch)

    return act


async def test_a_foreign_bucket_that_does_not_answer_keeps_nobody_else_waiting(url: str) -> None:
    bad = event(0)
    act = of_two_buckets([bad], lambda: True)
    # Fewer than may be uncommitted in one partition.
    others = [event(n) for n in range(1, BRISK.window)]

    async with opened(url) as bus:
        await bus.publish([bad])
        loop = worker(bus, Scripted(act))
        async with running(loop):
            await until(lambda: loop.counters.parked == 1)
            await bus.publish(others)
            await until(lambda: loop.counters.handled == len(others))
            waits = loop.counters.parked

    assert (waits, loop.counters.dead_lettered) == (1, 0)


async def test_what_lies_in_a_foreign_bucket_that_stays_silent_is_dead_lettered_and_can_be_redriven(
    url: str,
) -> None:
    theirs = [event(n) for n in range(2 * BRISK.window)]
    gone = True
    act = of_two_buckets(theirs, lambda: gone)

    async with opened(url) as bus:
        await bus.publish([*theirs, *(event(n) for n in range(100, 120))])
        store, breakers = MemoryStore(), Breakers(replace(QUICK_BREAKER, foreign=0.3))
        loop = worker(bus, Scripted(act), store, breakers=breakers)
        async with running(loop):
            await until(lambda: loop.counters.dead_lettered == len(theirs))
            await until(lambda: loop.counters.handled == 20)
            letters = [item.letter async for item in list_dead_letters(store)]
            gone = False
            await bus.publish(theirs[:3])
            await until(lambda: loop.counters.handled == 23)

    assert {letter.event_id for letter in letters} == {message.event_id for message in theirs}
    assert {letter.error_class for letter in letters} == {DeadLetterClass.EXHAUSTED}
    assert any("nobody waits" in letter.sentence for letter in letters)
    assert [status.state for status in breakers.statuses] == [BreakerState.CLOSED]


async def test_a_handler_with_several_calls_at_once_waits_and_goes_on_as_one(url: str) -> None:
    down = True

    async def write() -> bytes:
        if down:
            raise TransientError("the store answered 503", target="store")
        return b""

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(3):
                tasks.create_task(delivery.calls.call("store.create", write))
        return [answer(delivery)]

    async with opened(url) as bus:
        await bus.publish([event(n) for n in range(20)])
        store, breakers, solitude = MemoryStore(), Breakers(QUICK_BREAKER), Solitude()
        loop = worker(bus, Scripted(act), store, breakers=breakers, solitude=solitude)
        async with running(loop):
            await until(lambda: loop.counters.parked == BRISK.window)
            down = False
            await finished(bus)
        answers = await everything(bus, NEXT)
        async with asyncio.timeout(CEILING):
            # Nobody is counted as in hand any more.
            await solitude.isolate()

    assert len(answers) == 20
    assert loop.counters.dead_lettered == 0


async def test_while_the_bus_is_down_handlers_are_not_run_again_and_nothing_is_lost(url: str) -> None:
    async with opened(url) as inner:
        bus, store, breakers = FaultyBus(inner), MemoryStore(), Breakers(QUICK_BREAKER)
        await bus.publish([event(n) for n in range(20)])
        for call in ("publish", "commit", "poll"):
            bus.fail(call, "before", bus_down, times=60)
        reader = settling(store)
        loop = worker(bus, reader, store, breakers=breakers)
        async with running(loop):
            await until(lambda: bool(breakers.statuses) and breakers.statuses[0].failures >= 3)
            bus.mend()
            await finished(bus)
        answers = await everything(bus, NEXT)
        letters = await dead_letters(bus)

    assert sorted(reader.seen) == sorted(event(n).event_id for n in range(20))
    assert len(answers) == 20
    assert letters == []


async def test_a_suspect_that_can_not_be_marked_keeps_no_probe_waiting(url: str) -> None:
    marking, down = asyncio.Event(), True

    class Failing(MemoryStore):
        """Down; it looks for the mark of a suspect only once another message waits for it."""

        async def fetch(self, key: str) -> bytes | None:
            if "/alone/" in key:
                await until(lambda: loop.counters.parked > 0 or marking.is_set())
            return await super().fetch(key)

        async def replace(self, key: str, data: bytes) -> None:
            if "/alone/" in key and down:
                marking.set()
                raise TransientError("the store answered 503", target="store")
            await super().replace(key, data)

    act = calling(
        "store.create", lambda _: TransientError("the store answered 503", target="store") if down else None
    )

    def partition(message: Outgoing) -> int:
        return crc32(message.key.encode()) % TOPIC_SETTINGS.partitions

    suspected = partition(event(0))
    others = [event(n) for n in range(1, 20) if partition(event(n)) != suspected]
    # Fewer than may be in hand at once: else they leave no room for the suspect.
    messages = [event(0), *others[: BRISK.window // 2]]

    async with opened(url) as bus:
        await bus.publish(messages)
        store, breakers = Failing(), Breakers(QUICK_BREAKER)
        session = canonical_json(Session(owner="the dead", window=1, since=AT))
        await store.replace(keys.session("reader", f"{TOPIC}-{suspected}"), session)
        loop = worker(bus, Scripted(act), store, breakers=breakers)
        async with running(loop):
            async with asyncio.timeout(CEILING):
                await marking.wait()
            met = breakers.statuses[0].failures
            await until(lambda: breakers.statuses[0].failures >= met + 20)
            down = False
            await finished(bus)
        answers = await everything(bus, NEXT)

    assert sorted(a.body.decode() for a in answers) == sorted(m.event_id for m in messages)
    assert loop.counters.dead_lettered == 0
