"""The retry owner: every outside call of a message goes through it, and nothing else retries."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import TypeVar

from bus.breaker import Breaker, Breakers
from bus.deadline import Deadline
from schemas.errors import PermanentError, TransientError
from schemas.handling import Try
from store.protocol import HalfKeptError

T = TypeVar("T")

Parking = Callable[[Breaker, Callable[[], None]], AbstractAsyncContextManager[None]]
"""What a message is in while it waits behind a breaker; it calls the function if it can't go on at once."""


@dataclass(frozen=True, slots=True)
class RetrySettings:
    """How a failed call is tried again.

    The n-th wait is ``min(first * 2**(n - 1), longest)`` seconds plus up to as much again, drawn
    evenly, and never less than the other side asked for. With the defaults four tries spread over
    1.75 to 3.5 s, beside the time of the calls.

    Attributes:
        tries: Calls at most, the first one included.
        first: Seconds of the first wait, without jitter.
        longest: Seconds of the longest wait, without jitter.
    """

    tries: int = 4
    first: float = 0.25
    longest: float = 5.0


# stamina fits none of this: its clock can't stand still behind an open breaker, a try behind one
# can't go uncounted, and its machinery costs each call that succeeds 35 us where this costs 2.
class Retrier:
    """Tries calls again while they fail transiently, within the message's deadline, and records each try.

    A call whose breaker is open waits there, uncounted and with the deadline's clock stopped; as the
    breaker's probe it makes one call, whose failure sends it back to wait.
    """

    def __init__(
        self,
        settings: RetrySettings,
        breakers: Breakers,
        *,
        deadline: Deadline | None = None,
        parking: Parking = lambda *_: nullcontext(),
        on_retry: Callable[[Try], None] = lambda _: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._breakers = breakers
        self._deadline = deadline
        self._parking = parking
        self._on_retry = on_retry
        self._sleep = sleep
        self._jitter = jitter
        self._tries: list[Try] = []
        self.probing: Breaker | None = None
        """The breaker that this message was let through as a probe of, until there is a verdict."""
        self.failing: tuple[str, float] | None = None
        """Name and beginning (``time.perf_counter``) of the last call with a failed try."""

    @property
    def tries(self) -> Sequence[Try]:
        """Every try so far, in order."""
        return self._tries

    def under(self, deadline: Deadline) -> None:
        """Heed ``deadline`` from now on."""
        self._deadline = deadline

    async def call(
        self, name: str, function: Callable[[], Awaitable[T]], *, met: TransientError | None = None
    ) -> T:
        """Return what ``function`` returns, trying again while it raises TransientError.

        Args:
            name: What is called.
            function: Calls it.
            met: How the first try failed, where it was made already.

        Raises:
            TransientError: After the last try, or when the deadline would pass while waiting.
        """
        number, began = 1, time.perf_counter()
        if met is not None:
            self.failing = name, began
            number += await self._after_failure(name, number, met, began)
        while True:
            await self._pass(name)
            started = time.perf_counter()
            try:
                result = await function()
            except TransientError as error:
                self.failing = name, began
                number += await self._after_failure(name, number, error, started)
            except PermanentError:
                # It answered, if only to refuse.
                self._answered(name, time.perf_counter())
                raise
            else:
                ended = time.perf_counter()
                self._tries.append(Try(name, number, ended - started))
                self._answered(name, ended)
                return result

    async def _after_failure(self, name: str, number: int, error: TransientError, started: float) -> int:
        """Wait as long as is due after a failed try; returns how many tries it counts for."""
        seconds = time.perf_counter() - started
        self._breakers.suspect(name, error.target)
        if self.probing is not None and self.probing.target == error.target:
            probing, self.probing = self.probing, None
            self._note(Try(name, number, seconds, str(error)))
            probing.failed(error)
            if probing.given_up:
                raise error
            return 0
        if isinstance(error, HalfKeptError):
            # The store is there: who waits behind its breaker need not wait for this one key.
            self._answered(name, time.perf_counter())
        wait = self._wait_after(number, error)
        self._note(Try(name, number, seconds, str(error), wait))
        if wait is None:
            raise error
        await self._sleep(wait)
        return 1

    async def insist(
        self, name: str, function: Callable[[], Awaitable[T]], *, met: TransientError | None = None
    ) -> T:
        """Return what ``function`` returns, waiting behind the breaker as long as it takes.

        For what the loop itself must get done (publish, commit, dead letters). A target without a
        breaker gets the tries of ``call`` and no more; ``met`` is how the first of them failed, where
        it was made already.
        """
        while True:
            try:
                return await self.call(name, function, met=met)
            except TransientError as error:
                met = None
                breaker = self._breakers.of(error.target)
                if breaker is None:
                    raise
                breaker.failed(error)

    def settle_probe(self) -> None:
        """Let the next message probe if this one was let through and never reached a verdict."""
        probing, self.probing = self.probing, None
        if probing is not None:
            probing.release()

    def prove(self) -> None:
        """Note that the target this message was let through to is well."""
        probing, self.probing = self.probing, None
        if probing is not None:
            probing.succeeded()

    async def wait_behind(self, breaker: Breaker) -> None:
        """Wait for ``breaker``; afterwards this message may be its probe.

        Who is let through but can't go on at once lets the next one probe: what it waits for may itself
        be waiting for the verdict.

        Raises:
            TransientError: The target is given up.
        """
        self.settle_probe()
        clock = nullcontext() if self._deadline is None else self._deadline.paused()
        with clock:
            while True:
                async with self._parking(breaker, self.settle_probe):
                    self.probing = breaker if await breaker.permit() else None
                if self.probing is breaker or breaker.closed:
                    return
                if breaker.claim():
                    self.probing = breaker
                    return
                if breaker.given_up:
                    raise breaker.in_vain()

    async def _pass(self, name: str) -> None:
        breaker = self._breakers.barring(name)
        if breaker is not None and breaker is not self.probing:
            await self.wait_behind(breaker)

    def _answered(self, name: str, at: float) -> None:
        self._breakers.answered(name, at)
        if self.probing is not None and self.probing.closed:
            self.probing = None

    def _wait_after(self, number: int, error: TransientError) -> float | None:
        """Return the seconds to wait after the ``number``-th try failed, or None if it was the last."""
        if number >= self._settings.tries:
            return None
        backoff = min(self._settings.first * 2.0 ** (number - 1), self._settings.longest)
        wait: float = max(backoff * (1 + self._jitter()), error.retry_after or 0.0)
        if self._deadline is not None and wait >= self._deadline.remaining:
            return None
        return wait

    def _note(self, failed: Try) -> None:
        self._tries.append(failed)
        self._on_retry(failed)


class Steadfast:
    """The retry owner of the loop's own calls: they wait behind the breaker until the target answers."""

    def __init__(self, settings: RetrySettings, breakers: Breakers) -> None:
        self._settings = settings
        self._breakers = breakers

    @property
    def tries(self) -> Sequence[Try]:
        """Nothing is kept: these calls belong to no message's trail."""
        return ()

    async def call(self, name: str, function: Callable[[], Awaitable[T]]) -> T:
        """Return what ``function`` returns, however long it takes.

        Raises:
            TransientError: The target has no breaker to wait behind.
        """
        met: TransientError | None = None
        if self._breakers.barring(name) is None:
            # What nearly always happens, at a fraction of the cost: it answers at once.
            try:
                result = await function()
            except TransientError as error:
                met = error
            except PermanentError:
                self._breakers.answered(name, time.perf_counter())
                raise
            else:
                self._breakers.answered(name, time.perf_counter())
                return result
        retrier = Retrier(self._settings, self._breakers)
        try:
            return await retrier.insist(name, function, met=met)
        finally:
            # Cut short as the probe, it would leave everybody waiting for a verdict.
            retrier.settle_probe()
