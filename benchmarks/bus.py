"""The embedded bus beside a bare SQLite queue at the same ``synchronous``, in one run.

``python -m benchmarks.bus [--seconds S] [--rounds N] [--folder DIR]`` prints messages per second and
CPU per message, each as min / median / max of interleaved rounds, and what ours is of the bare queue.
One message is published, read and acknowledged in every figure but the worker's, which also decodes
it and runs a handler that does nothing. Use a folder on a real disk: syncs cost nothing on a tmpfs.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import structlog

from bus.breaker import Breakers
from bus.protocol import Bus, Outgoing, Partition
from bus.sqlite import SqliteBus
from bus.worker import Worker, WorkerSettings
from schemas.canonical import derive_id, sha256_hex
from schemas.handling import Delivery
from schemas.message import Message, encode, new_traceparent, seal
from schemas.records import ReviewRequested
from store.memory import MemoryStore
from store.protocol import ref_of

BATCH = 100
BODY = b"x" * 1000
TOPIC = ReviewRequested.event
MUST = 0.5


@dataclass(frozen=True, slots=True)
class Measured:
    """One round of one way: messages per second and microseconds of CPU per message."""

    rate: float
    cpu: float


class Stopwatch:
    """Wall time and CPU of this process since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    @property
    def seconds(self) -> float:
        """Wall seconds so far."""
        return time.perf_counter() - self._wall

    def per(self, messages: int) -> Measured:
        """Return what ``messages`` cost."""
        return Measured(messages / self.seconds, (time.process_time() - self._cpu) / messages * 1e6)


def bare(folder: Path, seconds: float, batch: int) -> Measured:
    """A table, a loop: insert a batch, commit; read a batch, delete it, commit. One process, no loop."""
    with sqlite3.connect(folder / "queue.db", isolation_level=None) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE queue (id INTEGER PRIMARY KEY, topic TEXT NOT NULL, body BLOB NOT NULL)")
        watch, put, taken = Stopwatch(), 0, 0
        while watch.seconds < seconds / 2:
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO queue (topic, body) VALUES (?, ?)", [(TOPIC, BODY)] * batch)
            db.execute("COMMIT")
            put += batch
        while taken < put:
            db.execute("BEGIN IMMEDIATE")
            rows = db.execute("SELECT id, body FROM queue ORDER BY id LIMIT ?", (batch,)).fetchall()
            db.execute("DELETE FROM queue WHERE id BETWEEN ? AND ?", (rows[0][0], rows[-1][0]))
            db.execute("COMMIT")
            taken += len(rows)
        measured = watch.per(put)
    db.close()
    return measured


async def seam(bus: Bus, seconds: float, batch: int, publishers: int) -> Measured:
    """Concurrent publishers, then one consumer that commits each batch, through the real seam."""
    watch, numbers = Stopwatch(), count()
    published = 0

    async def publish() -> None:
        nonlocal published
        while watch.seconds < seconds / 2:
            await bus.publish([Outgoing(TOPIC, f"k{next(numbers)}", "e", BODY) for _ in range(batch)])
            published += batch

    async with asyncio.TaskGroup() as tasks:
        for _ in range(publishers):
            tasks.create_task(publish())
    taken = 0
    async with bus.consumer([TOPIC], "bench") as consumer:
        while taken < published:
            records = await consumer.poll(batch * publishers, 5.0)
            await consumer.commit({Partition(r.topic, r.partition): r.offset + 1 for r in records})
            taken += len(records)
    return watch.per(published)


def events(numbers: Iterator[int], amount: int) -> list[Outgoing]:
    """Readable messages of about a kilobyte's size class, made beforehand."""
    made = []
    for number in (next(numbers) for _ in range(amount)):
        subject, run = sha256_hex(str(number).encode()), derive_id("run", number)
        message = ReviewRequested(
            review_id=derive_id("review", number),
            run_id=run,
            record=ref_of(f"documents/{subject}/artifacts/record/{run}.json", b"{}"),
        )
        envelope = seal(
            message,
            event_id=derive_id("event", number),
            source="doctrail/bench",
            subject=subject,
            time=datetime(2026, 11, 21, tzinfo=UTC),
            traceparent=new_traceparent("bench"),
        )
        made.append(Outgoing(TOPIC, subject, envelope.id, encode(envelope)))
    return made


