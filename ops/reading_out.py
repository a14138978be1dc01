"""Reading topics from the beginning to where they ended when it was begun, committing nothing.

A commit would stay with the bus: the embedded one keeps every message for a group that once stood before it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from bus.protocol import Bus, Lag, Partition, Record, Span
from schemas.errors import TransientError

_WAIT_SECONDS = 0.5
_PATIENCE = 60
"""Empty answers in a row, half a minute of them, after which nothing more is expected."""


class NotReadOutError(TransientError):
    """The bus holds messages, and did not deliver them; the sentence says how many and where."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, target="bus")


class _Reading:
    """Where each partition ended at its assignment, and how far it was read since."""

    def __init__(self) -> None:
        self._ends: dict[Partition, int] = {}
        self._next: dict[Partition, int] = {}
        self._oldest: dict[str, datetime] = {}

    async def assigned(self, spans: Mapping[Partition, Span]) -> None:
        """Take note of the ends; those of a second assignment are later than what was asked for."""
        for partition, span in spans.items():
            self._ends.setdefault(partition, span.end)
            self._next.setdefault(partition, span.start)

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """Keep what is known: they come back."""

    def left(self) -> dict[str, int]:
        """Return how many offsets of each topic were not reached."""
        found: dict[str, int] = {}
        for partition, end in self._ends.items():
            if self._next[partition] < end:
                found[partition.topic] = found.get(partition.topic, 0) + end - self._next[partition]
        return found

    def taken(self, records: Sequence[Record]) -> list[Record]:
        """Return the records that are new: uncommitted, a second assignment begins at the start again."""
        new = []
        for record in records:
            place = Partition(record.topic, record.partition)
            if record.offset >= self._next.get(place, 0):
                self._next[place] = record.offset + 1
                first = self._oldest.setdefault(record.topic, record.timestamp)
                self._oldest[record.topic] = min(first, record.timestamp)
                new.append(record)
        return new

    def misses(self, topic: str, lag: Lag) -> bool:
        """Whether the topic holds a record older than all that were read of it."""
        return lag.oldest is not None and (topic not in self._oldest or lag.oldest < self._oldest[topic])


async def read_out(
    bus: Bus, topics: Sequence[str], group: str, take: Callable[[Sequence[Record]], object]
) -> None:
    """Give ``take`` every message of ``topics``.

    An empty answer is no end: a bus may take its time. Offsets may lack their records, though, so after long
    silence what the bus says is there decides.

    Args:
        bus: The bus.
        topics: Which; none is fine.
        group: A name that nobody else reads under.
        take: Called with some messages at a time.

    Raises:
        NotReadOutError: Messages that are there were not delivered.
        TransientError: The bus did not answer.
    """
    reading, silent = _Reading(), 0
    if not topics:
        return
    async with bus.consumer(topics, group, reading) as consumer:
        while left := reading.left():
            records = reading.taken(await consumer.poll(500, _WAIT_SECONDS))
            if records:
                take(records)
            silent = 0 if records else silent + 1
            if silent not in (1, _PATIENCE):
                continue
            there = await bus.lag(group, sorted(left))
            if all(lag.oldest is None for lag in there.values()):
                return
            if silent == _PATIENCE:
                _complain(
                    {topic: left[topic] for topic, lag in there.items() if reading.misses(topic, lag)}, group
                )
                return


def _complain(missed: Mapping[str, int], group: str) -> None:
    if missed:
        told = ", ".join(f"{count} of {topic}" for topic, count in sorted(missed.items()))
        raise NotReadOutError(
            f"the bus holds messages that it did not deliver to group {group} for half a minute ({told}); "
            "see that it is well and try again"
        )
