"""Taking partitions over and giving them up, with nothing lost and no session left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping
from datetime import datetime

import structlog

from bus import telemetry
from bus.commits import Commits
from bus.dead_letters import position
from bus.poison import PARTING_SECONDS, PoisonGuard
from bus.protocol import Partition, Span
from bus.window import Owned, Slot, Window
from schemas.handling import Position

log = structlog.get_logger("bus")


class Ownership:
    """The partitions of one worker.

    Args:
        tasks: Where to look into sessions, so that the store does not hold up an assignment.
        parked: Positions of the messages that wait behind a breaker.
        drain: Seconds that what is in hand may take to finish at a revocation.
        on_ready: Told when a partition's messages may be started.
    """

    def __init__(
        self,
        window: Window,
        guard: PoisonGuard,
        commits: Commits,
        tasks: asyncio.TaskGroup,
        *,
        agent: str,
        parked: Collection[Position],
        drain: float,
        now: Callable[[], datetime],
        on_ready: Callable[[], None],
    ) -> None:
        self._window = window
        self._guard = guard
        self._commits = commits
        self._agent = agent
        self._parked = parked
        self._drain = drain
        self._now = now
        self._on_ready = on_ready
        self._arrivals: dict[Partition, asyncio.Task[None]] = {}
        self._tasks = tasks
        self._revoking = asyncio.Lock()
        self._closed = False

    async def assigned(self, spans: Mapping[Partition, Span]) -> None:
        """Own these partitions; what lies in them is started once the poison guard has looked."""
        if self._closed:
            return
        log.debug(telemetry.PARTITION_ASSIGNED, agent=self._agent, partitions=sorted(spans))
        for partition, span in spans.items():
            owned = self._window.partitions[partition] = Owned(partition)
            self._arrivals[partition] = self._tasks.create_task(self._arrive(owned, span))

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """Finish what is in hand of these partitions, or abandon it; commit; give them up."""
        # A stop may fall into a rebalance: whoever comes second finds nothing left to give up.
        async with self._revoking:
            await self._give_up(partitions)

    async def close(self) -> None:
        """Give up everything, and own nothing any more: the group may deal once more while we leave."""
        self._closed = True
        await self.revoked(tuple(self._window.partitions))

    async def _give_up(self, partitions: Collection[Partition]) -> None:
        lost = self._window.revoke(partitions)
        await _cancel({self._arrivals.pop(owned.partition) for owned in lost})
        await self._put_down({slot for owned in lost for slot in owned.in_hand})
        await self._within_reason(self._commits.commit())
        # Also where the guard was still looking: its session may have been written.
        await self._within_reason(self._depart(lost))
        for owned in lost:
            del self._window.partitions[owned.partition]
        log.debug(telemetry.PARTITION_REVOKED, agent=self._agent, partitions=sorted(partitions))

    async def _depart(self, lost: Collection[Owned]) -> None:
        async with asyncio.TaskGroup() as tasks:
            for owned in lost:
                # What is still suspect stays so for the next owner: its session is left for it to find.
                if not owned.quarantined:
                    tasks.create_task(self._guard.depart(owned.partition))

    async def _arrive(self, owned: Owned, span: Span) -> None:
        suspects = await self._guard.arrive(owned.partition, self._now())
        if suspects and span.start < span.end:
            owned.suspects, owned.suspect_end = suspects, span.end
            log.warning(
                telemetry.PARTITION_SUSPECT,
                agent=self._agent,
                topic=owned.partition.topic,
                partition=owned.partition.number,
                offset=span.start,
                suspects=min(suspects, span.end - span.start),
            )
        owned.ready = True
        self._on_ready()

    async def _put_down(self, slots: Collection[Slot]) -> None:
        """Let ``slots`` finish for a while; cancel what is left, and at once what is waiting itself."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._drain
        in_hand = {slot.task: slot for slot in slots if slot.task is not None}
        pending = {task for task in in_hand if not task.done()}
        while pending and loop.time() < until and not all(self._waits(in_hand[task]) for task in pending):
            _, pending = await asyncio.wait(pending, timeout=0.1, return_when=asyncio.FIRST_COMPLETED)
        if pending:
            log.warning(telemetry.MESSAGE_ABANDONED, agent=self._agent, count=len(pending))
            await _cancel(pending)

    def _waits(self, slot: Slot) -> bool:
        return slot.waiting or position(slot.record) in self._parked

    async def _within_reason(self, call: Coroutine[None, None, None]) -> None:
        """Await a parting call for a while only: left undone it costs whoever comes next some work twice."""
        try:
            async with asyncio.timeout(PARTING_SECONDS):
                await call
        except TimeoutError:
            log.warning(telemetry.PARTING_CUT_SHORT, agent=self._agent)


async def _cancel(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
