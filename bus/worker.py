"""The only consume loop: takes records in hand, carries them side by side, commits what is finished."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from bus import telemetry
from bus.breaker import Breakers
from bus.dead_letters import position
from bus.handling import Handling, Surroundings
from bus.poison import PARTING_SECONDS, PoisonGuard
from bus.protocol import Bus, Consumer, Partition, Record, Span
from bus.retry import RetrySettings, Steadfast
from bus.settings import WorkerSettings
from bus.solitude import Solitude
from bus.telemetry import Counters, OnEvent, WorkerEvent, ignore
from bus.window import Owned, Slot, Window
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
        owner: Names this worker in its sessions, for people.
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
        owner: str = "",
        on_event: OnEvent = ignore,
    ) -> None:
        self.name = handler.name
        self.topics = tuple(message.event for message in handler.consumes)
        self.counters = Counters()
        self._bus = bus
        self._settings = settings
        self._now = now
        self._on_event = on_event
        self._steady = Steadfast(settings.retry, breakers)
        steady_store = RetryingStore(store, self._steady)
        self._guard = PoisonGuard(
            steady_store, group=self.name, owner=owner or f"pid {os.getpid()}", window=settings.window
        )
        self._handling = Handling(
            Surroundings(
                bus=bus,
                handler=handler,
                store=steady_store,
                steady=self._steady,
                settings=settings,
                breakers=breakers,
                solitude=solitude or Solitude(),
                guard=self._guard,
                now=now,
                counters=self.counters,
                on_event=on_event,
            ),
            self._progressed,
        )
        self._window = Window(settings.window)
        self._scouts = 0
        self._stopping = False
        self._tasks: asyncio.TaskGroup | None = None
        self._consumer: Consumer | None = None
        self._paused: set[Partition] = set()
        self._freed = asyncio.Event()
        self._finished = asyncio.Event()
        self._pressing = asyncio.Event()
        self._committing = asyncio.Lock()

    @property
    def idle(self) -> bool:
        """Whether nothing is in hand, waiting or uncommitted."""
        return self._window.idle

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until ``stop`` is set, then finish what is in hand, commit it and return.

        Raises:
            PipelineError: The bus or the store can't be used at all; nothing is lost, nothing goes on.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                committer = tasks.create_task(self._commit_forever())
                try:
                    await self._consume(stop)
                finally:
                    committer.cancel()
        except BaseExceptionGroup as group:
            raise _first_of(group) from group

    async def assigned(self, spans: Mapping[Partition, Span]) -> None:
        """Own these partitions; what lies in them is started once the poison guard has looked."""
        for partition, span in spans.items():
            owned = self._window.partitions[partition] = Owned(partition)
            if self._tasks is not None:
                self._tasks.create_task(self._arrive(owned, span))

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """Finish what is in hand of these partitions, or abandon it; commit; give them up."""
        lost = self._window.revoke(partitions)
        await self._put_down({slot for owned in lost for slot in owned.in_hand})
        await self._within_reason(self._commit())
        for owned in lost:
            if owned.ready:
                await self._within_reason(self._guard.depart(owned.partition))
            self._paused.discard(owned.partition)
            del self._window.partitions[owned.partition]

    async def _consume(self, stop: asyncio.Event) -> None:
        async with self._bus.consumer(self.topics, self.name, self) as consumer:
            self._consumer = consumer
            log.info(telemetry.WORKER_STARTED, agent=self.name, topics=self.topics)
            try:
                async with _until(stop):
                    await self._poll_forever(consumer)
                self._stopping = True
                await self.revoked(tuple(self._window.partitions))
            finally:
                self._consumer = None
            log.info(telemetry.WORKER_DRAINED, agent=self.name, handled=self.counters.handled)

    async def _poll_forever(self, consumer: Consumer) -> None:
        timeout = self._settings.poll_timeout
        while True:
            self._start()
            room = self._room()
            if room > 0:
                self._set_pauses(consumer, everything=False)
                self._window.admit(await self._poll(consumer, room, timeout))
            elif not await self._freed_within(timeout):
                # Polling is the sign of life, and never stops: with everything paused it takes nothing.
                self._set_pauses(consumer, everything=True)
                self._window.admit(await self._poll(consumer, 1, 0.0))

    async def _poll(self, consumer: Consumer, room: int, wait: float) -> Sequence[Record]:
        return await self._steady.call("bus.poll", lambda: consumer.poll(room, wait))

    def _start(self) -> None:
        """Start whatever may be started."""
        if self._stopping or self._tasks is None:
            return
        for slot in self._window.start(self._room()):
            self._spawn(slot)

    def _room(self) -> int:
        """Return how many more messages may be taken in hand.

        While one of ours waits behind a breaker nothing new is begun, but for one more message after
        each probe that failed: so a message that fails for reasons of its own is not the only probe.
        """
        room = self._window.size - self._window.in_flight
        parked = self._handling.parked
        if not parked:
            self._scouts = 0
            return room
        probes = max(breaker.failed_probes for breaker in parked.values())
        if probes > self._scouts and self._window.in_flight == len(parked):
            return min(room, 1)
        return 0

    def _spawn(self, slot: Slot) -> None:
        if self._tasks is None:
            return
        if self._handling.parked:
            self._scouts += 1
        self.counters.in_flight += 1
        slot.task = self._tasks.create_task(self._carry(slot))

    async def _carry(self, slot: Slot) -> None:
        done = False
        try:
            await self._handling.carry(slot.record, alone=slot.alone)
            done = True
        finally:
            self.counters.in_flight -= 1
            self._put_by(slot, done=done)

    def _put_by(self, slot: Slot, *, done: bool) -> None:
        follower = self._window.finish(slot, done=done)
        if done:
            self._finished.set()
            if slot.owned.progress.outstanding * 2 >= self._window.size:
                self._pressing.set()
        if follower is not None and not self._stopping:
            self._spawn(follower)
        self._progressed()

    def _progressed(self) -> None:
        self._freed.set()

    async def _freed_within(self, seconds: float) -> bool:
        self._freed.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._freed.wait()
        except TimeoutError:
            return False
        return True

    def _set_pauses(self, consumer: Consumer, *, everything: bool) -> None:
        wanted = {
            partition
            for partition, owned in self._window.partitions.items()
            if everything or owned.full(self._window.size)
        }
        if wanted != self._paused:
            consumer.resume(self._paused - wanted)
            consumer.pause(wanted - self._paused)
            self._paused = wanted

    async def _commit_forever(self) -> None:
        while True:
            await self._finished.wait()
            # Offsets gather for a moment, unless a partition may soon have to wait for its commit.
            try:
                async with asyncio.timeout(self._settings.commit_interval):
                    await self._pressing.wait()
            except TimeoutError:
                pass
            self._finished.clear()
            self._pressing.clear()
            await self._commit()

    async def _commit(self) -> None:
        async with self._committing:
            partitions = self._window.partitions
            offsets = {
                p: o for p, owned in partitions.items() if (o := owned.progress.committable) is not None
            }
            consumer = self._consumer
            if not offsets or consumer is None:
                return
            await self._steady.call("bus.commit", lambda: consumer.commit(offsets))
            for partition, offset in offsets.items():
                if partition in partitions:
                    partitions[partition].progress.committed(offset)
            self._start()
            if not self._stopping:
                self._set_pauses(consumer, everything=False)

    async def _arrive(self, owned: Owned, span: Span) -> None:
        suspects = await self._guard.arrive(owned.partition, self._now())
        if suspects and span.start < span.end:
            owned.suspects, owned.suspect_end = suspects, span.end
            log.warning(
                telemetry.PARTITION_SUSPECT,
                agent=self.name,
                topic=owned.partition.topic,
                partition=owned.partition.number,
                offset=span.start,
                suspects=min(suspects, span.end - span.start),
            )
        owned.ready = True
        self._start()

    async def _within_reason(self, call: Coroutine[None, None, None]) -> None:
        """Await a parting call for a while only: left undone it costs whoever comes next some work twice."""
        try:
            async with asyncio.timeout(PARTING_SECONDS):
                await call
        except TimeoutError:
            log.warning(telemetry.PARTITION_ABANDONED, agent=self.name)

    async def _put_down(self, slots: Collection[Slot]) -> None:
        """Let ``slots`` finish for a while; cancel what is left, and at once what waits behind a breaker."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._settings.drain
        tasks = {slot.task: position(slot.record) for slot in slots if slot.task is not None}
        pending = {task for task in tasks if not task.done()}
        while pending and loop.time() < until:
            if all(tasks[task] in self._handling.parked for task in pending):
                break
            _, pending = await asyncio.wait(pending, timeout=0.1, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if pending:
            await asyncio.wait(pending)


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
