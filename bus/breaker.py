"""Breakers: while an outside part is down, consumption waits instead of burning messages."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import structlog

from bus.telemetry import BREAKER_CLOSED, BREAKER_OPENED
from schemas.errors import TransientError

log = structlog.get_logger("bus")

FOREIGN = "source:"
"""What the names of buckets that are not ours begin with."""
MOST_DOUBLINGS = 32
"""By then every wait is the longest one."""


class BreakerState(StrEnum):
    """Where a breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """How long an open breaker waits before it lets a probe through; seconds throughout.

    The n-th probe in a row follows ``min(first * 2**(n - 1), longest)`` seconds after the failure
    before it, or the seconds the target asked for, if that is more. With the defaults a target that
    is down for a minute is asked at 1, 3, 7, 15, 30, 45 and 60 s, and found well at the latest
    15 s after it came back.

    One failure opens a breaker. What counts is not a failed call but a ``TransientError`` that
    outlasted the retries (four calls over seconds) and left the handler; were more of them needed,
    the messages that failed before the last of them would be lost to a mere outage.

    A foreign bucket may be gone for good: ``foreign`` seconds after its breaker opened nobody waits any
    more. A dead letter, which a redrive brings back, keeps nobody else waiting.
    """

    first: float = 1.0
    longest: float = 15.0
    foreign: float = 300.0


@dataclass(frozen=True, slots=True)
class BreakerStatus:
    """What an operator sees of a breaker.

    Attributes:
        failures: Failures since it was last closed.
        waiting: Messages waiting behind it.
        reason: The sentence of the last failure.
    """

    target: str
    state: BreakerState
    failures: int
    waiting: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class BreakerTurn:
    """That a breaker opened, or closed again.

    Attributes:
        opened: True where it opened, False where the target answered again.
        failures: Failures since it was last closed.
        waited: The most messages that waited behind it at once.
        reason: The sentence of the last failure.
    """

    target: str
    opened: bool
    failures: int
    waited: int
    reason: str


OnTurn = Callable[[BreakerTurn], None]


def untold(turn: BreakerTurn) -> None:
    """Tell nobody."""


