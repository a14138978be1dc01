"""The only consume loop: takes records in hand, carries them side by side, commits what is finished."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime

import structlog

from bus import telemetry
from bus.breaker import Breakers
from bus.commits import Commits
from bus.handling import Handling, Surroundings
from bus.ownership import Ownership
from bus.poison import PoisonGuard
from bus.protocol import Bus, Consumer, Partition, Record
from bus.retry import RetrySettings, Steadfast
from bus.settings import WorkerSettings
from bus.solitude import Solitude
from bus.telemetry import Counters, OnEvent, WorkerEvent, ignore
from bus.waiting import wait_for
from bus.window import Slot, Window
from schemas.errors import TransientError
from schemas.handling import Handler
from store.protocol import ObjectStore
from store.retrying import RetryingStore

__all__ = ["Counters", "RetrySettings", "Solitude", "Worker", "WorkerEvent", "WorkerSettings"]

log = structlog.get_logger("bus")


class Worker:
    """Runs one handler as one member of its consumer group, at least once and in order per key.

    A message is committed once everything it led to is on disk: its outgoing messages, or its dead
    letter. The offset committed is one after the highest of the unbroken finished prefix, and never
    further than ``window`` messages behind what was started.

    Args:
        breakers: Shared by the workers of a process.
        solitude: Shared by the workers of a process, so that alone means alone in the process.
        owner: Names this worker in its sessions; no other worker, dead ones included, may have the
            same name (in a container the pid is always 1).
        on_event: Told of what happens to each message; must return at once.
    """

    def __init__(
        self,
        bus: Bus,
        handler: Handler,
        store: ObjectStore,
        *,
        settings: WorkerSettings,
        breakers: Breakers,
        now: Callable[[], datetime],
        solitude: Solitude | None = None,
        owner: str | None = None,
        on_event: OnEvent = ignore,
    ) -> None:
        self.name = handler.name
        self.topics = tuple(message.event for message in handler.consumes)
        self.counters = Counters()
        self._bus = bus
        self._settings = settings
        owner = owner or f"pid {os.getpid()}, {uuid.uuid4()}"
        self._steady = Steadfast(settings.retry, breakers)
        steady_store = RetryingStore(store, self._steady)
        guard = PoisonGuard(steady_store, group=self.name, owner=owner, window=settings.window)
        self._handling = Handling(
            Surroundings(
                bus=bus,
                handler=handler,
                store=steady_store,
                steady=self._steady,
                settings=settings,
                breakers=breakers,
                solitude=solitude or Solitude(),
                guard=guard,
                now=now,
                counters=self.counters,
                on_event=on_event,
            ),
            self._progressed,
        )
        self._tasks = asyncio.TaskGroup()
        self._window = Window(settings.window)
        self._commits = Commits(
            self._window, self._steady, interval=settings.commit_interval, on_commit=self._committed
        )
        self._ownership = Ownership(
            self._window,
            guard,
            self._commits,
            self._tasks,
            agent=self.name,
            parked=self._handling.parked,
            drain=settings.drain,
            now=now,
            on_ready=self._start,
        )
        self._scouts = 0
        self._stopping = False
        self._paused: set[Partition] = set()
        self._freed = asyncio.Event()

    @property
    def idle(self) -> bool:
        """Whether nothing is in hand, waiting or uncommitted."""
        return self._window.idle

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until ``stop`` is set, then finish what is in hand, commit it and return; runs once.

        Raises:
            PipelineError: The bus or the store can't be used at all; nothing is lost, nothing goes on.
        """
        try:
            async with self._tasks:
                committer = self._tasks.create_task(self._commits.run())
                try:
                    await self._consume(stop)
                finally:
                    committer.cancel()
        except BaseExceptionGroup as group:
            raise _first_of(group) from group

    async def _consume(self, stop: asyncio.Event) -> None:
        async with AsyncExitStack() as membership:
            async with _until(stop):
                consumer = await self._steady.call("bus.join", lambda: self._join(membership))
                self._commits.consumer = consumer
                log.info(telemetry.WORKER_STARTED, agent=self.name, topics=self.topics)
                await self._poll_forever(consumer)
            self._stopping = True
            await self._ownership.close()
            log.info(telemetry.WORKER_DRAINED, agent=self.name, handled=self.counters.handled)

    async def _join(self, membership: AsyncExitStack) -> Consumer:
        try:
            return await membership.enter_async_context(
                self._bus.consumer(self.topics, self.name, self._ownership)
            )
        except TransientError:
            # What the group dealt us before it failed is dealt anew.
            await self._ownership.revoked(tuple(self._window.partitions))
            raise

    async def _poll_forever(self, consumer: Consumer) -> None:
        timeout = self._settings.poll_timeout
        while True:
            self._start()
            room = self._room()
            if room > 0:
                self._set_pauses(consumer, everything=False)
                self._window.admit(await self._poll(consumer, room, timeout))
                continue
            self._freed.clear()
            await wait_for(self._freed, timeout)
            if self._room() <= 0:
                # Polling is the sign of life, and never stops: with everything paused it takes nothing.
                self._set_pauses(consumer, everything=True)
                self._window.admit(await self._poll(consumer, 1, 0.0))

    async def _poll(self, consumer: Consumer, room: int, wait: float) -> Sequence[Record]:
        records = await self._steady.call("bus.poll", lambda: consumer.poll(room, wait))
        self.counters.polls += 1
        return records

    def _start(self) -> None:
        """Start whatever may be started."""
        if not self._stopping:
            for slot in self._window.start(self._room()):
                self._spawn(slot)

    def _room(self) -> int:
        """Return how many more messages may be taken in hand.

        While one of ours waits behind a breaker nothing new is begun, but for one more message after
        each probe that failed: so a message that fails for reasons of its own is not the only probe. Who
        waits for a foreign bucket, and not for ever, only takes up room.
        """
        room = self._window.size - self._window.in_flight
        parked = [one for one in self._handling.parked.values() if one.patience is None]
        if not parked:
            self._scouts = 0
            return room
        probes = max(breaker.failed_probes for breaker in parked)
        if probes > self._scouts and self._window.in_flight == len(self._handling.parked):
            return min(room, 1)
        return 0

    def _spawn(self, slot: Slot) -> None:
        if self._handling.parked:
            self._scouts += 1
        self.counters.in_flight += 1
        slot.task = self._tasks.create_task(self._carry(slot))

    async def _carry(self, slot: Slot) -> None:
        done = False

        def waits(waiting: bool) -> None:
            slot.waiting = waiting
            self._start()

        try:
            await self._handling.carry(slot.record, alone=slot.alone, on_wait=waits)
            done = True
        finally:
            self.counters.in_flight -= 1
            self._put_by(slot, done=done)

    def _put_by(self, slot: Slot, *, done: bool) -> None:
        follower = self._window.finish(slot, done=done)
        if done:
            self._commits.finished(slot.owned)
        if follower is not None and not self._stopping:
            self._spawn(follower)
        self._progressed()

    def _progressed(self) -> None:
        self._freed.set()

    def _set_pauses(self, consumer: Consumer, *, everything: bool) -> None:
        # What was revoked meanwhile can be neither paused nor resumed.
        self._paused &= self._window.partitions.keys()
        wanted = {
            partition
            for partition, owned in self._window.partitions.items()
            if everything or owned.full(self._window.size)
        }
        if wanted != self._paused:
            consumer.resume(self._paused - wanted)
            consumer.pause(wanted - self._paused)
            self._paused = wanted

    def _committed(self) -> None:
        """Start what had to wait for a commit, and let full partitions flow again."""
        self._start()
        if self._commits.consumer is not None and not self._stopping:
            self._set_pauses(self._commits.consumer, everything=False)


@asynccontextmanager
async def _until(stop: asyncio.Event) -> AsyncIterator[None]:
    """End the block as soon as ``stop`` is set."""

    async def watch(scope: asyncio.Timeout) -> None:
        await stop.wait()
        scope.reschedule(asyncio.get_running_loop().time())

    async with asyncio.TaskGroup() as tasks:
        try:
            async with asyncio.timeout(None) as scope:
                watcher = tasks.create_task(watch(scope))
                yield
        except TimeoutError:
            if not scope.expired():
                raise
        finally:
            watcher.cancel()


def _first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    first = group.exceptions[0]
    return _first_of(first) if isinstance(first, BaseExceptionGroup) else first
