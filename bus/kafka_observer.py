"""Looking at a Kafka cluster from outside any group: its topics, where groups stand, what waits there."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from aiokafka import AIOKafkaClient
from aiokafka.errors import (
    KafkaError,
    LeaderNotAvailableError,
    NoError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.offset import OffsetRequest
from aiokafka.record import MemoryRecords

from bus.kafka_address import KafkaAddress
from bus.kafka_client import BACKOFF, client_arguments, entering, unanswered
from bus.protocol import BusError, Partition, Span

T = TypeVar("T")

_EARLIEST, _LATEST = -2, -1
_OLDEST_BYTES = 65_536
_WAIT_MS = 500


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a group stands in a partition; ``first`` is the oldest offset that is still kept."""

    first: int
    span: Span


class Observer:
    """Asks brokers about topics and offsets under the cluster's own names; opened at first use.

    Every question is asked again while leaders and coordinators move, for as long as the address is
    patient.
    """

    def __init__(self, address: KafkaAddress) -> None:
        self._address = address
        self._client: AIOKafkaClient | None = None
        self._opening = asyncio.Lock()
        self._leaders: dict[Partition, int] = {}
        self._coordinators: dict[str, int] = {}

    async def partitions(self, topics: Collection[str]) -> dict[str, int]:
        """Return how many partitions each of ``topics`` has; those that do not exist are left out.

        Raises:
            TransientError: No broker answered.
        """
        return await self._insisting("list its topics", lambda: self._partitions(topics))

    async def wait_for(self, topics: Collection[str]) -> None:
        """Return once every partition of ``topics`` has a leader that knows of it.

        Raises:
            TransientError: They have none in time.
        """

        async def look() -> None:
            found = await self._partitions(topics)
            places = [Partition(topic, number) for topic in topics for number in range(found.get(topic, 0))]
            if len(found) < len(topics) or any(self._leaders.get(place, -1) < 0 for place in places):
                raise LeaderNotAvailableError
            await self._offsets(places, _LATEST)

        await self._insisting("elect leaders", look)

    async def standings(self, group: str, partitions: Collection[Partition]) -> dict[Partition, Standing]:
        """Return where ``group`` stands in each partition; where it never was, at the first record.

        Raises:
            TransientError: No broker answered.
        """
        if not partitions:
            return {}
        return await self._insisting("tell offsets", lambda: self._standings(group, partitions))

    async def oldest(self, starts: Mapping[Partition, int]) -> datetime | None:
        """Return when the oldest record at or after these offsets was published, if there is one.

        Raises:
            TransientError: No broker answered.
        """

        async def look() -> datetime | None:
            times = [await self._time_of(partition, offset) for partition, offset in starts.items()]
            return min((time for time in times if time is not None), default=None)

        return await self._insisting("read", look)

    async def close(self) -> None:
        """Let go of the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _insisting(self, doing: str, question: Callable[[], Awaitable[T]]) -> T:
        client = await self._open()
        last: KafkaError | None = None
        try:
            async with asyncio.timeout(self._address.options.patience):
                while True:
                    try:
                        return await question()
                    except KafkaError as error:
                        last = error
                        self._coordinators.clear()
                        self._leaders.clear()
                        if not error.retriable:
                            break
                    await asyncio.sleep(BACKOFF)
                    await client.force_metadata_update()
        except TimeoutError as error:
            raise unanswered(self._address, doing, last) from error
        raise unanswered(self._address, doing, last) from last

    async def _open(self) -> AIOKafkaClient:
        async with self._opening:
            if self._client is None:
                client = AIOKafkaClient(**client_arguments(self._address))
                async with entering(self._address):
                    try:
                        await client.bootstrap()
                    except BaseException:
                        await client.close()
                        raise
                self._client = client
            return self._client

    async def _send(self, node: int | None, request: object) -> Any:
        client = self._client
        if client is None:
            raise BusError(f"bus {self._address} is closed")
        return await client.send(client.get_random_node() if node is None else node, request)

    async def _partitions(self, topics: Collection[str]) -> dict[str, int]:
        answer = await self._send(None, MetadataRequest(list(topics), allow_auto_topic_creation=False))
        found: dict[str, int] = {}
        for code, topic, _, partitions in answer.topics:
            error = for_code(code)
            if error is UnknownTopicOrPartitionError:
                continue
            if error is not NoError:
                raise error(topic)
            found[topic] = len(partitions)
            self._leaders |= {Partition(topic, number): leader for _, number, leader, *_ in partitions}
        return found

    async def _standings(self, group: str, partitions: Collection[Partition]) -> dict[Partition, Standing]:
        committed = await self._committed(group, partitions)
        ends = await self._offsets(partitions, _LATEST)
        firsts = await self._offsets(partitions, _EARLIEST)
        found = {}
        for partition in partitions:
            # What retention took away meanwhile can't be read any more.
            start = min(max(committed.get(partition, -1), firsts[partition]), ends[partition])
            found[partition] = Standing(firsts[partition], Span(start, ends[partition]))
        return found

    async def _committed(self, group: str, partitions: Collection[Partition]) -> dict[Partition, int]:
        if group not in self._coordinators:
            answer = await self._send(None, FindCoordinatorRequest(group, 0))
            _raise_for(answer.error_code)
            self._coordinators[group] = answer.coordinator_id
        wanted = _by_topic({partition: partition.number for partition in partitions})
        answer = await self._send(self._coordinators[group], OffsetFetchRequest(group, wanted))
        _raise_for(getattr(answer, "error_code", 0))
        found = {}
        for topic, entries in answer.topics:
            for number, offset, _, code in entries:
                _raise_for(code)
                found[Partition(topic, number)] = offset
        return found

    async def _offsets(self, partitions: Collection[Partition], which: int) -> dict[Partition, int]:
        found: dict[Partition, int] = {}
        for leader, some in (await self._by_leader(partitions)).items():
            wanted = _by_topic({partition: (partition.number, which) for partition in some})
            answer = await self._send(leader, OffsetRequest(-1, 0, wanted))
            for topic, entries in answer.topics:
                for number, code, _, offset in entries:
                    _raise_for(code)
                    found[Partition(topic, number)] = offset
        return found

    async def _by_leader(self, partitions: Collection[Partition]) -> dict[int, list[Partition]]:
        if any(partition not in self._leaders for partition in partitions):
            await self._partitions({partition.topic for partition in partitions})
        grouped: dict[int, list[Partition]] = defaultdict(list)
        for partition in partitions:
            if partition not in self._leaders:
                raise UnknownTopicOrPartitionError(partition.topic)
            grouped[self._leaders[partition]].append(partition)
        return grouped

    async def _time_of(self, partition: Partition, offset: int) -> datetime | None:
        (leader,) = await self._by_leader([partition])
        wanted = _by_topic({partition: (partition.number, offset, _OLDEST_BYTES)})
        answer = await self._send(leader, FetchRequest(_WAIT_MS, 1, _OLDEST_BYTES, 0, wanted))
        for _, entries in answer.topics:
            for _, code, *_, data in entries:
                _raise_for(code)
                batches = MemoryRecords(data)
                while batches.has_next():
                    for record in batches.next_batch():
                        if record.offset >= offset:
                            return datetime.fromtimestamp(record.timestamp / 1000, UTC)
        return None


def _by_topic(entries: Mapping[Partition, T]) -> list[tuple[str, list[T]]]:
    grouped: dict[str, list[T]] = defaultdict(list)
    for partition, entry in entries.items():
        grouped[partition.topic].append(entry)
    return list(grouped.items())


def _raise_for(code: int) -> None:
    error = for_code(code)
    if error is not NoError:
        raise error()
