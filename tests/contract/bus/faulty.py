"""A bus that fails where a test wants it to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Self

from bus.protocol import Assignments, Bus, Consumer, Lag, Outgoing, Partition, Record
from bus.topics import TopicSettings
from schemas.errors import TransientError


class FaultyBus:
    """A bus whose calls can be made to fail, before or after they took place."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._faults: list[tuple[str, str, Callable[[], BaseException], int]] = []
        self.polls = 0
        self.commits: list[Mapping[Partition, int]] = []

    def fail(self, call: str, moment: str, error: Callable[[], BaseException], times: int = 1) -> None:
        """Plan that the next ``times`` calls named ``call`` fail ``before`` or ``after`` they take place."""
        self._faults += [(call, moment, error, times)] * times

    def mend(self) -> None:
        """Forget what was planned."""
        self._faults.clear()

    def meet(self, call: str, moment: str) -> None:
        """Raise what was planned for here."""
        for fault in self._faults:
            if fault[:2] == (call, moment):
                self._faults.remove(fault)
                planned = fault[2]()
                raise planned

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Append unless planned otherwise."""
        self.meet("publish", "before")
        await self._bus.publish(messages)
        self.meet("publish", "after")

    @asynccontextmanager
    async def _consumer(
        self, topics: Sequence[str], group: str, assignments: Assignments | None
    ) -> AsyncIterator[Consumer]:
        self.meet("join", "before")
        async with self._bus.consumer(topics, group, assignments) as consumer:
            yield FaultyConsumer(self, consumer)

    def consumer(
        self, topics: Sequence[str], group: str, assignments: Assignments | None = None
    ) -> AbstractAsyncContextManager[Consumer]:
        """Join ``group`` as a member whose calls may fail."""
        return self._consumer(topics, group, assignments)

    async def lag(self, group: str, topics: Sequence[str]) -> Mapping[str, Lag]:
        """Ask the bus itself unless planned otherwise."""
        self.meet("lag", "before")
        return await self._bus.lag(group, topics)

    async def ensure_topics(self, names: Sequence[str]) -> None:
        """Ask the bus itself."""
        await self._bus.ensure_topics(names)

    async def create_topics(self, wanted: Mapping[str, TopicSettings]) -> None:
        """Ask the bus itself."""
        await self._bus.create_topics(wanted)

    async def topics(self, names: Sequence[str]) -> Mapping[str, TopicSettings]:
        """Ask the bus itself."""
        return await self._bus.topics(names)

    async def close(self) -> None:
        """Leave the bus to its owner."""

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Leave the bus to its owner."""


@dataclass
class FaultyConsumer:
    """A member whose calls may fail."""

    bus: FaultyBus
    consumer: Consumer

    async def poll(self, max_records: int, wait: float) -> Sequence[Record]:
        """Count, and take unless planned otherwise."""
        self.bus.polls += 1
        self.bus.meet("poll", "before")
        return await self.consumer.poll(max_records, wait)

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Note, and commit unless planned otherwise."""
        self.bus.meet("commit", "before")
        await self.consumer.commit(offsets)
        self.bus.commits.append(dict(offsets))
        self.bus.meet("commit", "after")

    def pause(self, partitions: Collection[Partition]) -> None:
        """Pause."""
        self.consumer.pause(partitions)

    def resume(self, partitions: Collection[Partition]) -> None:
        """Resume."""
        self.consumer.resume(partitions)


def bus_down() -> BaseException:
    """The error of a bus that does not answer."""
    return TransientError("the bus did not answer (planned fault)", target="bus")
