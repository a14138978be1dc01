"""A member of a Kafka group between two assignments, beside a library that is quicker than we are."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import ConsumerRecord

from bus.kafka_address import KafkaOptions, parse_address
from bus.kafka_consumer import Member
from bus.protocol import Partition, Span

pytestmark = pytest.mark.anyio

OURS = TopicPartition("t", 0)


class Library:
    """Delivers, to whoever asks for the partition, what was fetched: once, and never again."""

    def __init__(self) -> None:
        self._fetched: list[ConsumerRecord] = []
        self._there = asyncio.Event()
        self.asked = asyncio.Event()

    def fetch(self, offset: int) -> None:
        """Have a record at hand."""
        self._fetched.append(ConsumerRecord("t", 0, offset, 0, 0, b"k", b"v", 0, 1, 1, ()))
        self._there.set()

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int, max_records: int = 1
    ) -> Mapping[TopicPartition, list[ConsumerRecord]]:
        """Return what is at hand of ``partitions``, waiting for it."""
        self.asked.set()
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                await (self._there if OURS in partitions else asyncio.Event()).wait()
        except TimeoutError:
            return {}
        taken, self._fetched = self._fetched[:max_records], self._fetched[max_records:]
        return {OURS: taken}


class Standing:
    """Where the group stands, told once the test lets it be told."""

    def __init__(self) -> None:
        self.told = asyncio.Event()

    async def __call__(self, partitions: Collection[Partition]) -> Mapping[Partition, Span]:
        """Return that ten records are finished."""
        await self.told.wait()
        return dict.fromkeys(partitions, Span(10, 11))


async def test_a_poll_under_way_at_a_revocation_takes_nothing_of_the_next_assignment() -> None:
    # What it took would belong to nobody yet, be dropped, and never come again: the library is past it.
    library, standing = Library(), Standing()
    member = Member(parse_address("kafka://b", KafkaOptions()), "g", standing, None)
    member._consumer = library
    standing.told.set()
    await member.on_partitions_assigned([OURS])
    await member._settled.wait()

    under_way = asyncio.create_task(member.poll(8, 30.0))
    await library.asked.wait()
    standing.told.clear()
    await member.on_partitions_revoked([OURS])
    await member.on_partitions_assigned([OURS])
    library.fetch(10)
    for _ in range(20):
        await asyncio.sleep(0)
    early = under_way.done()
    standing.told.set()
    records = await asyncio.wait_for(under_way, 10)

    assert not early
    assert [record.offset for record in records] == [10]
