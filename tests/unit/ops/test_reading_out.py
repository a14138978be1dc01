"""Topics are read to where they ended: no silence is taken for an end where there is more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bus.protocol import Outgoing, Partition, Record
from bus.sqlite import SqliteBus
from bus.sqlite_retention import trim
from bus.sqlite_schema import open_file
from ops.reading_out import NotReadOutError, read_out
from schemas.documents import DocumentSubmitted
from tests.unit.ops.slow_bus import SlowBus

pytestmark = pytest.mark.anyio
TOPIC = DocumentSubmitted.event


async def publish(bus: SqliteBus, *keys: str) -> None:
    await bus.publish([Outgoing(TOPIC, key, f"event {key}", key.encode()) for key in keys])


async def read(bus: Any, *topics: str) -> list[bytes]:
    found: list[Record] = []
    await read_out(bus, topics, "reader", found.extend)
    return sorted(record.body for record in found)


async def forget(bus: SqliteBus, path: Path, *partitions: int) -> None:
    """Let everything in some partitions be finished by all, and trimmed."""
    for group in ("gatekeeper", "catalog", "review"):
        await bus.advance(
            group, {Partition(TOPIC, one): bus.ends[Partition(TOPIC, one)] for one in partitions}
        )
    connection = open_file(path)
    trim(connection, 1 << 60, lambda _: ())
    connection.close()


async def places(bus: SqliteBus) -> dict[bytes, int]:
    """Return the partition of every message."""
    async with bus.consumer([TOPIC], "looker") as consumer:
        return {record.body: record.partition for record in await consumer.poll(100, 1.0)}


@pytest.mark.parametrize("empty", [1, 2, 59])
async def test_empty_answers_before_the_first_message_are_no_end(bus: SqliteBus, empty: int) -> None:
    await publish(bus, "a", "b")

    assert await read(SlowBus(bus, empty), TOPIC) == [b"a", b"b"]


async def test_messages_that_are_there_and_never_delivered_are_named(bus: SqliteBus) -> None:
    await publish(bus, "a", "b")

    with pytest.raises(NotReadOutError, match=rf"to group reader for half a minute \(2 of {TOPIC}\)"):
        await read(SlowBus(bus, None), TOPIC)


async def test_what_was_trimmed_is_not_waited_for(bus: SqliteBus, tmp_path: Path) -> None:
    await publish(bus, "a", "b")
    await forget(bus, tmp_path / "bus.db", *set((await places(bus)).values()))
    slow = SlowBus(bus, 0)

    assert await read(slow, TOPIC) == []
    assert slow.polls == 1


async def test_a_partition_that_was_trimmed_beside_one_that_was_not_ends_after_silence(
    bus: SqliteBus, tmp_path: Path
) -> None:
    await publish(bus, *"abcdefgh")
    found = await places(bus)
    assert len(set(found.values())) > 1
    await forget(bus, tmp_path / "bus.db", found[b"a"])
    kept = sorted(body for body, number in found.items() if number != found[b"a"])

    assert kept
    assert await read(SlowBus(bus, 0), TOPIC) == kept


async def test_reading_stands_nowhere_on_the_bus_afterwards(bus: SqliteBus) -> None:
    await publish(bus, "a", "b")

    assert await read(bus, TOPIC) == await read(bus, TOPIC) == [b"a", b"b"]
    assert (await bus.lag("reader", [TOPIC]))[TOPIC].finished == 0
    assert await read(bus) == []
