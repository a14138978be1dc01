"""What only a broker has: foreign producers, topics with settings, members that come slowly."""

from __future__ import annotations

import uuid

import pytest
from aiokafka import AIOKafkaProducer

from bus.kafka_address import KafkaOptions, parse_address
from bus.protocol import BusError, Outgoing
from bus.topics import TopicSettings
from tests.contract.bus.support import (
    CEILING,
    TOPIC,
    connect,
    everything,
    opened,
)
from tests.services import lacking

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(lacking("kafka") is not None, reason="no broker")]


@pytest.fixture
def url(kafka: str, corners: list[str]) -> str:
    """URL of an empty corner of the cluster."""
    corners.append(f"kafka://{kafka}/{uuid.uuid4().hex[:12]}.")
    return corners[-1]


@pytest.mark.parametrize("compression", [None, "gzip", "lz4", "snappy", "zstd"])
async def test_foreign_messages_are_read_whatever_their_key_and_compression(
    url: str, compression: str | None
) -> None:
    async with opened(url) as bus:
        address = parse_address(url, KafkaOptions())
        foreign = AIOKafkaProducer(bootstrap_servers=address.servers[0], compression_type=compression)
        await foreign.start()
        for key, body in ((None, b"no key"), (b"\xff\xfe", b"odd key"), (b"gone", None)):
            await foreign.send_and_wait(address.prefix + TOPIC, body, key=key)
        await foreign.stop()
        found = {record.body: record.key for record in await everything(bus, TOPIC)}

    assert found == {b"no key": "", b"odd key": "\\xff\\xfe", b"": "gone"}


async def test_topics_are_made_as_wanted_and_one_that_differs_is_left_alone(url: str) -> None:
    wanted = TopicSettings(partitions=3, replicas=1, retention=3600.0, compacted=True)
    async with connect(url) as bus:
        await bus.create_topics({TOPIC: wanted})
        await bus.create_topics({TOPIC: TopicSettings(partitions=9)})
        found = await bus.topics([TOPIC, "documents.lost"])

    assert found == {TOPIC: wanted}
    assert TopicSettings(partitions=9, retention=7200.0).differences(found[TOPIC]) == [
        "partitions 3 instead of 9",
        "retention in seconds 3600 instead of 7200",
    ]


async def test_a_topic_that_the_cluster_refuses_is_named_with_the_reason(url: str) -> None:
    async with connect(url) as bus:
        with pytest.raises(BusError, match=r"refuses topics: .*reviews\.requested: .*[Rr]eplication"):
            await bus.create_topics({TOPIC: TopicSettings(partitions=1, replicas=100)})


async def test_missing_topics_are_named_at_once_with_the_command_that_makes_them(url: str) -> None:
    async with connect(url) as bus:
        with pytest.raises(BusError, match=r"has no topic reviews\.requested; .*doctrail topics create"):
            await bus.ensure_topics([TOPIC])


async def test_a_message_larger_than_brokers_take_is_refused_and_the_next_one_goes(url: str) -> None:
    async with opened(url) as bus:
        with pytest.raises(BusError, match="message large has 1000064 bytes"):
            await bus.publish([Outgoing(TOPIC, "k" * 64, "large", b"x" * 1_000_000)])
        await bus.publish([Outgoing(TOPIC, "k", "e", b"x" * 900_000)])
        (record,) = await everything(bus, TOPIC)

    assert len(record.body) == 900_000


async def test_a_member_without_partitions_waits_quietly_and_takes_over_when_one_leaves(url: str) -> None:
    async with connect(url) as bus:
        await bus.create_topics({TOPIC: TopicSettings(partitions=1)})
        await bus.publish([Outgoing(TOPIC, "k", "e", b"1")])
        async with bus.consumer([TOPIC], "g") as first:
            async with bus.consumer([TOPIC], "g") as second:
                owners = [list(await member.poll(1, 0.5)) for member in (first, second)]
            after = list(await first.poll(1, CEILING))

    assert sorted(map(len, owners)) == [0, 1]
    assert [record.body for record in after] == [b"1"]


async def test_brokers_that_do_not_answer_are_said_in_one_sentence() -> None:
    async with connect("kafka://127.0.0.1:1") as bus:
        with pytest.raises(Exception, match=r"bus kafka://127\.0\.0\.1:1 did not answer"):
            await bus.ensure_topics([TOPIC])
