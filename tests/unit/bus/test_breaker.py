from __future__ import annotations

import asyncio

import pytest

from bus.breaker import Breaker, Breakers, BreakerSettings, BreakerState
from schemas.errors import TransientError
from tests.clock import controlled_time
from tests.contract.bus.support import CEILING, until

pytestmark = pytest.mark.anyio

SOON = BreakerSettings(first=0.001, longest=0.002)
NEVER = BreakerSettings(first=3600.0, longest=3600.0)


def error(retry_after: float | None = None) -> TransientError:
    return TransientError("the store answered 503", target="store", retry_after=retry_after)


async def test_a_closed_breaker_lets_everyone_through() -> None:
    breaker = Breaker("store", SOON)

    assert await breaker.permit() is False
    breaker.succeeded()
    assert breaker.status.state is BreakerState.CLOSED


async def test_one_of_those_who_wait_is_the_probe_and_its_success_frees_the_others() -> None:
    breaker = Breaker("store", SOON)
    breaker.failed(error())
    async with asyncio.timeout(CEILING), asyncio.TaskGroup() as tasks:
        waiters = [tasks.create_task(breaker.permit()) for _ in range(3)]
        await until(waiters[0].done)
        half_open, waiting = breaker.status.state, breaker.status.waiting
        nobody_else = not any(waiter.done() for waiter in waiters[1:])
        breaker.succeeded()

    assert (half_open, waiting, nobody_else) == (BreakerState.HALF_OPEN, 2, True)
    assert [waiter.result() for waiter in waiters] == [True, False, False]
    assert breaker.status.failures == 0


async def test_a_failed_probe_opens_it_again_and_the_next_in_line_probes() -> None:
    breaker = Breaker("store", SOON)
    breaker.failed(error())
    async with asyncio.timeout(CEILING), asyncio.TaskGroup() as tasks:
        first, second = tasks.create_task(breaker.permit()), tasks.create_task(breaker.permit())
        assert await first
        breaker.failed(error())
        reopened = breaker.status
        assert await second
        breaker.succeeded()

    assert (reopened.state, reopened.failures, reopened.waiting) == (BreakerState.OPEN, 2, 1)
    assert breaker.failed_probes == 0


async def test_a_probe_without_a_verdict_makes_way_for_the_next() -> None:
    breaker = Breaker("store", BreakerSettings(first=0.001, longest=3600.0))
    breaker.failed(error())
    async with asyncio.timeout(CEILING):
        assert await breaker.permit()
        breaker.release()
        assert await breaker.permit()

    assert breaker.status.failures == 1


async def test_a_probe_that_is_cancelled_before_it_knows_makes_way_for_the_next() -> None:
    breaker = Breaker("store", SOON)
    breaker.failed(error())
    async with asyncio.timeout(CEILING):
        doomed = asyncio.ensure_future(breaker.permit())
        await asyncio.sleep(0)
        # What the timer does, with no turn of the loop before the cancellation.
        breaker._let_one_through()
        doomed.cancel()
        with pytest.raises(asyncio.CancelledError):
            await doomed

        assert await breaker.permit()


async def test_whoever_gives_up_waiting_is_passed_over() -> None:
    breaker = Breaker("store", BreakerSettings(first=0.05, longest=0.05))
    breaker.failed(error())
    async with asyncio.timeout(CEILING):
        quitter = asyncio.ensure_future(breaker.permit())
        stayer = asyncio.ensure_future(breaker.permit())
        await asyncio.sleep(0)
        quitter.cancel()

        assert await stayer


async def test_those_who_give_up_are_passed_over_when_it_closes() -> None:
    breaker = Breaker("store", NEVER)
    breaker.failed(error())
    waits = [asyncio.ensure_future(breaker.permit()) for _ in range(2)]
    await asyncio.sleep(0)
    for wait in waits:
        wait.cancel()
    await asyncio.wait(waits)
    breaker.succeeded()

    assert breaker.closed


async def test_what_the_target_asked_for_is_waited_for() -> None:
    breaker = Breaker("store", SOON)
    with controlled_time() as advance:
        breaker.failed(error(retry_after=3600.0))
        waiter = asyncio.ensure_future(breaker.permit())
        await advance(3599.0)
        still_waiting = not waiter.done()
        await advance(1.5)

        assert still_waiting
        assert await waiter is True


async def test_a_latecomer_from_before_it_opened_changes_nothing() -> None:
    breaker = Breaker("store", NEVER)
    breaker.failed(error())
    breaker.failed(error())

    assert breaker.status.failures == 1


async def test_a_breaker_nobody_waited_for_is_probed_by_the_next_who_comes() -> None:
    breaker = Breaker("store", SOON)
    with controlled_time() as advance:
        breaker.failed(error())
        await advance(SOON.longest)
        assert await breaker.permit()


async def test_a_foreign_bucket_is_given_up_after_a_while_and_asked_by_whoever_comes_then() -> None:
    breaker = Breaker("source:theirs", BreakerSettings(first=15.0, longest=15.0, foreign=60.0))
    with controlled_time() as advance:
        breaker.failed(error())
        waiters = [asyncio.ensure_future(breaker.permit()) for _ in range(2)]
        await advance(15.0)
        probed = [waiter.done() for waiter in waiters]
        await advance(15.0)
        late = asyncio.ensure_future(breaker.permit())
        await advance(30.0)
        given_up, waits = breaker.given_up, not late.done()
        breaker.failed(error())
        after = asyncio.ensure_future(breaker.permit())
        await advance(15.0)

        assert (probed, given_up, waits, breaker.given_up) == ([True, False], True, True, True)
        assert [await waiter for waiter in (*waiters, late, after)] == [True, False, False, True]
        assert str(breaker.in_vain()) == "the store answered 503; after 60 s nobody waits"
        breaker.succeeded()
        assert not breaker.given_up


async def test_only_store_bus_catalog_and_models_have_breakers() -> None:
    breakers = Breakers()

    assert breakers.of("mcp:rag") is None
    assert breakers.of("storehouse") is None
    assert breakers.of("model:local") is breakers.of("model:local")
    assert breakers.of("bus") is not None
    assert breakers.of("catalog") is not None
    assert [status.target for status in breakers.statuses] == ["bus", "catalog", "model:local"]


async def test_a_call_is_barred_by_the_breaker_of_the_target_it_failed_at() -> None:
    breakers = Breakers(NEVER)
    breakers.suspect("store.read", "store")
    breakers.suspect("rag.search", "mcp:rag")
    store = breakers.of("store")
    assert store is not None
    before = breakers.barring("store.read")
    store.failed(error())

    assert before is None
    assert breakers.barring("store.read") is store
    assert breakers.barring("store.create") is None
    assert breakers.barring("rag.search") is None
    breakers.answered("store.read", 1.0)
    assert breakers.barring("store.read") is None


async def test_a_target_that_is_away_for_hours_is_asked_on_and_on() -> None:
    breaker = Breaker("store", BreakerSettings(first=0.0, longest=0.0))
    breaker.failed(error())
    async with asyncio.timeout(CEILING):
        for _ in range(1100):
            assert await breaker.permit()
            breaker.failed(error())

    assert breaker.status.failures == 1101


async def test_a_probe_is_claimed_once_it_is_due_and_while_nobody_else_is_it() -> None:
    breaker = Breaker("store", SOON)
    breaker.failed(error())
    early = breaker.claim()
    async with asyncio.timeout(CEILING):
        assert await breaker.permit()
    beside = breaker.claim()
    breaker.release()
    await until(breaker.claim)

    assert (early, beside) == (False, False)
    assert breaker.status.state is BreakerState.HALF_OPEN
