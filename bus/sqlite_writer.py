"""The one thread that writes the embedded log: everything waiting shares a transaction, and its sync."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from bus import telemetry
from bus.sqlite_retention import SLOT_SHIFT, Retention
from bus.sqlite_schema import rollback, translated

log = structlog.get_logger("bus")

_CHUNKS = (64, 32, 16, 8, 4, 2, 1)
_MOST_REQUESTS = 512

Wake = Callable[[dict[int, int]], None]


@dataclass(slots=True, eq=False)
class Write:
    """One caller's wish.

    Attributes:
        rows: (slot, key, body) to append, in order.
        group: Whose offsets to move, if any.
        offsets: (slot, next offset) to move to.
        topics: (topic, partitions) to create.
    """

    done: asyncio.Future[None]
    rows: Sequence[tuple[int, str, bytes]] = ()
    group: str = ""
    offsets: Sequence[tuple[int, int]] = ()
    topics: Sequence[tuple[str, int]] = field(default=())


class Writer:
    """Appends and commits for one process; each wish is acknowledged once it is on disk.

    While one transaction is being synced the next wishes gather, so that the more there is to do the
    fewer syncs a message costs. Wishes are carried out in the order they were made.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        now: Callable[[], datetime],
        retention: Retention | None = None,
    ) -> None:
        self._path = path
        self._retention = retention
        self._connection = connection
        self._now = now
        self._wishes: queue.SimpleQueue[Write | None] = queue.SimpleQueue()
        self._next: dict[int, int] = {}
        self._seen_version = -1
        self._thread: threading.Thread | None = None

    def start(self, loop: asyncio.AbstractEventLoop, wake: Wake) -> None:
        """Begin to work; ``wake`` is called on ``loop`` with the new end of every slot that grew."""
        # A daemon: a process that ends without closing loses only what nobody was told is on disk.
        self._thread = threading.Thread(target=self._run, args=(loop, wake), name="bus-writer", daemon=True)
        self._thread.start()

    def submit(self, write: Write) -> None:
        """Queue a wish; its future is resolved on the loop."""
        self._wishes.put(write)

    def stop(self) -> None:
        """Carry out what is queued and end; blocks until then."""
        self._wishes.put(None)
        if self._thread is not None:
            self._thread.join()
        self._connection.close()

    def _run(self, loop: asyncio.AbstractEventLoop, wake: Wake) -> None:
        stopping = False
        while not stopping:
            batch, stopping = self._gather()
            if not batch:
                continue
            error: Exception | None = None
            grown: dict[int, int] = {}
            try:
                grown = self._transact(batch)
            except sqlite3.Error as refused:
                error = translated(refused, self._path)
                error.__cause__ = refused
            # The loop may be gone when a process ends in a hurry; then nobody waits for an answer.
            if not loop.is_closed():
                loop.call_soon_threadsafe(_acknowledge, batch, error, grown, wake)

    def _gather(self) -> tuple[list[Write], bool]:
        try:
            first = self._wishes.get(timeout=self._retention.wait if self._retention else None)
        except queue.Empty:
            self.tidy()
            return [], False
        waiting = min(self._wishes.qsize(), _MOST_REQUESTS)
        wishes = [first, *(self._wishes.get_nowait() for _ in range(waiting))]
        batch = [wish for wish in wishes if wish is not None]
        return batch, len(batch) < len(wishes)

    def tidy(self) -> None:
        """Delete a batch of what nobody needs any more; a file that refuses is tried again later."""
        if self._retention is None:
            return
        try:
            self._retention.trim(self._connection)
        except sqlite3.Error as refused:
            log.warning(telemetry.LOG_NOT_TRIMMED, why=str(translated(refused, self._path)))

    def _transact(self, batch: Sequence[Write]) -> dict[int, int]:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            self._follow_others()
            grown = self._append(batch)
            for write in batch:
                if write.topics:
                    self._create(write.topics)
                if write.offsets:
                    self._advance(write.group, write.offsets)
            execute("COMMIT")
        except BaseException:
            # The counters in memory may be ahead of the file now.
            self._seen_version = -1
            rollback(self._connection)
            raise
        return grown

    def _follow_others(self) -> None:
        """Read the counters again if another process has written since; otherwise ours are right."""
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if version != self._seen_version:
            self._next = dict(self._connection.execute("SELECT slot, next FROM slots"))
            self._seen_version = version

    def _append(self, batch: Sequence[Write]) -> dict[int, int]:
        at = int(self._now().timestamp() * 1000)
        counters = self._next
        grown: set[int] = set()
        values: list[Any] = []
        for write in batch:
            for slot, key, body in write.rows:
                offset = counters[slot]
                counters[slot] = offset + 1
                grown.add(slot)
                values += ((slot << SLOT_SHIFT) | offset, at, key, body)
        if not grown:
            return {}
        self._insert("INSERT INTO records (id, at, key, body) VALUES ", values, 4)
        ends = {slot: counters[slot] for slot in sorted(grown)}
        for slot, end in ends.items():
            self._connection.execute("UPDATE slots SET next = ? WHERE slot = ?", (end, slot))
        return ends

    def _insert(self, head: str, values: Sequence[Any], width: int) -> None:
        """Insert many rows a statement: the module gives the interpreter lock away at each one."""
        row = "(" + ",".join("?" * width) + ")"
        for start, size in _chunks(len(values) // width):
            part = values[start * width : (start + size) * width]
            self._connection.execute(head + ",".join([row] * size), part)

    def _create(self, topics: Iterable[tuple[str, int]]) -> None:
        for topic, partitions in topics:
            known = self._connection.execute("SELECT 1 FROM slots WHERE topic = ?", (topic,)).fetchone()
            if known is None:
                rows = [(topic, number) for number in range(partitions)]
                self._connection.executemany("INSERT INTO slots (topic, partition) VALUES (?, ?)", rows)
        self._next = dict(self._connection.execute("SELECT slot, next FROM slots"))

    def _advance(self, group: str, offsets: Sequence[tuple[int, int]]) -> None:
        self._connection.executemany(
            "INSERT INTO offsets (consumer_group, slot, next) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET next = max(next, excluded.next)",
            [(group, slot, offset) for slot, offset in offsets],
        )


def _chunks(count: int) -> Iterator[tuple[int, int]]:
    """Split ``count`` rows into few sizes, so that their statements stay prepared."""
    start = 0
    for size in _CHUNKS:
        while count - start >= size:
            yield start, size
            start += size


def _acknowledge(batch: Sequence[Write], error: Exception | None, grown: dict[int, int], wake: Wake) -> None:
    for write in batch:
        if write.done.done():
            continue
        if error is None:
            write.done.set_result(None)
        else:
            write.done.set_exception(error)
    if grown:
        wake(grown)
