"""What a worker has in hand: pure bookkeeping of records, keys and partitions."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from bus.offsets import Progress
from bus.protocol import Partition, Record


@dataclass(slots=True, eq=False)
class Owned:
    """A partition that is ours.

    Attributes:
        ready: The poison guard has looked; before that nothing is started.
        suspects: Records still to be handled alone.
        suspect_end: Offset from which on nothing is suspect.
        queue: Taken from the bus, not started.
        in_hand: Started, or waiting for their key.
    """

    partition: Partition
    ready: bool = False
    revoked: bool = False
    suspects: int = 0
    suspect_end: int = 0
    progress: Progress = field(default_factory=Progress)
    queue: deque[Record] = field(default_factory=deque)
    in_hand: set[Slot] = field(default_factory=set)

    def full(self, window: int) -> bool:
        """Whether nothing more should be taken from the bus for now."""
        return self.progress.outstanding + len(self.queue) >= window

    def startable(self, window: int) -> bool:
        """Whether the next record may be started."""
        if not self.queue or not self.ready or self.progress.outstanding >= window:
            return False
        # A suspect waits for the one before it, unless that one is itself waiting to be taken up.
        return not (self.suspects and any(not slot.waiting for slot in self.in_hand))

    @property
    def quarantined(self) -> bool:
        """Whether a record that was possibly in hand when another owner died is not committed yet."""
        return self.progress.position < self.suspect_end

    def clear_one(self) -> None:
        """Take the next suspect off the count; after the last one nothing further is suspect."""
        self.suspects -= 1
        if not self.suspects:
            self.suspect_end = self.queue[0].offset + 1

    def next_is_suspect(self) -> bool:
        """Whether the next record was possibly in hand when another owner died."""
        if self.suspects and self.queue[0].offset >= self.suspect_end:
            self.suspects = 0
        return self.suspects > 0


@dataclass(slots=True, eq=False)
class Slot:
    """A record in hand.

    Attributes:
        waiting: It is not worked on before its process has lived for a while.
    """

    record: Record
    owned: Owned
    alone: bool
    lane: str
    waiting: bool = False
    task: asyncio.Task[None] | None = None


class Window:
    """Bounds what is in hand: ``size`` messages in all, and ``size`` uncommitted ones per partition.

    Messages with the same key are handed out one at a time, in the order they were taken.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.partitions: dict[Partition, Owned] = {}
        self.in_flight = 0
        self._lanes: dict[str, deque[Slot]] = {}
        self._queued: dict[Partition, Owned] = {}

    @property
    def idle(self) -> bool:
        """Whether nothing is in hand, queued or uncommitted."""
        return not self.in_flight and not any(
            owned.queue or owned.progress.outstanding for owned in self.partitions.values()
        )

    def admit(self, records: Iterable[Record]) -> None:
        """Queue what was taken from the bus; a partition lost meanwhile is left to its new owner."""
        for record in records:
            owned = self.partitions.get(Partition(record.topic, record.partition))
            if owned is not None and not owned.revoked:
                owned.queue.append(record)
                self._queued[owned.partition] = owned

    def start(self, room: int) -> Iterator[Slot]:
        """Take up to ``room`` records in hand; yields those whose key is free."""
        for owned in tuple(self._queued.values()):
            while room > 0 and owned.startable(self.size):
                alone = owned.next_is_suspect()
                if alone:
                    owned.clear_one()
                slot = self._take(owned, owned.queue.popleft(), alone=alone)
                room -= 1
                if slot is not None:
                    yield slot
                if alone:
                    break
            if not owned.queue:
                self._queued.pop(owned.partition, None)

    def finish(self, slot: Slot, *, done: bool) -> Slot | None:
        """Put ``slot`` down; returns the next message with its key, to be started now.

        Args:
            done: Nothing of it can be lost any more; otherwise its partition never commits past it.
        """
        self._drop(slot)
        if done:
            slot.owned.progress.finish(slot.record.offset)
        lane = self._lanes[slot.lane]
        while lane:
            follower = lane.popleft()
            if not follower.owned.revoked:
                return follower
            self._drop(follower)
        del self._lanes[slot.lane]
        return None

    def revoke(self, partitions: Collection[Partition]) -> list[Owned]:
        """Stop starting anything of ``partitions``; returns them."""
        lost = [self.partitions[partition] for partition in partitions if partition in self.partitions]
        for owned in lost:
            owned.revoked = True
            owned.queue.clear()
            self._queued.pop(owned.partition, None)
        return lost

    def _take(self, owned: Owned, record: Record, *, alone: bool) -> Slot | None:
        # Records without a key have no order among each other.
        key = record.key or f"\0{record.topic}/{record.partition}/{record.offset}"
        slot = Slot(record, owned, alone, key)
        owned.progress.take(record.offset)
        owned.in_hand.add(slot)
        self.in_flight += 1
        lane = self._lanes.get(key)
        if lane is None:
            self._lanes[key] = deque()
            return slot
        lane.append(slot)
        return None

    def _drop(self, slot: Slot) -> None:
        slot.owned.in_hand.discard(slot)
        self.in_flight -= 1
