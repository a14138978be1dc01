from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bus.poison import Alone, Beside, Marker, PoisonGuard, Session
from bus.protocol import Partition
from bus.solitude import Solitude
from schemas.canonical import canonical_json, derive_id
from store import keys
from store.memory import MemoryStore
from tests.contract.bus.support import AT, CEILING

pytestmark = pytest.mark.anyio

PARTITION = Partition("documents.submitted", 2)
SESSION = keys.session("reader", "documents.submitted-2")
EVENT = derive_id("event", 1)
MARKER = keys.poison_marker("reader", EVENT)


def guard(store: MemoryStore, owner: str = "me") -> PoisonGuard:
    return PoisonGuard(store, group="reader", owner=owner, window=32)


async def test_a_session_says_who_owns_a_partition_until_a_clean_end() -> None:
    store = MemoryStore()
    suspects = await guard(store).arrive(PARTITION, AT)
    while_there = Session.model_validate_json(store.objects[SESSION])
    await guard(store).depart(PARTITION)

    assert suspects == 0
    assert while_there == Session(owner="me", window=32, since=AT)
    assert store.objects == {}


async def test_a_session_left_behind_makes_the_dead_owners_window_suspect() -> None:
    store = MemoryStore()
    dead = Session(owner="another", window=7, since=AT - timedelta(hours=1))
    await store.replace(SESSION, canonical_json(dead))

    assert await guard(store).arrive(PARTITION, AT) == 7
    assert Session.model_validate_json(store.objects[SESSION]).owner == "me"


async def test_our_own_session_that_could_not_be_deleted_is_no_death() -> None:
    store = MemoryStore()
    await guard(store).arrive(PARTITION, AT)

    assert await guard(store).arrive(PARTITION, AT) == 0


async def test_who_was_slow_to_leave_does_not_take_the_next_owners_session_along() -> None:
    store = MemoryStore()
    slow, next_owner = guard(store, "slow"), guard(store, "next")
    await slow.arrive(PARTITION, AT)
    await next_owner.arrive(PARTITION, AT)
    await slow.depart(PARTITION)

    assert Session.model_validate_json(store.objects[SESSION]).owner == "next"


async def test_a_session_nobody_can_read_is_suspect_as_well() -> None:
    store = MemoryStore()
    await store.replace(SESSION, b"half a sess")

    assert await guard(store).arrive(PARTITION, AT) == 32


async def test_alone_counts_one_death_ahead_and_takes_it_back_when_it_lives() -> None:
    store, solitude = MemoryStore(), Solitude()
    await store.replace(MARKER, canonical_json(Marker(event_id=EVENT, deaths=1)))
    alone = Alone(solitude, guard(store), EVENT, limit=3, calm=0.0)
    await alone.enter()
    inside = Marker.model_validate_json(store.objects[MARKER]).deaths
    await alone.leave()
    outside = Marker.model_validate_json(store.objects[MARKER]).deaths
    await alone.leave()
    await alone.absolve()

    assert (alone.deaths, inside, outside) == (1, 2, 1)
    assert store.objects == {}
    await Beside(solitude).enter()


async def test_leaving_does_not_hang_on_a_store_that_does() -> None:
    class Hanging(MemoryStore):
        async def delete(self, key: str) -> None:
            await asyncio.Event().wait()

    store, solitude = Hanging(), Solitude()
    alone = Alone(solitude, guard(store), EVENT, limit=3, calm=0.0, parting=0.01)
    async with asyncio.timeout(CEILING):
        await alone.enter()
        await alone.leave()
        await solitude.share()

    assert Marker.model_validate_json(store.objects[MARKER]).deaths == 1


async def test_a_process_that_lives_takes_its_mark_back_however_slow_the_store_is() -> None:
    """A busy machine takes partitions away from the living; no death that never was may be counted."""
    answers = asyncio.Event()

    class Slow(MemoryStore):
        async def delete(self, key: str) -> None:
            await answers.wait()
            await super().delete(key)

    store, solitude = Slow(), Solitude()
    own = guard(store)
    alone = Alone(solitude, own, EVENT, limit=3, calm=0.0, parting=0.01)
    await alone.enter()
    await alone.leave()
    left = Marker.model_validate_json(store.objects[MARKER]).deaths

    answers.set()
    await own.settled()
    again = Alone(solitude, own, EVENT, limit=3, calm=0.0)
    await again.enter()

    assert left == 1
    assert again.deaths == 0


async def test_a_message_with_deaths_waits_until_its_process_has_lived_for_a_while() -> None:
    store, solitude, waits = MemoryStore(), Solitude(), list[bool]()
    await store.replace(MARKER, canonical_json(Marker(event_id=EVENT, deaths=2)))
    alone = Alone(solitude, guard(store), EVENT, limit=3, calm=0.03, on_wait=waits.append)
    await alone.enter()
    again = Alone(solitude, guard(store), EVENT, limit=9, calm=0.001, on_wait=waits.append)
    await alone.leave()
    await again.enter()

    assert solitude.age >= 0.06
    assert waits == [True, False]


async def test_a_condemned_message_is_not_taken_in_hand() -> None:
    store, solitude = MemoryStore(), Solitude()
    await store.replace(MARKER, canonical_json(Marker(event_id=EVENT, deaths=3)))
    alone = Alone(solitude, guard(store), EVENT, limit=3, calm=3600.0)
    await alone.enter()

    assert alone.condemned
    await solitude.share()


async def test_a_marker_nobody_can_read_counts_anew() -> None:
    store = MemoryStore()
    await store.replace(MARKER, b"half a mark")

    assert await guard(store).deaths(EVENT) == 0
