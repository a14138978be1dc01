"""Several members of a group, and several processes, on one log."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import pytest

from bus.protocol import Bus, Partition, Record
from tests.contract.bus.support import (
    CEILING,
    TOPIC,
    Recorder,
    child,
    event,
    everything,
    numbers,
    opened,
    plain,
    take,
    until,
)

pytestmark = pytest.mark.anyio


async def test_a_second_member_takes_its_share_and_gives_it_back(url: str) -> None:
    first, second = Recorder(), Recorder()
    async with opened(url) as bus, bus.consumer([TOPIC], "g", first) as one:
        whole = set(first.owned)
        async with bus.consumer([TOPIC], "g", second) as two:
            await until(lambda: bool(second.owned) and first.log[-1] == "assigned")
            shares = set(first.owned), set(second.owned)
            await bus.publish([plain(n, f"k{n}") for n in range(40)])
            taken: list[Record] = []
            async with asyncio.timeout(CEILING):
                while len(taken) < 40:
                    mine, theirs = await one.poll(40, 0.02), await two.poll(40, 0.02)
                    assert {Partition(r.topic, r.partition) for r in mine} <= shares[0]
                    assert {Partition(r.topic, r.partition) for r in theirs} <= shares[1]
                    taken += [*mine, *theirs]
        await until(lambda: first.owned == whole)

    assert shares[0] | shares[1] == whole
    assert not shares[0] & shares[1]
    assert first.log == ["assigned", "revoked", "assigned", "revoked", "assigned"]
    assert second.log == ["assigned"]
    assert sorted(numbers(taken)) == list(range(40))


async def test_a_member_that_is_stopped_while_it_joins_leaves_to_the_others_what_they_had(url: str) -> None:
    first = Recorder()
    giving_up, go_on = asyncio.Event(), asyncio.Event()

    async def hold_up(_: object) -> None:
        giving_up.set()
        await go_on.wait()

    async def join(bus: Bus) -> None:
        async with bus.consumer([TOPIC], "g"):
            await asyncio.Event().wait()

    async with asyncio.timeout(CEILING), opened(url) as bus, bus.consumer([TOPIC], "g", first) as one:
        whole = set(first.owned)
        first.on_revoked = hold_up
        joining = asyncio.create_task(join(bus))
        await giving_up.wait()
        joining.cancel()
        go_on.set()
        await asyncio.wait((joining,))
        await until(lambda: first.owned == whole)
        await bus.publish([plain(n, f"k{n}") for n in range(8)])
        records = await take(one, 8)

    assert sorted(numbers(records)) == list(range(8))


async def test_what_is_committed_while_being_revoked_is_not_delivered_again(url: str) -> None:
    recorder = Recorder()
    async with opened(url) as bus, bus.consumer([TOPIC], "g", recorder) as one:
        await bus.publish([plain(n) for n in range(10)])
        records = await take(one, 6)
        partition = Partition(TOPIC, records[0].partition)

        async def commit_four(_: object) -> None:
            await one.commit({partition: records[3].offset + 1})

        recorder.on_revoked = commit_four
        other = Recorder()
        async with bus.consumer([TOPIC], "g", other) as two:
            await until(lambda: bool(other.owned) and recorder.log[-1] == "assigned")
            owner = two if partition in other.owned else one
            again = await take(owner, 6)
            spans = other.spans if partition in other.owned else recorder.spans

    assert numbers(again) == [4, 5, 6, 7, 8, 9]
    assert (spans[partition].start, spans[partition].end) == (records[3].offset + 1, again[-1].offset + 1)


async def test_a_commit_for_a_partition_that_was_lost_is_left_out(url: str) -> None:
    first, second = Recorder(), Recorder()
    async with opened(url) as bus, bus.consumer([TOPIC], "g", first) as one:
        await bus.publish([plain(n, f"k{n}") for n in range(40)])
        records = await take(one, 40)
        async with bus.consumer([TOPIC], "g", second):
            await until(lambda: bool(second.owned) and first.log[-1] == "assigned")
            ends = {Partition(r.topic, r.partition): r.offset + 1 for r in records}
            await one.commit(ends)
            kept = sum(Partition(r.topic, r.partition) in first.owned for r in records)

        assert (await bus.lag("g", [TOPIC]))[TOPIC].unread == 40 - kept


async def test_what_a_killed_process_was_told_is_published_is_there(url: str) -> None:
    async with opened(url):
        pass
    publisher = child("publish", url, "100000")
    assert publisher.stdout is not None
    told = [int(await asyncio.to_thread(publisher.stdout.readline)) for _ in range(300)]
    publisher.kill()
    rest, _ = await asyncio.to_thread(publisher.communicate)
    told += [int(line) for line in rest.split("\n")[:-1]]
    async with opened(url) as bus:
        bodies = [record.body for record in await everything(bus, TOPIC)]

    assert len(set(bodies)) == len(bodies)
    assert {event(n).body for n in told} <= set(bodies)


async def test_processes_that_publish_at_once_lose_nothing_and_keep_their_order(url: str) -> None:
    publishers = [child("publish", url, "200", key) for key in ("a", "b", "c")]
    for publisher in publishers:
        await asyncio.to_thread(publisher.communicate)
    async with opened(url) as bus:
        per_key: dict[str, list[bytes]] = defaultdict(list)
        for record in await everything(bus, TOPIC):
            per_key[record.key].append(record.body)

    assert [publisher.returncode for publisher in publishers] == [0, 0, 0]
    assert sorted(per_key.values()) == sorted([event(n, key).body for n in range(200)] for key in "abc")