class Nothing:
    """A handler that does nothing."""

    name = "nothing"
    consumes: Sequence[type[Message]] = (ReviewRequested,)

    async def handle(self, delivery: Delivery) -> Sequence[Outgoing]:  # nothing
        """Do nothing."""
        return ()


async def loop(bus: Bus, amount: int, window: int) -> Measured:
    """The worker loop over a backlog: decode, handle, commit."""
    for start in range(0, amount, BATCH):
        await bus.publish(events(count(start), BATCH))
    worker = Worker(
        bus,
        Nothing(),
        MemoryStore(),
        settings=WorkerSettings(window=window),
        breakers=Breakers(),
        now=lambda: datetime.now(UTC),
    )
    stop = asyncio.Event()
    watch = Stopwatch()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(worker.run(stop))
        while worker.counters.handled < amount:  # a watcher must not weigh on the loop
            await asyncio.sleep(0.005)
        measured = watch.per(amount)
        stop.set()
    return measured


Way = Callable[[Path, float], Measured]


def on_a_bus(run: Callable[[Bus, float], Awaitable[Measured]]) -> Way:
    """Return a way that runs on a fresh bus."""

    def way(folder: Path, seconds: float) -> Measured:
        async def main() -> Measured:
            async with SqliteBus(folder / "bus.db", now=lambda: datetime.now(UTC)) as bus:
                await bus.ensure_topics([TOPIC])
                return await run(bus, seconds)

        return asyncio.run(main())

    return way


WAYS: dict[str, Way] = {
    "bare queue, batches of 100": lambda folder, seconds: bare(folder, seconds, BATCH),
    "our bus, batches of 100": on_a_bus(lambda bus, seconds: seam(bus, seconds, BATCH, 1)),
    "our bus, batches of 100, 8 callers": on_a_bus(lambda bus, seconds: seam(bus, seconds, BATCH, 8)),
    "bare queue, one by one": lambda folder, seconds: bare(folder, seconds, 1),
    "our bus, one by one, 100 callers": on_a_bus(lambda bus, seconds: seam(bus, seconds, 1, 100)),
    "worker loop, window 32": on_a_bus(lambda bus, seconds: loop(bus, int(seconds * 5000), 32)),
    "worker loop, window 100": on_a_bus(lambda bus, seconds: loop(bus, int(seconds * 5000), 100)),
}
RATIOS = (
    ("our bus, batches of 100", "bare queue, batches of 100"),
    ("our bus, batches of 100, 8 callers", "bare queue, batches of 100"),
    ("our bus, one by one, 100 callers", "bare queue, one by one"),
    ("our bus, one by one, 100 callers", "bare queue, batches of 100"),
    ("worker loop, window 100", "bare queue, batches of 100"),
)


def main() -> int:
    """Measure and print; return 1 if the bus is slower than it must be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each way in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=Path())
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    found: dict[str, list[Measured]] = {name: [] for name in WAYS}
    for _ in range(options.rounds):
        for name, way in WAYS.items():
            with tempfile.TemporaryDirectory(dir=options.folder) as folder:
                found[name].append(way(Path(folder), options.seconds))
    for name, rounds in found.items():
        print(f"{name:34} {_spread([m.rate for m in rounds], 9)} messages/s   ", end="")
        print(f"{_spread([m.cpu for m in rounds], 6)} CPU us/message")
    for ours, theirs in RATIOS:
        ratio = _median(found[ours]) / _median(found[theirs])
        print(f"{ours} / {theirs}: {ratio:.2f} x messages/s")
    ratio = _median(found[RATIOS[0][0]]) / _median(found[RATIOS[0][1]])
    print(f"must >= {MUST} x: {'holds' if ratio >= MUST else 'DOES NOT HOLD'} ({ratio:.2f} x)")
    return 0 if ratio >= MUST else 1


def _median(rounds: Sequence[Measured]) -> float:
    return statistics.median(measured.rate for measured in rounds)


def _spread(values: Sequence[float], width: int) -> str:
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{low:{width},.0f} / {middle:{width},.0f} / {high:{width},.0f}"


if __name__ == "__main__":
    sys.exit(main())
