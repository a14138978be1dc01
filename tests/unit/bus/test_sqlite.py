"""What is particular to the embedded bus: its file, its errors, its shared transactions."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from bus.connect import connect
from bus.protocol import BusError, Outgoing, Partition
from bus.sqlite import MAX_BODY, SqliteBus
from bus.sqlite_schema import open_file, translated
from schemas.errors import InvariantError, TransientError
from tests.contract.bus.support import TOPIC, child, everything, now, take

pytestmark = pytest.mark.anyio


def message(number: int, key: str = "k", body: bytes = b"x") -> Outgoing:
    return Outgoing(TOPIC, key, f"e{number}", body)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "bus.db"


def on(path: Path, partitions: int = 4) -> SqliteBus:
    return SqliteBus(path, now=now, partitions=partitions)


async def test_concurrent_callers_share_transactions(path: Path) -> None:
    async with on(path) as bus:
        await bus.ensure_topics([TOPIC])
        assert bus._writer is not None
        transactions = 0

        def count(statement: str) -> None:
            nonlocal transactions
            transactions += statement.startswith("COMMIT")

        bus._writer._connection.set_trace_callback(count)
        async with bus.consumer([TOPIC], "g") as consumer, asyncio.TaskGroup() as tasks:
            for number in range(300):
                tasks.create_task(bus.publish([message(number)]))
                tasks.create_task(consumer.commit({Partition(TOPIC, 0): number}))
        records = await everything(bus, TOPIC)

    assert len(records) == 300
    assert 1 <= transactions <= 30


async def test_a_write_is_synced_before_it_is_acknowledged(path: Path) -> None:
    async with on(path) as bus:
        await bus.ensure_topics([TOPIC])
        assert bus._writer is not None
        (level,) = bus._writer._connection.execute("PRAGMA synchronous").fetchone()
        (mode,) = bus._writer._connection.execute("PRAGMA journal_mode").fetchone()

    # 2 is FULL: the log is synced at every commit.
    assert (level, mode) == (2, "wal")


async def test_a_full_disk_is_said_and_work_goes_on_once_there_is_space(path: Path) -> None:
    async with on(path) as bus:
        await bus.ensure_topics([TOPIC])
        assert bus._writer is not None
        (pages,) = bus._writer._connection.execute("PRAGMA page_count").fetchone()
        bus._writer._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(TransientError, match="the disk is full; free some space") as caught:
            await bus.publish([message(1, body=b"x" * 100_000)])
        bus._writer._connection.execute("PRAGMA max_page_count = 1000000")
        await bus.publish([message(2)])
        records = await everything(bus, TOPIC)

    assert caught.value.target == "bus"
    assert [(record.offset, record.body) for record in records] == [(0, b"x")]


async def test_a_read_only_file_is_said(path: Path) -> None:
    async with on(path) as bus:
        await bus.ensure_topics([TOPIC])
        assert bus._writer is not None
        bus._writer._connection.execute("PRAGMA query_only = 1")
        with pytest.raises(TransientError, match="read-only; make the file and its folder writable"):
            await bus.publish([message(1)])
        bus._writer._connection.execute("PRAGMA query_only = 0")
        await bus.publish([message(1)])

        assert (await bus.lag("g", [TOPIC]))[TOPIC].unread == 1


async def test_a_lock_that_another_process_holds_is_said(path: Path) -> None:
    async with on(path) as bus:
        await bus.ensure_topics([TOPIC])
        assert bus._writer is not None
        bus._writer._connection.execute("PRAGMA busy_timeout = 10")
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(TransientError, match="another process has held its lock"):
            await bus.publish([message(1)])
        holder.execute("ROLLBACK")
        holder.close()
        await bus.publish([message(1)])

        assert (await bus.lag("g", [TOPIC]))[TOPIC].unread == 1


def test_a_file_that_is_no_bus_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"a letter, not a database" * 100)
    with pytest.raises(BusError, match="is not a bus file"):
        open_file(path)


def test_a_path_that_cannot_be_opened_is_refused(path: Path) -> None:
    path.mkdir(parents=True)
    for hopeless in (path, Path("/proc/nowhere/bus.db")):
        with pytest.raises(BusError, match="can't be opened; the folder must exist and be writable"):
            open_file(hopeless)


async def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    async with on(path) as bus:
        await bus.ensure_topics([TOPIC])
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()

    with pytest.raises(BusError, match="has version 7, not 1: upgrade this doctrail"):
        await on(path).ensure_topics([TOPIC])


async def test_a_file_where_no_write_ahead_log_can_be_kept_is_refused() -> None:
    with pytest.raises(BusError, match="can't keep a write-ahead log; use a local disk"):
        open_file(Path(":memory:"))


def test_an_error_of_our_own_making_is_not_taken_for_bad_luck() -> None:
    error = sqlite3.OperationalError("no such table: nothing")

    assert isinstance(translated(error, Path("bus.db")), InvariantError)


async def test_a_message_that_is_too_large_is_refused(path: Path) -> None:
    async with on(path) as bus:
        await bus.ensure_topics([TOPIC])
        with pytest.raises(BusError, match="has 16777217 bytes, more than 16777216"):
            await bus.publish([message(1, body=b"x" * (MAX_BODY + 1))])


async def test_a_closed_bus_refuses_what_comes_late(path: Path) -> None:
    bus = on(path)
    await bus.ensure_topics([TOPIC])
    async with bus.consumer([TOPIC], "g") as consumer:
        await bus.close()
        with pytest.raises(BusError, match="is closed"):
            await consumer.commit({Partition(TOPIC, 0): 1})
        with pytest.raises(BusError, match="is closed"):
            bus.read(Partition(TOPIC, 0), 0, 1)


async def test_a_topic_made_by_another_process_is_known_at_once(path: Path) -> None:
    async with on(path) as one, on(path) as two:
        await one.ensure_topics(["documents.submitted"])
        await two.ensure_topics([TOPIC])
        await one.publish([message(1)])

        assert len(await everything(two, TOPIC)) == 1


async def test_two_writers_number_their_records_as_one(path: Path) -> None:
    async with on(path, partitions=1) as one, on(path, partitions=1) as two:
        await one.ensure_topics([TOPIC])
        await two.ensure_topics([TOPIC])
        for number in range(20):
            await (one, two)[number % 2].publish([message(number, body=str(number).encode())])
        records = await everything(one, TOPIC)

    assert [(record.offset, record.body) for record in records] == [(n, b"%d" % n) for n in range(20)]


async def test_processes_that_open_a_new_file_at_once_agree(path: Path) -> None:
    children = [child("publish", f"sqlite:///{path}", "3") for _ in range(4)]
    for one in children:
        await asyncio.to_thread(one.communicate)
    async with on(path) as bus:
        await bus.ensure_topics([TOPIC])
        records = await everything(bus, TOPIC)

    assert [one.returncode for one in children] == [0] * 4
    assert len(records) == 12


async def test_more_records_than_are_read_ahead_come_in_order(path: Path) -> None:
    async with on(path, partitions=1) as bus:
        await bus.ensure_topics([TOPIC])
        await bus.publish([message(n, body=b"%d" % n) for n in range(500)])
        async with bus.consumer([TOPIC], "g") as consumer:
            records = await take(consumer, 500)

    assert [record.body for record in records] == [b"%d" % n for n in range(500)]


async def test_a_write_cancelled_by_its_caller_disturbs_no_other(path: Path) -> None:
    async with on(path) as bus:
        await bus.ensure_topics([TOPIC])
        async with asyncio.TaskGroup() as tasks:
            writes = [tasks.create_task(bus.publish([message(n)])) for n in range(10)]
            await asyncio.sleep(0)
            writes[3].cancel()
        records = await everything(bus, TOPIC)

    assert writes[3].cancelled()
    assert len(records) in (9, 10)


async def test_a_glance_that_fails_is_taken_again(path: Path) -> None:
    async with on(path) as bus, on(path) as other:
        await bus.ensure_topics([TOPIC])
        async with bus.consumer([TOPIC], "g") as consumer:
            reader = bus._reader
            assert reader is not None
            # A reader that is gone stands for any error at the glance.
            gone = sqlite3.connect(path)
            gone.close()
            bus._reader = gone
            bus._glance()
            bus._reader = reader
            await other.publish([message(1)])
            records = await take(consumer, 1)

    assert [record.body for record in records] == [b"x"]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///.doctrail/bus.db", Path(".doctrail/bus.db")),
        ("sqlite:////var/doctrail/bus.db", Path("/var/doctrail/bus.db")),
    ],
)
def test_paths_are_read_as_sqlalchemy_writes_them(url: str, path: Path) -> None:
    bus = connect(url, now=now)

    assert isinstance(bus, SqliteBus)
    assert bus._path == path


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("amqp://host/queue", "bus URL has scheme 'amqp'; known: sqlite:///path"),
        ("bus.db", "known: sqlite:///path"),
        ("sqlite://", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite://bus.db", "names no file"),
        ("sqlite:///bus.db?mode=ro", "takes no options"),
    ],
)
def test_a_url_that_names_no_bus_is_refused_in_one_sentence(url: str, sentence: str) -> None:
    with pytest.raises(BusError, match=sentence):
        connect(url, now=now)
