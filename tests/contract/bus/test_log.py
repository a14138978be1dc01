"""What every bus promises about records, offsets and groups."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import UTC, datetime

import pytest

from bus.protocol import BusError, Partition, Record
from schemas.handling import Outgoing
from tests.contract.bus.support import (
    AT,
    CEILING,
    NEXT,
    TOPIC,
    TOPIC_SETTINGS,
    Recorder,
    child,
    connect,
    event,
    everything,
    numbers,
    opened,
    plain,
    take,
)

pytestmark = pytest.mark.anyio


async def test_what_was_published_is_there_after_reopening_with_key_body_and_time(url: str) -> None:
    async with opened(url) as bus:
        await bus.publish([plain(1, "schlüssel"), plain(2, "")])
    async with opened(url) as bus:
        records = sorted(await everything(bus, TOPIC), key=lambda record: record.body)

    assert [(r.topic, r.key, r.body) for r in records] == [(TOPIC, "schlüssel", b"1"), (TOPIC, "", b"2")]
    assert all(record.timestamp.tzinfo is UTC for record in records)
    assert {record.timestamp for record in records} == {AT}


async def test_records_of_one_key_come_in_the_order_they_were_published(url: str) -> None:
    async with opened(url) as bus:
        async with asyncio.TaskGroup() as tasks:
            for key in ("a", "b", "c", "d", "e", "f"):
                for start in range(0, 100, 10):
                    tasks.create_task(bus.publish([plain(start + n, key) for n in range(10)]))
        per_key: dict[str, list[Record]] = defaultdict(list)
        for record in await everything(bus, TOPIC):
            per_key[record.key].append(record)

    assert {key: numbers(records) for key, records in per_key.items()} == {
        key: list(range(100)) for key in "abcdef"
    }
    assert all(len({record.partition for record in records}) == 1 for records in per_key.values())


async def test_offsets_ascend_within_a_partition(url: str) -> None:
    async with opened(url) as bus:
        await bus.publish([plain(n, f"k{n}") for n in range(50)])
        per_partition: dict[int, list[int]] = defaultdict(list)
        for record in await everything(bus, TOPIC):
            per_partition[record.partition].append(record.offset)

    assert len(per_partition) > 1
    assert all(offsets == sorted(set(offsets)) for offsets in per_partition.values())


async def test_groups_read_independently(url: str) -> None:
    async with opened(url) as bus:
        await bus.publish([plain(1), plain(2)])
        async with bus.consumer([TOPIC], "one") as one, bus.consumer([TOPIC], "two") as two:
            first = await take(one, 2)
            await one.commit({Partition(TOPIC, first[0].partition): first[-1].offset + 1})
            second = await take(two, 2)

        assert numbers(first) == numbers(second) == [1, 2]
        assert (await bus.lag("one", [TOPIC]))[TOPIC].unread == 0
        assert (await bus.lag("two", [TOPIC]))[TOPIC].unread == 2


async def test_a_group_goes_on_after_its_last_commit_when_reopened(url: str) -> None:
    async with opened(url) as bus:
        await bus.publish([plain(n) for n in range(5)])
        async with bus.consumer([TOPIC], "g") as consumer:
            records = await take(consumer, 4)
            await consumer.commit({Partition(TOPIC, records[0].partition): records[1].offset + 1})
    async with opened(url) as bus, bus.consumer([TOPIC], "g") as consumer:
        again = await take(consumer, 3)

    assert numbers(again) == [2, 3, 4]


async def test_a_commit_never_moves_back(url: str) -> None:
    async with opened(url) as bus:
        await bus.publish([plain(n) for n in range(5)])
        async with bus.consumer([TOPIC], "g") as consumer:
            records = await take(consumer, 5)
            partition = Partition(TOPIC, records[0].partition)
            await consumer.commit({partition: records[3].offset + 1})
            await consumer.commit({partition: records[1].offset + 1})

        assert (await bus.lag("g", [TOPIC]))[TOPIC].unread == 1


async def test_a_poll_takes_no_more_than_asked_and_answers_empty_when_nothing_comes(url: str) -> None:
    async with opened(url) as bus, bus.consumer([TOPIC], "g") as consumer:
        await bus.publish([plain(n, f"k{n}") for n in range(10)])
        first = await take(consumer, 1)
        more = await consumer.poll(4, 0.5)
        rest = await take(consumer, 9 - len(more))
        nothing = await consumer.poll(10, 0.01)

    assert len(more) <= 4
    assert sorted(numbers([*first, *more, *rest])) == list(range(10))
    assert nothing == []


async def test_a_waiting_poll_is_woken_by_a_message_of_this_process(url: str) -> None:
    async with opened(url) as bus, bus.consumer([TOPIC], "g") as consumer:
        async with asyncio.timeout(CEILING), asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(consumer.poll(1, 2 * CEILING))
            await asyncio.sleep(0)
            tasks.create_task(bus.publish([plain(7)]))

        assert numbers(list(waiting.result())) == [7]


async def test_a_waiting_poll_is_woken_by_a_message_of_another_process(url: str) -> None:
    async with opened(url) as bus, bus.consumer([TOPIC], "g") as consumer:
        publisher = child("publish", url, "1")
        async with asyncio.timeout(CEILING):
            records = await consumer.poll(1, 2 * CEILING)
        await asyncio.to_thread(publisher.communicate)

    assert [record.body for record in records] == [event(0).body]


async def test_a_cancelled_poll_has_taken_nothing(url: str) -> None:
    seen: list[int] = []
    async with opened(url) as bus, bus.consumer([TOPIC], "g") as consumer:

        async def publish_slowly() -> None:
            for n in range(100):
                await bus.publish([plain(n)])

        async with asyncio.TaskGroup() as tasks:
            publishing = tasks.create_task(publish_slowly())
            # The moment of each cancellation drifts across the moment a message arrives.
            for turn in range(400):
                poll = tasks.create_task(consumer.poll(1, 1.0))
                for _ in range(turn % 7):
                    await asyncio.sleep(0)
                poll.cancel()
                try:
                    seen += numbers(list(await poll))
                except asyncio.CancelledError:
                    continue
            await publishing
        seen += numbers(await take(consumer, 100 - len(seen)))

    assert seen == list(range(100))


async def test_a_paused_partition_delivers_nothing_until_resumed(url: str) -> None:
    recorder = Recorder()
    async with opened(url) as bus, bus.consumer([TOPIC], "g", recorder) as consumer:
        await bus.publish([plain(n) for n in range(3)])
        first = await take(consumer, 1)
        consumer.pause(recorder.owned)
        while_paused = await consumer.poll(10, 0.05)
        async with asyncio.timeout(CEILING), asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(consumer.poll(10, 2 * CEILING))
            await asyncio.sleep(0)
            consumer.resume(recorder.owned)

    assert numbers(first) == [0]
    assert while_paused == []
    assert numbers(list(waiting.result())) == [1, 2]


async def test_pausing_one_partition_leaves_the_others_flowing(url: str) -> None:
    async with opened(url) as bus, bus.consumer([TOPIC], "g") as consumer:
        await bus.publish([plain(n, f"k{n % 10}") for n in range(40)])
        paused = Partition(TOPIC, (await take(consumer, 1))[0].partition)
        consumer.pause([paused])
        flowing = [r for _ in range(5) for r in await consumer.poll(100, 0.02)]

    assert flowing
    assert paused.number not in {record.partition for record in flowing}


async def test_lag_counts_what_is_not_committed_and_since_when(url: str) -> None:
    times = iter(datetime(2026, 11, 21, 10, minute, tzinfo=UTC) for minute in range(60))
    async with connect(url, now=lambda: next(times)) as bus:
        await bus.create_topics(dict.fromkeys([TOPIC, NEXT], TOPIC_SETTINGS))
        await bus.publish([plain(1)])
        await bus.publish([plain(2)])
        async with bus.consumer([TOPIC], "g") as consumer:
            first = (await take(consumer, 1))[0]
            before = await bus.lag("g", [TOPIC, NEXT])
            await consumer.commit({Partition(TOPIC, first.partition): first.offset + 1})
            after = await bus.lag("g", [TOPIC, NEXT])

    assert (before[TOPIC].unread, after[TOPIC].unread) == (2, 1)
    assert before[TOPIC].oldest == first.timestamp
    assert (after[TOPIC].oldest or first.timestamp) > first.timestamp
    assert (after[NEXT].unread, after[NEXT].oldest) == (0, None)


async def test_an_unknown_topic_is_refused_by_name(url: str) -> None:
    async with opened(url) as bus:
        with pytest.raises(BusError, match=r"'documents\.lost' does not exist"):
            await bus.publish([Outgoing("documents.lost", "k", "e", b"")])
        with pytest.raises(BusError, match=r"'documents\.lost' does not exist"):
            await bus.lag("g", ["documents.lost"])
        with pytest.raises(BusError, match=r"'documents\.lost' does not exist"):
            async with bus.consumer(["documents.lost"], "g"):
                pass


async def test_ensuring_topics_again_changes_nothing(url: str) -> None:
    async with opened(url) as bus:
        await bus.publish([plain(1)])
        await bus.ensure_topics([TOPIC])
        records = await everything(bus, TOPIC)

    assert numbers(records) == [1]


async def test_publishing_nothing_does_nothing(url: str) -> None:
    async with opened(url) as bus:
        await bus.publish([])

        assert (await bus.lag("g", [TOPIC]))[TOPIC].unread == 0


async def test_a_closed_bus_says_so_and_closes_twice(url: str) -> None:
    bus = connect(url)
    await bus.create_topics({TOPIC: TOPIC_SETTINGS})
    await bus.close()
    await bus.close()

    async with opened(url) as again:
        assert (await again.lag("g", [TOPIC]))[TOPIC].unread == 0
