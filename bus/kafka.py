"""Kafka as the bus: any number of processes, a cluster that keeps the log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Self

from bus.kafka_address import KafkaAddress
from bus.kafka_admin import Admin
from bus.kafka_consumer import Member
from bus.kafka_observer import Observer
from bus.kafka_producer import Outbox
from bus.protocol import Assignments, BusError, Consumer, Lag, Outgoing, Partition, Span
from bus.topics import TopicSettings


class KafkaBus:
    """A cluster's topics as the bus.

    Acknowledged means that every replica in sync has it. Keys are spread over partitions by their CRC-32,
    as librdkafka does, so that a foreign producer's messages of a key lie beside ours. Topics are the
    operator's to make (``create_topics``); one that is missing is named at once.
    """

    def __init__(self, address: KafkaAddress, *, now: Callable[[], datetime]) -> None:
        self._address = address
        self._now = now
        self._observer = Observer(address)
        self._counts: dict[str, int] = {}
        self._outbox = Outbox(address, self._counts, self._learn)
        self._closed = False

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Append ``messages``; all replicas in sync have them on return."""
        self._open()
        if messages:
            await self._outbox.send(messages, int(self._now().timestamp() * 1000))

    @asynccontextmanager
    async def _consumer(
        self, topics: Sequence[str], group: str, assignments: Assignments | None
    ) -> AsyncIterator[Consumer]:
        await self._known(topics)

        async def spans(partitions: Collection[Partition]) -> Mapping[Partition, Span]:
            return await self._spans(group, partitions)

        member = Member(self._address, self._address.prefix + group, spans, assignments)
        try:
            await member.join([self._address.prefix + topic for topic in topics])
            yield member
        finally:
            await member.leave()

    def consumer(
        self, topics: Sequence[str], group: str, assignments: Assignments | None = None
    ) -> AbstractAsyncContextManager[Consumer]:
        """Join ``group``, whose members may live in any process."""
        return self._consumer(topics, group, assignments)

    async def lag(self, group: str, topics: Sequence[str]) -> Mapping[str, Lag]:
        """Return what ``group`` has not finished, as the brokers say now."""
        counts = await self._known(topics)
        found = {}
        for topic in topics:
            names = [Partition(self._address.prefix + topic, number) for number in range(counts[topic])]
            standings = await self._observer.standings(self._address.prefix + group, names)
            waiting = {name: s.span.start for name, s in standings.items() if s.span.start < s.span.end}
            found[topic] = Lag(
                unread=sum(standings[name].span.end - start for name, start in waiting.items()),
                oldest=await self._observer.oldest(waiting) if waiting else None,
                finished=sum(standing.span.start for standing in standings.values()),
            )
        return found

    async def ensure_topics(self, names: Sequence[str]) -> None:
        """Make sure that the topics exist; they are made by ``create_topics`` alone."""
        missing = [name for name in names if name not in await self._look(names)]
        if missing:
            raise BusError(
                f"bus {self._address} has no topic {', '.join(missing)}; make the topics with "
                "doctrail topics create"
            )

    async def create_topics(self, wanted: Mapping[str, TopicSettings]) -> None:
        """Create the topics that do not exist yet; those that do stay as they are."""
        self._open()
        missing = {name: wanted[name] for name in wanted if name not in await self._look(tuple(wanted))}
        if missing:
            async with Admin(self._address) as admin:
                await admin.create({self._address.prefix + name: missing[name] for name in missing})
            await self._observer.wait_for({self._address.prefix + name for name in missing})

    async def topics(self, names: Sequence[str]) -> Mapping[str, TopicSettings]:
        """Return how those of the topics that exist are kept."""
        self._open()
        prefix = self._address.prefix
        async with Admin(self._address) as admin:
            found = await admin.describe([prefix + name for name in names])
        return {name: found[prefix + name] for name in names if prefix + name in found}

    async def close(self) -> None:
        """Wait a while for what was accepted, then let go of the connections."""
        self._closed = True
        await self._outbox.close()
        await self._observer.close()

    async def __aenter__(self) -> Self:
        """Return the bus; nothing is connected before first use."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close it."""
        await self.close()

    async def _learn(self, topic: str) -> int:
        return (await self._known([topic]))[topic]

    async def _known(self, topics: Sequence[str]) -> Mapping[str, int]:
        """Return how many partitions each of the topics has, or name the one that is missing."""
        self._open()
        unknown = [topic for topic in topics if topic not in self._counts]
        if unknown:
            self._counts.update(await self._look(unknown))
        for topic in unknown:
            if topic not in self._counts:
                raise BusError(
                    f"topic {topic!r} does not exist on bus {self._address}; make it: doctrail topics create"
                )
        return self._counts

    async def _look(self, topics: Sequence[str]) -> dict[str, int]:
        self._open()
        prefix = self._address.prefix
        found = await self._observer.partitions([prefix + topic for topic in topics])
        return {topic: found[prefix + topic] for topic in topics if prefix + topic in found}

    async def _spans(self, group: str, partitions: Collection[Partition]) -> Mapping[Partition, Span]:
        prefix = self._address.prefix
        names = {Partition(prefix + topic, number): Partition(topic, number) for topic, number in partitions}
        found = await self._observer.standings(prefix + group, tuple(names))
        return {names[name]: standing.span for name, standing in found.items()}

    def _open(self) -> None:
        if self._closed:
            raise BusError(f"bus {self._address} is closed")
