"""Running every agent in this process until something is true: idle, interrupted, or all awaited ends."""

from __future__ import annotations

import asyncio
import signal
import uuid
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager, suppress

from app.wiring import Doctrail
from app.workers import AGENTS, open_workers
from bus.breaker import Breakers, BreakerState, BreakerStatus
from bus.telemetry import Counters, WorkerEvent
from bus.worker import Worker
from ops.health import Outage
from ops.heartbeat import Pulse
from ops.outages import OutageLog
from schemas.errors import TransientError

LOOK_SECONDS = 0.2
"""How often a running engine is looked at."""
LEAVING_SECONDS = 5.0
"""Longest time that an engine's end waits for a store that does not take its last notes."""


class Engine:
    """The running workers, as whoever waits for them sees them.

    Args:
        only: Which agents.

    Attributes:
        interrupted: Set once the operator asks to stop.
    """

    def __init__(self, doctrail: Doctrail, only: Collection[str] = AGENTS) -> None:
        self._doctrail = doctrail
        self._only = only
        self._workers: Sequence[Worker] = ()
        self._outages = OutageLog(str(uuid.uuid4()), sorted(only), doctrail.now)
        self._breakers = Breakers(on_turn=self._outages.turned)
        self._touched: set[str] = set()
        self.interrupted = asyncio.Event()

    def note(self, event: WorkerEvent) -> None:
        """Remember which document something happened to."""
        if event.document_id is not None:
            self._touched.add(event.document_id)

    def take_touched(self) -> set[str]:
        """Return the documents that something happened to since the last call."""
        touched, self._touched = self._touched, set()
        return touched

    @property
    def outages(self) -> Sequence[BreakerStatus]:
        """Outside parts that are down, for which messages wait."""
        return [one for one in self._breakers.statuses if one.state is not BreakerState.CLOSED]

    @property
    def counters(self) -> Mapping[str, Counters]:
        """What each agent did and has in hand."""
        return {worker.name: worker.counters for worker in self._workers}

    def pulse(self) -> Pulse:
        """Return the signs of life of this moment."""
        down = self.outages
        return Pulse(
            {name: counted.polls for name, counted in self.counters.items()},
            [Outage(target=o.target, state=o.state.value, waiting=o.waiting, reason=o.reason) for o in down],
        )

    async def pause(self) -> None:
        """Wait a moment, or until interrupted."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self.interrupted.wait()

    async def idle(self) -> bool:
        """Whether nothing is left to do: two looks in a row find nothing unread and nothing sent between."""
        before = self._published()
        for _ in range(2):
            for worker in self._workers:
                if await self._unread(worker):
                    return False
        return before == self._published()

    def _published(self) -> int:
        return sum(counters.published + counters.dead_lettered for counters in self.counters.values())

    async def shown(self, name: str) -> None:
        """Return once consumer ``name`` handled what was sent before this call, or when interrupted.

        What goes on being sent meanwhile is not waited for.
        """
        worker = next(worker for worker in self._workers if worker.name == name)
        unread = await self._unread(worker)
        enough = worker.counters.handled + unread
        while unread and worker.counters.handled < enough and not self.interrupted.is_set():
            await self.pause()
            unread = await self._unread(worker)

    async def _unread(self, worker: Worker) -> int:
        """Return how much ``worker`` has before it; while the bus does not answer, wait as the agents do.

        Interrupted meanwhile, it returns 1: nobody knows that there is nothing.
        """
        while not self.interrupted.is_set():
            try:
                lag = await self._doctrail.bus.lag(worker.name, worker.topics)
            except TransientError:
                await self.pause()
            else:
                return sum(of_topic.unread for of_topic in lag.values())
        return 1

    async def run(self, until: Callable[[Engine], Awaitable[None]]) -> None:
        """Run the workers until ``until`` returns or the operator interrupts, then drain them."""
        stop = asyncio.Event()
        async with open_workers(
            self._doctrail, only=self._only, on_event=self.note, breakers=self._breakers
        ) as workers:
            self._workers = workers
            with interrupting(self.interrupted):
                async with self._noted(), asyncio.TaskGroup() as group, self._watched():
                    for worker in workers:
                        group.create_task(worker.run(stop))
                    await until(self)
                    stop.set()

    @asynccontextmanager
    async def _watched(self) -> AsyncIterator[None]:
        """Show queues and breakers inside, where this process exports what it knows."""
        doctrail = self._doctrail
        if doctrail.telemetry is None:
            yield
            return
        watching = asyncio.ensure_future(doctrail.telemetry.watch(doctrail.bus, self._breakers, doctrail.now))
        try:
            yield
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    @asynccontextmanager
    async def _noted(self) -> AsyncIterator[None]:
        """Note in the store, inside, for which outside parts this process waits."""
        store = self._doctrail.store
        noting = asyncio.ensure_future(self._outages.keep(store))
        try:
            yield
        finally:
            noting.cancel()
            with suppress(asyncio.CancelledError):
                await noting
            with suppress(TimeoutError):
                async with asyncio.timeout(LEAVING_SECONDS):
                    await self._outages.leave(store)


@contextmanager
def interrupting(event: asyncio.Event) -> Iterator[None]:
    """Set ``event`` when the operator asks to stop, instead of ending the process."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, event.set)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def stopped_or(ended: Coroutine[None, None, None], tell: Callable[[], None]) -> None:
    """Call ``tell`` once a stop would be heeded, and return once it is asked for, or ``ended`` returns.

    Whoever serves is then told to end by his owner, and the process ends well: a library that catches the
    signal itself raises it once more when it is done.
    """
    stop = asyncio.Event()
    with interrupting(stop):
        tell()
        waiting = {asyncio.create_task(ended), asyncio.create_task(_set(stop))}
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()


async def _set(event: asyncio.Event) -> None:
    await event.wait()


async def until_interrupted(engine: Engine) -> None:
    """Return once the operator asks to stop."""
    await engine.interrupted.wait()


async def until_idle(engine: Engine) -> None:
    """Return once nothing is left to do, or the operator asks to stop."""
    while not engine.interrupted.is_set() and not await engine.idle():
        await engine.pause()
