"""The embedded log forgets what all have finished and is old enough, and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bus.protocol import Outgoing, Partition
from bus.sqlite import SqliteBus
from bus.sqlite_retention import BATCH, FIRST_SECONDS, LOOK_SECONDS, Retention, trim
from bus.sqlite_schema import open_file
from bus.sqlite_writer import Writer

pytestmark = pytest.mark.anyio

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


class Clock:
    """A calendar and a stop-watch that stand still."""

    def __init__(self) -> None:
        self.at = START
        self.seconds = 0.0

    def now(self) -> datetime:
        return self.at


def nobody(_: str) -> Collection[str]:
    return ()


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def left(path: Path) -> list[bytes]:
    connection = sqlite3.connect(path)
    bodies = [body for (body,) in connection.execute("SELECT body FROM records ORDER BY id")]
    connection.close()
    return bodies


async def fill(path: Path, clock: Clock, *, committed: dict[str, int], count: int = 6) -> None:
    """Publish a message a day, and commit for some groups."""
    async with SqliteBus(path, now=clock.now, partitions=1) as bus:
        await bus.ensure_topics(["letters"])
        for number in range(count):
            await bus.publish([Outgoing("letters", "k", str(number), str(number).encode())])
            clock.at += timedelta(days=1)
        for group, offset in committed.items():
            await bus.advance(group, {Partition("letters", 0): offset})


@pytest.mark.parametrize(
    ("committed", "days_later", "kept"),
    [
        ({"a": 4, "b": 6}, 30, [b"4", b"5"]),
        ({"a": 6}, 30, []),
        ({"a": 6, "b": 0}, 30, [b"0", b"1", b"2", b"3", b"4", b"5"]),
        ({}, 30, [b"0", b"1", b"2", b"3", b"4", b"5"]),
        ({"a": 6}, 4, [b"3", b"4", b"5"]),
        ({"a": 2}, 4, [b"2", b"3", b"4", b"5"]),
        ({"a": 6}, 0, [b"0", b"1", b"2", b"3", b"4", b"5"]),
    ],
)
async def test_what_all_groups_have_finished_goes_once_it_is_old(
    tmp_path: Path, committed: dict[str, int], days_later: int, kept: list[bytes]
) -> None:
    path, clock = tmp_path / "bus.db", Clock()
    await fill(path, clock, committed=committed)
    connection = open_file(path)

    trim(connection, milliseconds(clock.at + timedelta(days=days_later - 0.5) - WEEK), nobody)
    connection.close()

    assert left(path) == kept


async def test_a_group_that_is_yet_to_read_keeps_everything(tmp_path: Path) -> None:
    path, clock = tmp_path / "bus.db", Clock()
    await fill(path, clock, committed={"a": 6})
    connection = open_file(path)

    assert trim(connection, milliseconds(clock.at), lambda _: ("a", "late")) == 0
    connection.close()


async def test_a_reader_goes_on_where_it_was_and_offsets_are_never_used_again(tmp_path: Path) -> None:
    path, clock = tmp_path / "bus.db", Clock()
    await fill(path, clock, committed={"a": 4})
    connection = open_file(path)
    trim(connection, milliseconds(clock.at), nobody)
    connection.close()

    async with SqliteBus(path, now=clock.now) as bus:
        await bus.publish([Outgoing("letters", "k", "6", b"6")])
        lag = (await bus.lag("a", ["letters"]))["letters"]
        async with bus.consumer(["letters"], "a") as consumer:
            records = await consumer.poll(10, 1.0)

    assert [(record.offset, record.body) for record in records] == [(4, b"4"), (5, b"5"), (6, b"6")]
    assert (lag.unread, lag.oldest) == (3, START + timedelta(days=4))


async def test_it_goes_in_small_batches_until_nothing_is_left_and_then_rests(tmp_path: Path) -> None:
    path, clock = tmp_path / "bus.db", Clock()
    async with SqliteBus(path, now=clock.now, partitions=1) as bus:
        await bus.ensure_topics(["letters"])
        await bus.publish([Outgoing("letters", "k", str(n), b"x") for n in range(BATCH + 20)])
        await bus.advance("a", {Partition("letters", 0): BATCH + 20})
    clock.at += WEEK * 2
    retention = Retention(WEEK.total_seconds(), nobody, clock.now, lambda: clock.seconds)
    connection = open_file(path)
    writer = Writer(path, connection, clock.now, retention)

    assert retention.wait == FIRST_SECONDS
    left_after = []
    for _ in range(3):
        writer.tidy()
        left_after.append((len(left(path)), retention.wait))
    connection.close()

    assert left_after == [(20, 0.0), (0, LOOK_SECONDS), (0, LOOK_SECONDS)]


async def test_a_file_that_takes_no_deletion_now_is_tried_again_later(tmp_path: Path) -> None:
    path, clock = tmp_path / "bus.db", Clock()
    await fill(path, clock, committed={"a": 6})
    retention = Retention(0.0, nobody, clock.now, lambda: clock.seconds)
    connection = open_file(path)
    connection.execute("PRAGMA query_only = ON")

    Writer(path, connection, clock.now, retention).tidy()
    connection.close()

    assert len(left(path)) == 6
    assert retention.wait == LOOK_SECONDS


def test_without_a_limit_nothing_is_ever_looked_for() -> None:
    clock = Clock()

    assert Retention(float("inf"), nobody, clock.now, lambda: clock.seconds).wait is None
