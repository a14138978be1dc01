"""What a process notes of its breakers, and the outages that follow from the notes of several."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from bus.breaker import Breaker, Breakers, BreakerSettings, BreakerTurn
from ops.outages import OutageLog
from schemas.errors import TransientError
from store import ops_keys
from store.memory import MemoryStore
from store.outages import OutageNote, merged, outages

NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
NEVER = BreakerSettings(first=3600.0, longest=3600.0)
DAY = timedelta(days=1)


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> datetime:
        return self.at

    def on(self, **time: float) -> None:
        self.at += timedelta(**time)


def error(target: str = "model:a") -> TransientError:
    return TransientError("no answer about documents/0123456789abcdef0123/replies", target=target)


def logged(clock: Clock, process: str = "p") -> tuple[OutageLog, Breakers]:
    log = OutageLog(process, ("extraction",), clock)
    return log, Breakers(NEVER, on_turn=log.turned)


def breaker(breakers: Breakers, target: str = "model:a") -> Breaker:
    found = breakers.of(target)
    assert found is not None
    return found


@pytest.mark.anyio
async def test_an_outage_is_noted_when_it_begins_and_when_it_ends_without_the_ids_of_documents() -> None:
    store, clock = MemoryStore(), Clock()
    log, breakers = logged(clock)
    breaker(breakers).failed(error())
    await log.written(store)
    clock.on(minutes=8)
    breaker(breakers).succeeded()
    await log.written(store)

    (first,) = await outages(store, since=NOON - DAY, until=NOON + DAY)

    assert (first.target, first.began, first.agents) == ("model:a", NOON, frozenset({"extraction"}))
    assert first.ended == NOON + timedelta(minutes=8)
    assert "0123456789" not in first.reason
    assert "no answer about documents/…" in first.reason
    assert await outages(store, since=NOON + DAY, until=NOON + 2 * DAY) == []


@pytest.mark.anyio
async def test_what_the_store_could_not_take_is_written_once_it_answers() -> None:
    store, clock = MemoryStore(), Clock()
    log, breakers = logged(clock)
    store.fail("create", ops_keys.OUTAGES, times=3)
    breaker(breakers, "store").failed(error("store"))
    with capture_logs() as said:
        assert [await log.written(store) for _ in range(3)] == [False] * 3
    assert [line["event"] for line in said] == ["outage.not_noted"]
    clock.on(minutes=20)
    breaker(breakers, "store").succeeded()
    assert await log.written(store) is True

    (only,) = await outages(store, since=NOON - DAY, until=NOON + DAY)

    assert only.lasted(clock.at) == timedelta(minutes=20)
    assert only.ended == clock.at
    kept = [key async for key in store.list(ops_keys.OUTAGES)]
    assert sorted(key.split(".")[-2] for key in kept) == ["closed", "opened"]


@pytest.mark.anyio
async def test_a_process_that_ends_waits_no_longer_and_one_that_was_killed_says_no_end() -> None:
    store, clock = MemoryStore(), Clock()
    left, breakers = logged(clock, "left")
    breaker(breakers).failed(error())
    clock.on(minutes=3)
    await left.leave(store)
    killed, others = logged(clock, "killed")
    clock.on(hours=1)
    breaker(others, "model:b").failed(error("model:b"))
    await killed.written(store)

    ended, lasting = await outages(store, since=NOON - DAY, until=NOON + DAY)

    assert (ended.target, ended.lasted(clock.at)) == ("model:a", timedelta(minutes=3))
    assert (lasting.target, lasting.ended) == ("model:b", None)
    assert lasting.lasted(clock.at + timedelta(hours=2)) == timedelta(hours=2)


@pytest.mark.anyio
async def test_messages_that_waited_are_counted_by_the_most_at_once() -> None:
    seen: list[BreakerTurn] = []
    one = Breaker("model:a", NEVER, seen.append)
    one.failed(error())
    waits = [one.permit() for _ in range(3)]
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.sleep(0)
    one.succeeded()
    await asyncio.gather(*tasks)

    assert [(turn.opened, turn.waited) for turn in seen] == [(True, 0), (False, 3)]


def note(process: str, began: int, ended: int | None, target: str = "model:a") -> OutageNote:
    closed = None if ended is None else NOON + timedelta(minutes=ended)
    return OutageNote(
        target=target, process=process, agents=(process,), opened=NOON + timedelta(minutes=began),
        closed=closed, waited=2, reason=process,
    )  # fmt: skip


def test_what_several_processes_note_at_the_same_time_is_one_outage() -> None:
    found = merged([note("a", 0, 10), note("b", 2, 12), note("a", 30, 31), note("c", 0, 5, "store")])

    assert [(one.target, one.lasted(NOON).total_seconds() / 60, one.waited) for one in found] == [
        ("model:a", 12, 4),
        ("store", 5, 2),
        ("model:a", 1, 2),
    ]
    assert found[0].agents == {"a", "b"}


def test_a_killed_process_waits_until_its_target_is_heard_of_again() -> None:
    (only,) = merged([note("killed", 0, None), note("next", 60, 61)])

    assert only.lasted(NOON) == timedelta(minutes=61)
