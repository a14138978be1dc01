"""A bus that takes its time: its first answers are empty, at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bus.protocol import Assignments, Consumer, Record
from bus.sqlite import SqliteBus


class SlowBus:
    """Another bus, slow to deliver.

    Attributes:
        empty: Answers that hold nothing before the first that may; None: all of them.
        polls: How often it was asked.
    """

    def __init__(self, bus: SqliteBus, empty: int | None) -> None:
        self._bus = bus
        self.empty = empty
        self.polls = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._bus, name)

    @asynccontextmanager
    async def consumer(
        self, topics: Sequence[str], group: str, assignments: Assignments | None = None
    ) -> AsyncIterator[_SlowConsumer]:
        """Join the group."""
        async with self._bus.consumer(topics, group, assignments) as consumer:
            yield _SlowConsumer(self, consumer)


class _SlowConsumer:
    def __init__(self, bus: SlowBus, consumer: Consumer) -> None:
        self._bus = bus
        self._consumer = consumer

    async def poll(self, max_records: int, wait: float) -> Sequence[Record]:
        """Return nothing for a while."""
        del wait
        self._bus.polls += 1
        if self._bus.empty is None or self._bus.polls <= self._bus.empty:
            return []
        return await self._consumer.poll(max_records, 0.0)
