"""Reading the embedded log: members of a group share its partitions as a Kafka group would."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bus.protocol import Assignments, Partition, Record, Span
from bus.waiting import wait_for
from schemas.errors import PipelineError

READ_AHEAD = 128
"""Records read from the file at once and kept for the next polls, per partition."""


class Log(Protocol):
    """What members need of the log."""

    @property
    def ends(self) -> Mapping[Partition, int]:
        """Offset after the newest record of every partition."""
        ...

    def read(self, partition: Partition, start: int, limit: int) -> Sequence[Record]:
        """Return records from offset ``start`` on."""
        ...

    def standing(self, group: str, partitions: Collection[Partition]) -> dict[Partition, Span]:
        """Return where ``group`` stands."""
        ...

    async def advance(self, group: str, offsets: Mapping[Partition, int]) -> None:
        """Move offsets, durably."""
        ...


@dataclass(slots=True, eq=False)
class _Reading:
    partition: Partition
    position: int
    ahead: deque[Record] = field(default_factory=deque)


class Member:
    """A consumer of the embedded log."""

    def __init__(self, log: Log, topics: Sequence[str], group: str, assignments: Assignments | None) -> None:
        self.topics = frozenset(topics)
        self.owned: frozenset[Partition] = frozenset()
        self._log = log
        self._group = group
        self._assignments = assignments
        self._readings: deque[_Reading] = deque()
        self._paused: set[Partition] = set()
        self._wake = asyncio.Event()

    async def poll(self, max_records: int, wait: float) -> Sequence[Record]:
        """Return the next records; reads what is there before it waits."""
        taken = self._take(max_records)
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while not taken and (left := until - loop.time()) > 0:
            self._wake.clear()
            await wait_for(self._wake, left)
            # Nothing is awaited from here on: a cancelled poll has moved no position.
            taken = self._take(max_records)
        return taken

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Move the group's offsets of the partitions still owned."""
        owned = {partition: offset for partition, offset in offsets.items() if partition in self.owned}
        if owned:
            await self._log.advance(self._group, owned)

    def pause(self, partitions: Collection[Partition]) -> None:
        """Deliver nothing of ``partitions`` until resumed."""
        self._paused |= self.owned.intersection(partitions)

    def resume(self, partitions: Collection[Partition]) -> None:
        """Deliver ``partitions`` again."""
        self._paused.difference_update(partitions)
        self._wake.set()

    def notice(self) -> None:
        """Look again: the log may have grown."""
        self._wake.set()

    async def give_up(self) -> None:
        """Be revoked everything, as at the start of an eager rebalance."""
        self._readings.clear()
        if self.owned and self._assignments is not None:
            await self._assignments.revoked(self.owned)
        self.owned = frozenset()
        self._paused.clear()

    async def take_over(self, partitions: Collection[Partition]) -> None:
        """Be assigned ``partitions``."""
        self.owned = frozenset(partitions)
        spans = self._log.standing(self._group, self.owned)
        if spans and self._assignments is not None:
            await self._assignments.assigned(spans)
        self._readings = deque(_Reading(partition, spans[partition].start) for partition in sorted(spans))
        self._wake.set()

    def _take(self, limit: int) -> list[Record]:
        taken: list[Record] = []
        ends = self._log.ends
        for _ in range(len(self._readings)):
            if len(taken) >= limit:
                break
            # In turn, so that a partition with a backlog can't starve the others.
            reading = self._readings[0]
            self._readings.rotate(-1)
            if reading.partition in self._paused:
                continue
            if not reading.ahead and reading.position < ends[reading.partition]:
                try:
                    reading.ahead.extend(self._log.read(reading.partition, reading.position, READ_AHEAD))
                except PipelineError:
                    if not taken:
                        raise
                    # What was taken of others is handed over first; the next poll meets it again.
                    break
            while reading.ahead and len(taken) < limit:
                record = reading.ahead.popleft()
                reading.position = record.offset + 1
                taken.append(record)
        return taken


class Group:
    """The living members of a group in this process; joining and leaving deals the partitions anew.

    Whoever is cancelled meanwhile waits until all is dealt: given up half-way, the others would own nothing
    for good.
    """

    def __init__(self) -> None:
        self.members: list[Member] = []
        self._dealing = asyncio.Lock()

    async def join(self, member: Member, partitions: Mapping[str, Sequence[Partition]]) -> None:
        """Let ``member`` in."""
        await _to_its_end(self._join(member, partitions))

    async def leave(self, member: Member, partitions: Mapping[str, Sequence[Partition]]) -> None:
        """Let ``member`` go; what it owned is dealt to the others."""
        await _to_its_end(self._leave(member, partitions))

    async def _join(self, member: Member, partitions: Mapping[str, Sequence[Partition]]) -> None:
        async with self._dealing:
            await self._collect()
            self.members.append(member)
            await self._deal(partitions)

    async def _leave(self, member: Member, partitions: Mapping[str, Sequence[Partition]]) -> None:
        async with self._dealing:
            self.members.remove(member)
            await self._collect()
            await self._deal(partitions)

    async def _collect(self) -> None:
        for member in self.members:
            await member.give_up()

    async def _deal(self, partitions: Mapping[str, Sequence[Partition]]) -> None:
        hands: dict[Member, list[Partition]] = {member: [] for member in self.members}
        for topic in sorted({topic for member in self.members for topic in member.topics}):
            takers = [member for member in self.members if topic in member.topics]
            for turn, partition in enumerate(partitions[topic]):
                hands[takers[turn % len(takers)]].append(partition)
        for member, hand in hands.items():
            await member.take_over(hand)


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Run ``work``; cancelled meanwhile, end only once it has ended."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise
