from __future__ import annotations

import asyncio

import pytest

from bus.breaker import Breakers, BreakerSettings
from bus.deadline import Deadline
from bus.retry import Retrier, RetrySettings, Steadfast
from schemas.errors import MissingObjectError, TransientError
from schemas.handling import Try
from store.protocol import HalfKeptError
from tests.contract.bus.support import CEILING, until

pytestmark = pytest.mark.anyio

SETTINGS = RetrySettings(tries=4, first=0.25, longest=0.6)
SOON = BreakerSettings(first=0.001, longest=0.002)


class Target:
    """Fails as often as told, then answers."""

    def __init__(self, failures: int, *, retry_after: float | None = None, target: str = "store") -> None:
        self.failures = failures
        self.calls = 0
        self.retry_after = retry_after
        self.target = target

    async def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.failures:
            raise TransientError(f"failure {self.calls}", target=self.target, retry_after=self.retry_after)
        return "answer"


class Clock:
    """Notes what would have been slept."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def retrier(clock: Clock, jitter: float = 0.0, **more: object) -> Retrier:
    return Retrier(SETTINGS, Breakers(SOON), sleep=clock.sleep, jitter=lambda: jitter, **more)  # type: ignore[arg-type]


async def test_a_call_that_fails_thrice_is_answered_the_fourth_time_and_every_try_is_recorded() -> None:
    clock, told = Clock(), list[Try]()
    calls = retrier(clock, on_retry=told.append)

    assert await calls.call("store.read", Target(3)) == "answer"
    assert clock.slept == [0.25, 0.5, 0.6]
    assert [(t.call, t.number, t.error, t.waited) for t in calls.tries] == [
        ("store.read", 1, "failure 1", 0.25),
        ("store.read", 2, "failure 2", 0.5),
        ("store.read", 3, "failure 3", 0.6),
        ("store.read", 4, None, None),
    ]
    assert told == list(calls.tries[:3])
    assert all(t.seconds >= 0 for t in calls.tries)


async def test_four_failures_are_the_end() -> None:
    clock, target = Clock(), Target(9)
    with pytest.raises(TransientError, match="failure 4"):
        await retrier(clock).call("store.read", target)

    assert target.calls == 4


async def test_jitter_adds_up_to_as_much_again() -> None:
    clock = Clock()
    await retrier(clock, jitter=1.0).call("store.read", Target(3))

    assert clock.slept == [0.5, 1.0, 1.2]


async def test_the_other_side_is_never_asked_sooner_than_it_wished() -> None:
    clock = Clock()
    await retrier(clock).call("model.complete", Target(2, retry_after=30.0))

    assert clock.slept == [30.0, 30.0]


async def test_a_permanent_error_passes_at_once() -> None:
    clock, calls = Clock(), 0

    async def refuse() -> str:
        nonlocal calls
        calls += 1
        raise MissingObjectError("a/b")

    with pytest.raises(MissingObjectError):
        await retrier(clock).call("store.read", refuse)

    assert (calls, clock.slept) == (1, [])


async def test_no_wait_is_begun_that_would_pass_the_deadline() -> None:
    clock, target = Clock(), Target(9, retry_after=20.0)
    async with Deadline(10.0) as deadline:
        with pytest.raises(TransientError):
            await retrier(clock, deadline=deadline).call("store.read", target)

    assert (target.calls, clock.slept) == (1, [])


async def test_behind_an_open_breaker_a_call_waits_uncounted_with_the_clock_stopped() -> None:
    breakers = Breakers(SOON)
    store = breakers.of("store")
    assert store is not None
    breakers.suspect("store.read", "store")
    store.failed(TransientError("down", target="store"))
    target, clock = Target(6), Clock()
    async with asyncio.timeout(CEILING), Deadline(60.0) as deadline:
        calls = Retrier(SETTINGS, breakers, deadline=deadline, sleep=clock.sleep, jitter=lambda: 0.0)
        answer = await calls.call("store.read", target)

    assert answer == "answer"
    assert clock.slept == []
    assert [(t.number, t.waited) for t in calls.tries] == [(1, None)] * 7
    assert store.closed


async def test_a_probe_that_meets_another_target_counts_as_usual() -> None:
    breakers = Breakers(SOON)
    store = breakers.of("store")
    assert store is not None
    breakers.suspect("mixed", "store")
    store.failed(TransientError("down", target="store"))
    clock = Clock()
    calls = Retrier(SETTINGS, breakers, sleep=clock.sleep, jitter=lambda: 0.0)
    async with asyncio.timeout(CEILING):
        await calls.call("mixed", Target(2, target="feed"))

    assert clock.slept == [0.25, 0.5]
    assert store.closed


async def test_a_probe_that_is_refused_was_answered() -> None:
    breakers = Breakers(SOON)
    store = breakers.of("store")
    assert store is not None
    breakers.suspect("store.read", "store")
    store.failed(TransientError("down", target="store"))

    async def refuse() -> str:
        raise MissingObjectError("a/b")

    async with asyncio.timeout(CEILING):
        with pytest.raises(MissingObjectError):
            await Retrier(SETTINGS, breakers).call("store.read", refuse)

    assert store.closed


async def test_a_probe_that_meets_a_half_kept_key_frees_the_others_and_goes_on_trying() -> None:
    breakers, clock = Breakers(SOON), Clock()
    store = breakers.of("store")
    assert store is not None
    breakers.suspect("store.create", "store")
    store.failed(TransientError("down", target="store"))
    closed: list[bool] = []

    async def create() -> str:
        closed.append(store.closed)
        raise HalfKeptError("a/b")

    async with asyncio.timeout(CEILING):
        with pytest.raises(HalfKeptError):
            await Retrier(SETTINGS, breakers, sleep=clock.sleep, jitter=lambda: 0.0).call(
                "store.create", create
            )

    assert closed == [False, True, True, True]
    assert clock.slept == [15.0, 15.0, 15.0]


async def test_the_steadfast_wait_until_the_target_answers() -> None:
    breakers, target = Breakers(SOON), Target(30, target="bus")
    steady = Steadfast(RetrySettings(tries=2, first=0.0001, longest=0.0001), breakers)
    async with asyncio.timeout(CEILING):
        answer = await steady.call("bus.commit", target)

    assert (answer, target.calls) == ("answer", 31)
    assert steady.tries == ()


async def test_a_steadfast_call_that_is_cut_short_as_the_probe_lets_another_one_probe() -> None:
    """A partition was given up while its commit was the probe: nothing of that process went on any more."""
    breakers, asked = Breakers(SOON), asyncio.Event()
    steady = Steadfast(RetrySettings(tries=2, first=0.0001, longest=0.0001), breakers)
    breakers.suspect("store.read", "store")
    store = breakers.of("store")
    assert store is not None
    store.failed(TransientError("away", target="store"))

    async def never() -> str:
        asked.set()
        return await asyncio.Event().wait()  # type: ignore[return-value]  # never returns

    cut = asyncio.create_task(steady.call("store.read", never))
    async with asyncio.timeout(CEILING):
        await asked.wait()
        cut.cancel()

        assert await steady.call("store.read", Target(0)) == "answer"


async def test_the_steadfast_give_up_on_what_has_no_breaker() -> None:
    steady = Steadfast(RetrySettings(tries=2, first=0.0001, longest=0.0001), Breakers(SOON))
    with pytest.raises(TransientError):
        await steady.call("feed.read", Target(30, target="feed"))


async def test_a_deadline_ends_the_block_after_its_seconds_of_running_time() -> None:
    deadline, left = Deadline(0.02), []

    async def wait_then_work() -> None:
        async with deadline:
            with deadline.paused():
                left.append(deadline.remaining)
                await asyncio.sleep(0.05)
                left.append(deadline.remaining)
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await wait_then_work()

    assert deadline.expired
    assert left[0] == left[1]
    assert 0.0 < left[0] <= 0.02


async def test_a_deadline_outside_of_its_block_has_no_clock_to_stop() -> None:
    deadline = Deadline(1.0)
    with deadline.paused():
        await asyncio.sleep(0)
    async with deadline:
        assert 0.0 < deadline.remaining <= 1.0

    assert not deadline.expired


async def test_waiters_see_each_probe_in_turn() -> None:
    breakers = Breakers(SOON)
    store = breakers.of("store")
    assert store is not None
    breakers.suspect("store.read", "store")
    store.failed(TransientError("down", target="store"))
    targets = [Target(2), Target(2)]
    async with asyncio.timeout(CEILING), asyncio.TaskGroup() as tasks:
        for target in targets:
            tasks.create_task(Retrier(SETTINGS, breakers).call("store.read", target))
        await until(lambda: store.closed)

    assert sorted(target.calls for target in targets) in ([2, 3], [3, 3])