class Breaker:
    """The breaker of one target: closed, open, or half open while one probe is under way.

    Whoever is about to call the target waits for ``permit``; in the order they came, one of them at a
    time becomes the probe. The probe's success closes the breaker and frees all others, its failure
    opens it again for longer and sends the probe to the end of the queue.

    Attributes:
        patience: Seconds after which nobody waits any more; None for ever.
    """

    def __init__(self, target: str, settings: BreakerSettings, on_turn: OnTurn = untold) -> None:
        self.target = target
        self.patience = settings.foreign if target.startswith(FOREIGN) else None
        self._settings = settings
        self._opened = 0.0
        self._on_turn = on_turn
        self._waited = 0
        self._state = BreakerState.CLOSED
        self._failures = 0
        self._reason: str | None = None
        self._waiters: deque[asyncio.Future[bool]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def closed(self) -> bool:
        """Whether calls may go ahead."""
        return self._state is BreakerState.CLOSED

    @property
    def given_up(self) -> bool:
        """Whether it has been open for longer than anybody waits: who fails at it then has failed."""
        if self.patience is None or self.closed:
            return False
        return asyncio.get_running_loop().time() >= self._opened + self.patience

    @property
    def failed_probes(self) -> int:
        """Probes that failed since it opened."""
        return max(self._failures - 1, 0)

    @property
    def status(self) -> BreakerStatus:
        """Where it stands."""
        waiting = sum(not waiter.done() for waiter in self._waiters)
        return BreakerStatus(self.target, self._state, self._failures, waiting, self._reason)

    def failed(self, error: TransientError) -> None:
        """Note that ``error`` outlasted the retries, or that the probe met it."""
        if self._state is BreakerState.OPEN:
            # A latecomer from before it opened: it says nothing new.
            return
        self._failures += 1
        self._reason = str(error)
        # Of many doublings the product is no number any more.
        doublings = min(self._failures - 1, MOST_DOUBLINGS)
        delay = min(self._settings.first * 2.0**doublings, self._settings.longest)
        if self.given_up:
            # All who came since the probe before this one fail with it; the next soon have theirs.
            delay = self._settings.first
            self._free()
        if self._state is BreakerState.CLOSED:
            log.warning(BREAKER_OPENED, target=self.target, reason=self._reason)
            self._waited = 0
            self._opened = asyncio.get_running_loop().time()
            self._turned(opened=True)
        self._state = BreakerState.OPEN
        self._schedule(max(delay, error.retry_after or 0.0))

    def succeeded(self) -> None:
        """Note that the target answered; everyone who waits may go ahead."""
        if self._state is BreakerState.CLOSED:
            return
        log.info(BREAKER_CLOSED, target=self.target, failures=self._failures)
        self._turned(opened=False)
        self._state, self._failures, self._reason = BreakerState.CLOSED, 0, None
        self._unschedule()
        self._free()

    def claim(self) -> bool:
        """Make the caller the probe, if one is due and nobody is it or waits for it."""
        if self._state is not BreakerState.OPEN or self._timer is not None:
            return False
        self._state = BreakerState.HALF_OPEN
        return True

    def release(self) -> None:
        """Note that the probe ended without a verdict; the next in the queue probes at once."""
        if self._state is BreakerState.HALF_OPEN:
            self._state = BreakerState.OPEN
            self._schedule(0.0)

    async def permit(self) -> bool:
        """Wait until the target may be called; True if the caller is the probe.

        A probe owes exactly one of ``succeeded``, ``failed`` and ``release``.
        """
        if self.closed:
            return False
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._waited = max(self._waited, self.status.waiting + (self._state is BreakerState.HALF_OPEN))
        if self._state is BreakerState.OPEN and self._timer is None:
            self._schedule(0.0)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.result():
                self.release()
            raise

    def in_vain(self) -> TransientError:
        """Return what whoever waited is told once it is given up."""
        return TransientError(f"{self._reason}; after {self.patience:g} s nobody waits", target=self.target)

    def _free(self) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(False)

    def _turned(self, *, opened: bool) -> None:
        self._on_turn(BreakerTurn(self.target, opened, self._failures, self._waited, self._reason or ""))

    def _schedule(self, delay: float) -> None:
        self._unschedule()
        self._timer = asyncio.get_running_loop().call_later(delay, self._let_one_through)

    def _unschedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _let_one_through(self) -> None:
        self._timer = None
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                self._state = BreakerState.HALF_OPEN
                waiter.set_result(True)
                return


class Breakers:
    """The breakers of one process, shared by its workers; made when a target first fails.

    Only the store, the bus, the catalog, model endpoints and foreign buckets pause consumption, each of
    those alone who use it. Which call goes to which target is learned from the failures, so that a
    success under the same name counts as the target's answer: one name should mean one target
    (``model.complete:<endpoint>`` where there are several).

    Args:
        on_turn: Told of every breaker that opens or closes; must return at once.
    """

    GUARDED = ("store", "bus", "catalog", "model:", FOREIGN)

    def __init__(self, settings: BreakerSettings | None = None, *, on_turn: OnTurn = untold) -> None:
        self._settings = settings or BreakerSettings()
        self._on_turn = on_turn
        self._breakers: dict[str, Breaker] = {}
        self._calls: dict[str, list[Breaker]] = {}
        self._answers: dict[str, float] = {}

    def of(self, target: str) -> Breaker | None:
        """Return the breaker of ``target``, or None if its failures pause nothing."""
        breaker = self._breakers.get(target)
        if breaker is None and any(
            target == g or (g[-1] == ":" and target.startswith(g)) for g in self.GUARDED
        ):
            breaker = self._breakers[target] = Breaker(target, self._settings, self._on_turn)
        return breaker

    def suspect(self, call: str, target: str) -> None:
        """Note that calls named ``call`` go to ``target``."""
        breaker = self.of(target)
        if breaker is not None and breaker not in self._calls.setdefault(call, []):
            self._calls[call].append(breaker)

    def barring(self, call: str) -> Breaker | None:
        """Return an open breaker that ``call`` must wait behind, if there is one."""
        for breaker in self._calls.get(call, ()):
            if not breaker.closed:
                return breaker
        return None

    def answered(self, call: str, at: float) -> None:
        """Note that a call named ``call`` was answered at ``at`` (``time.perf_counter``)."""
        self._answers[call] = at
        for breaker in self._calls.get(call, ()):
            breaker.succeeded()

    def answered_since(self, call: str, since: float) -> bool:
        """Whether any message's call named ``call`` was answered after ``since``."""
        return self._answers.get(call, since) > since

    @property
    def statuses(self) -> Sequence[BreakerStatus]:
        """Where every breaker stands, by target."""
        return [self._breakers[target].status for target in sorted(self._breakers)]
