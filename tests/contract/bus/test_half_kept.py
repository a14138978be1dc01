"""A key that a server half keeps since it died: "there" to who creates it, "not there" to who reads it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pytest

from bus.breaker import Breakers
from bus.dead_letters import redrive
from bus.protocol import Outgoing
from schemas.handling import Delivery
from schemas.records import DeadLetterClass
from store import keys
from store.memory import MemoryStore
from store.retrying import RetryingStore
from tests.contract.bus.handlers import Scripted, answer, refuses
from tests.contract.bus.support import (
    AT,
    BRISK,
    NEXT,
    QUICK_BREAKER,
    dead_letters,
    event,
    everything,
    finished,
    list_dead_letters,
    opened,
    running,
    worker,
)

pytestmark = pytest.mark.anyio

OTHERS = b"what another process meant"


async def test_what_a_server_that_died_began_is_finished_by_the_same_bytes_and_nobody_waits(url: str) -> None:
    async with opened(url) as bus:
        await bus.publish([event(0), event(1)])
        store, breakers = MemoryStore(), Breakers(QUICK_BREAKER)
        key, begun = f"outcomes/{event(0).event_id}", answer_to(0)
        store.half_kept[key] = begun
        async with running(worker(bus, Scripted(keeping(store)), store, breakers=breakers)):
            await finished(bus)
        letters = [item async for item in list_dead_letters(store)]
        answers = await everything(bus, NEXT)

    assert store.objects[key] == begun
    assert letters == []
    assert len(answers) == 2


async def test_a_key_that_a_dead_server_half_keeps_costs_its_message_alone_and_is_named(url: str) -> None:
    async with opened(url) as bus:
        await bus.publish([event(0)])
        store, breakers = MemoryStore(), Breakers(QUICK_BREAKER)
        key = f"outcomes/{event(0).event_id}"
        store.half_kept[key] = OTHERS
        async with running(worker(bus, Scripted(keeping(store)), store, breakers=breakers)):
            # Alone: nobody else tells that the store answers.
            await finished(bus)
        (letter,) = [item.letter async for item in list_dead_letters(store)]
        await store.replace(key, b"anything")
        await store.delete(key)
        async with running(worker(bus, Scripted(keeping(store)), store, breakers=breakers)):
            await redrive(store, bus, event(0).event_id, now=AT)
            await finished(bus)
        answers = await everything(bus, NEXT)

    assert (letter.error_class, letter.attempts) == (DeadLetterClass.EXHAUSTED, BRISK.retry.tries)
    assert key in letter.sentence
    assert "doctrail dlq redrive" in letter.sentence
    assert store.objects[key] == answer_to(0)
    assert len(answers) == 1
    assert breakers.statuses == []


async def test_a_dead_letter_whose_place_is_half_kept_takes_the_next_one(url: str) -> None:
    async with opened(url) as bus:
        await bus.publish([event(0)])
        store = MemoryStore()
        store.half_kept[keys.dead_letter(event(0).event_id, 1)] = OTHERS
        async with running(worker(bus, Scripted(refuses), store)):
            await finished(bus)
        (letter,) = [item.letter async for item in list_dead_letters(store)]
        told = await dead_letters(bus)

    assert letter.number == 2
    assert len(told) == 1


def answer_to(number: int) -> bytes:
    """What ``keeping`` stores of a message."""
    return event(number).event_id.encode()


def keeping(store: MemoryStore) -> Callable[[Delivery], Awaitable[Sequence[Outgoing]]]:
    """Store the answer under the message's key, as every agent does, and pass on what stands there."""

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        out, own = answer(delivery), RetryingStore(store, delivery.calls)
        written = await own.create(f"outcomes/{delivery.envelope.id}", out.body)
        return [replace(out, body=written.data)]

    return act
