"""A Kafka cluster seen from outside: every message of every topic, and where every group stands.

Like the checker it shares no code with doctrail: it asks the brokers itself.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, KafkaError

READERS = {
    "intake": ("documents.inbox", "documents.announced"),
    "gatekeeper": ("documents.submitted", "reviews.decided"),
    "extraction": ("documents.classified",),
    "validation": ("documents.classified", "documents.extracted", "reviews.decided"),
    "catalog": (
        "documents.submitted",
        "documents.classified",
        "documents.extracted",
        "records.completed",
        "reviews.requested",
        "reviews.decided",
        "dead_letters",
    ),
}
"""Which group reads which topics."""

TOPICS = sorted({topic for topics in READERS.values() for topic in topics})

PATIENCE_SECONDS = 300
"""How long whoever looks waits for brokers that are away."""

T = TypeVar("T")


@dataclass(frozen=True)
class Cluster:
    """Brokers and the prefix of the installation that is looked at."""

    brokers: str
    prefix: str

    async def messages(self) -> list[tuple[str, dict[str, Any], bytes]]:
        """Return every message of every topic with its topic's plain name, once brokers answer."""
        return await patiently(self._messages)

    async def unread(self) -> list[str]:
        """Return a sentence for every partition that a group has not finished, once brokers answer."""
        return await patiently(self._unread)

    async def _messages(self) -> list[tuple[str, dict[str, Any], bytes]]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.brokers, auto_offset_reset="earliest")
        try:
            await consumer.start()
            places = await self._places(consumer)
            ends = await consumer.end_offsets(places)
            left = {place for place in places if ends[place]}
            consumer.assign(places)
            found = []
            while left:
                for place, records in (await consumer.getmany(timeout_ms=1000)).items():
                    found += [
                        (place.topic.removeprefix(self.prefix), json.loads(r.value), r.value) for r in records
                    ]
                    if records[-1].offset + 1 >= ends[place]:
                        left.discard(place)
            return found
        finally:
            await consumer.stop()

    async def _unread(self) -> list[str]:
        """Look at the groups.

        Offsets first, ends afterwards: what is on its way from one topic to the next while this is asked
        would else be behind the one and not yet at the end of the other, and nowhere to be seen.
        """
        consumer = AIOKafkaConsumer(bootstrap_servers=self.brokers)
        admin = AIOKafkaAdminClient(bootstrap_servers=self.brokers)
        try:
            await consumer.start()
            await admin.start()
            places = await self._places(consumer)
            stands = {name: await admin.list_consumer_group_offsets(self.prefix + name) for name in READERS}
            return self._behind(stands, await consumer.end_offsets(places))
        except GroupCoordinatorNotAvailableError:
            # A new cluster has no place for offsets before its first group joins.
            return ["no group has joined yet"]
        finally:
            await admin.close()
            await consumer.stop()

    def _behind(self, stands: Mapping[str, Any], ends: Mapping[TopicPartition, int]) -> list[str]:
        behind = []
        for group, offsets in stands.items():
            named = {self.prefix + topic for topic in READERS[group]}
            for place, end in ends.items():
                stand = offsets[place].offset if place in offsets else 0
                if place.topic in named and end and stand != end:
                    behind.append(f"{group} stands at {stand} of {end} in {place.topic}/{place.partition}")
        return behind

    async def _places(self, consumer: AIOKafkaConsumer) -> list[TopicPartition]:
        await consumer.topics()
        places = []
        for topic in TOPICS:
            name = self.prefix + topic
            consumer._client.add_topic(name)
            await asyncio.wait_for(consumer._client._wait_on_metadata(name), 30)
            places += [TopicPartition(name, number) for number in consumer.partitions_for_topic(name)]
        return places


async def patiently(look: Callable[[], Awaitable[T]]) -> T:
    """Return what ``look`` finds, again where brokers are away meanwhile.

    Raises:
        KafkaError: They stayed away.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await look()
        except (KafkaError, TimeoutError):
            if time.monotonic() > until:
                raise
            await asyncio.sleep(1.0)
