"""The embedded bus: a durable log in one SQLite file, for one consuming process and any that publish."""

from __future__ import annotations

import asyncio
import math
import sqlite3
import time
import zlib
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from bus.protocol import Assignments, BusError, Consumer, Lag, Outgoing, Partition, Record, Span
from bus.sqlite_consumer import Group, Member
from bus.sqlite_retention import SLOT_SHIFT, Retention
from bus.sqlite_schema import open_file, translating
from bus.sqlite_writer import Write, Writer
from bus.topics import TopicSettings
from schemas.topics import READ

PARTITIONS = 4
"""Partitions of a new topic. Messages of one partition run side by side; more of them only keep one
slow message from holding back the commits of others."""

WATCH_SECONDS = 0.05
"""How often the file is asked whether another process has written: 20 us of CPU each time."""

MAX_BODY = 16 * 1024 * 1024


class SqliteBus:
    """A durable log of keyed messages in one file.

    Acknowledged means synced to disk. Writes of one process share transactions in a thread of their
    own; reads of a few rows, which wait for no writer and mostly hit the page cache, are cheaper
    where they are asked for than by way of a thread. The consumers of a group must live in one
    process (its run lock sees to that); a second process would repeat work, never lose any.

    Args:
        path: The file.
        now: The clock that stamps records.
        partitions: Of a new topic.
        retention: Seconds after which messages that all have finished are deleted.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], datetime],
        partitions: int = PARTITIONS,
        retention: float = math.inf,
    ) -> None:
        self._path = path
        self._now = now
        self._partitions = partitions
        self._retention = Retention(retention, _readers, now, time.monotonic)
        self._opening = asyncio.Lock()
        self._reader: sqlite3.Connection | None = None
        self._writer: Writer | None = None
        self._topics: dict[str, list[Partition]] = {}
        self._slots: dict[Partition, int] = {}
        self._by_slot: dict[int, Partition] = {}
        self._groups: dict[str, Group] = {}
        self._watching: asyncio.TimerHandle | None = None
        self._seen_version = -1
        self.ends: dict[Partition, int] = {}

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Append ``messages`` in one transaction, shared with whatever else waits."""
        if messages:
            await self._open()
            await self._write(rows=[self._row(message) for message in messages])

    @asynccontextmanager
    async def _consumer(
        self, topics: Sequence[str], group: str, assignments: Assignments | None
    ) -> AsyncIterator[Consumer]:
        await self._open()
        for topic in topics:
            self._known(topic)
        members = self._groups.setdefault(group, Group())
        member = Member(self, topics, group, assignments)
        self._watch()
        try:
            await members.join(member, self._topics)
            yield member
        finally:
            if member in members.members:
                await members.leave(member, self._topics)

    def consumer(
        self, topics: Sequence[str], group: str, assignments: Assignments | None = None
    ) -> AbstractAsyncContextManager[Consumer]:
        """Join ``group`` among the consumers of this process."""
        return self._consumer(topics, group, assignments)

    async def lag(self, group: str, topics: Sequence[str]) -> Mapping[str, Lag]:
        """Return what ``group`` has not finished, as the file says now."""
        await self._open()
        for topic in topics:
            self._known(topic)
        self._look()
        return {topic: self._lag(group, topic) for topic in topics}

    async def ensure_topics(self, names: Sequence[str]) -> None:
        """Create the topics that do not exist yet."""
        await self._open()
        missing = [name for name in names if name not in self._topics]
        if missing:
            await self._write(topics=[(name, self._partitions) for name in missing])
            self._look()

    async def create_topics(self, wanted: Mapping[str, TopicSettings]) -> None:
        """Create the topics that do not exist yet; partitions are all that can be chosen here."""
        await self._open()
        missing = [(name, wanted[name].partitions) for name in wanted if name not in self._topics]
        if missing:
            await self._write(topics=missing)
            self._look()

    async def topics(self, names: Sequence[str]) -> Mapping[str, TopicSettings]:
        """Return how many partitions those of the topics have that exist."""
        await self._open()
        self._look()
        return {name: TopicSettings(len(self._topics[name])) for name in names if name in self._topics}

    async def close(self) -> None:
        """Carry out what was accepted, then let go of the file."""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        writer, self._writer = self._writer, None
        reader, self._reader = self._reader, None
        if writer is not None:
            await asyncio.to_thread(writer.stop)
        if reader is not None:
            reader.close()

    async def __aenter__(self) -> Self:
        """Return the bus; the file is opened at first use."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close it."""
        await self.close()

    def read(self, partition: Partition, start: int, limit: int) -> Sequence[Record]:
        """Return records of ``partition`` from offset ``start`` on."""
        slot = self._slots[partition]
        with translating(self._path):
            rows = self._file.execute(
                "SELECT id, at, key, body FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
                ((slot << SLOT_SHIFT) | start, (slot + 1) << SLOT_SHIFT, limit),
            ).fetchall()
        first = slot << SLOT_SHIFT
        topic, number = partition
        return [
            Record(topic, number, id_ - first, key, body, datetime.fromtimestamp(at / 1000, UTC))
            for id_, at, key, body in rows
        ]

    def standing(self, group: str, partitions: Collection[Partition]) -> dict[Partition, Span]:
        """Return where ``group`` stands in each of ``partitions``."""
        self._look()
        with translating(self._path):
            found = self._file.execute("SELECT slot, next FROM offsets WHERE consumer_group = ?", (group,))
            committed = {self._by_slot[slot]: offset for slot, offset in found}
        return {p: Span(committed.get(p, 0), self.ends[p]) for p in partitions}

    async def advance(self, group: str, offsets: Mapping[Partition, int]) -> None:
        """Move the offsets of ``group`` forward, durably."""
        await self._write(group=group, offsets=[(self._slots[p], offset) for p, offset in offsets.items()])

    @property
    def _file(self) -> sqlite3.Connection:
        if self._reader is None:
            raise BusError(f"bus {str(self._path)!r} is closed")
        return self._reader

    async def _open(self) -> None:
        if self._writer is not None:
            return
        async with self._opening:
            if self._writer is None:
                self._reader = await asyncio.to_thread(open_file, self._path)
                connection = await asyncio.to_thread(open_file, self._path)
                writer = Writer(self._path, connection, self._now, self._retention)
                writer.start(asyncio.get_running_loop(), self._grown)
                self._look()
                self._writer = writer

    def _row(self, message: Outgoing) -> tuple[int, str, bytes]:
        partitions = self._topics.get(message.topic) or self._known(message.topic)
        if len(message.body) > MAX_BODY:
            raise BusError(f"message {message.event_id} has {len(message.body)} bytes, more than {MAX_BODY}")
        key = message.key
        partition = partitions[zlib.crc32(key.encode()) % len(partitions)]
        return self._slots[partition], key, message.body

    def _known(self, topic: str) -> Sequence[Partition]:
        if topic not in self._topics:
            # Another process may have made it since we looked.
            self._look()
        if topic not in self._topics:
            known = ", ".join(sorted(self._topics)) or "none"
            raise BusError(f"topic {topic!r} does not exist on the bus; known: {known}")
        return self._topics[topic]

    async def _write(
        self,
        *,
        rows: Sequence[tuple[int, str, bytes]] = (),
        group: str = "",
        offsets: Sequence[tuple[int, int]] = (),
        topics: Sequence[tuple[str, int]] = (),
    ) -> None:
        if self._writer is None:
            raise BusError(f"bus {str(self._path)!r} is closed")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._writer.submit(Write(done, rows, group, offsets, topics))
        await done

    def _look(self) -> None:
        """Read the ends of all partitions from the file."""
        with translating(self._path):
            rows = self._file.execute(
                "SELECT slot, topic, partition, next FROM slots ORDER BY slot"
            ).fetchall()
        for slot, topic, number, end in rows:
            partition = Partition(topic, number)
            if slot not in self._by_slot:
                self._by_slot[slot] = partition
                self._slots[partition] = slot
                self._topics.setdefault(topic, []).append(partition)
            self.ends[partition] = end

    def _grown(self, slots: Mapping[int, int]) -> None:
        """Take note of appended records and wake who waits for them."""
        for slot, end in slots.items():
            self.ends[self._by_slot[slot]] = end
        self._notice()

    def _notice(self) -> None:
        for group in self._groups.values():
            for member in group.members:
                member.notice()

    def _watch(self) -> None:
        if self._watching is None:
            self._watching = asyncio.get_running_loop().call_later(WATCH_SECONDS, self._glance)

    def _glance(self) -> None:
        """See whether anything was written since the last glance, by this process or another."""
        self._watching = None
        if self._reader is None or not any(group.members for group in self._groups.values()):
            return
        try:
            (version,) = self._reader.execute("PRAGMA data_version").fetchone()
            if version != self._seen_version:
                self._look()
                self._seen_version = version
                self._notice()
        except sqlite3.Error:
            # Whoever polls or publishes meets the same error and reports it; the next glance looks again.
            self._seen_version = -1
        self._watch()

    def _lag(self, group: str, topic: str) -> Lag:
        spans = self.standing(group, self._topics[topic])
        unread = sum(span.end - span.start for span in spans.values())
        firsts = [self.read(p, span.start, 1) for p, span in spans.items() if span.start < span.end]
        times = [records[0].timestamp for records in firsts if records]
        return Lag(unread, min(times, default=None), sum(span.start for span in spans.values()))


def _readers(topic: str) -> Collection[str]:
    return READ[topic].consumers if topic in READ else ()
