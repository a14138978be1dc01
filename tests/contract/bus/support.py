"""What the bus's tests share: messages, workers, recorders, children to be killed."""

from __future__ import annotations

import asyncio
import math
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bus import connect as to_bus
from bus.breaker import Breakers, BreakerSettings
from bus.dead_letters import Listed, dead_letter_keys, read_dead_letters
from bus.kafka_address import SCHEMES, KafkaOptions, parse_address
from bus.protocol import Bus, Consumer, Outgoing, Partition, Record, Span
from bus.retry import RetrySettings
from bus.topics import TopicSettings
from bus.worker import Solitude, Worker, WorkerSettings
from schemas.canonical import derive_id, sha256_hex
from schemas.handling import Handler
from schemas.message import encode, new_traceparent, seal
from schemas.records import DeadLettered, RecordCompleted, ReviewRequested
from store.memory import MemoryStore
from store.protocol import ObjectStore, ref_of

ROOT = Path(__file__).parents[3]
CEILING = 120.0
"""Seconds after which a test that waits has failed."""

TOPIC_SETTINGS = TopicSettings(partitions=4, retention=math.inf)

TOPIC = ReviewRequested.event
NEXT = RecordCompleted.event
USED = (TOPIC, NEXT, DeadLettered.event)
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

BRISK = WorkerSettings(
    window=8,
    deadline=60.0,
    drain=2.0,
    poll_timeout=0.05,
    commit_interval=0.005,
    calm=0.05,
    retry=RetrySettings(tries=4, first=0.002, longest=0.01),
)
KAFKA = KafkaOptions(session=6.0, heartbeat=0.05, rebalance=10.0)
"""As quick as brokers allow: they let no group go on for less than six seconds without a sign of life."""

QUICK_BREAKER = BreakerSettings(first=0.02, longest=0.05)


def now() -> datetime:
    """A clock that stands still."""
    return AT


def document(name: str) -> str:
    """A document id."""
    return sha256_hex(name.encode())


def event(number: int, key: str | None = None) -> Outgoing:
    """A readable message about document ``key``, by default one of its own."""
    subject = document(key or f"document {number}")
    run = derive_id("run", number)
    message = ReviewRequested(
        review_id=derive_id("review", number),
        run_id=run,
        record=ref_of(f"documents/{subject}/artifacts/record/{run}.json", b"{}"),
    )
    event_id = derive_id("event", number)
    envelope = seal(
        message,
        event_id=event_id,
        source="doctrail/test",
        subject=subject,
        time=AT,
        traceparent=new_traceparent(event_id),
    )
    return Outgoing(TOPIC, subject, event_id, encode(envelope))


def plain(number: int, key: str = "k") -> Outgoing:
    """Return a message that is nothing but a number."""
    return Outgoing(TOPIC, key, f"e{number}", str(number).encode())


def numbers(records: list[Record]) -> list[int]:
    """Return what ``plain`` messages say."""
    return [int(record.body) for record in records]


@dataclass
class Recorder:
    """Assignments as they happen."""

    owned: set[Partition] = field(default_factory=set)
    spans: dict[Partition, Span] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    on_revoked: Callable[[Collection[Partition]], Awaitable[None]] | None = None

    async def assigned(self, spans: Mapping[Partition, Span]) -> None:
        """Note what is ours."""
        self.log.append("assigned")
        self.spans.update(spans)
        self.owned |= spans.keys()

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """Note what is ours no more."""
        self.log.append("revoked")
        if self.on_revoked is not None:
            await self.on_revoked(partitions)
        self.owned -= set(partitions)


def connect(url: str, now: Callable[[], datetime] = now) -> Bus:
    """The bus at ``url``, as it is."""
    return to_bus.connect(url, now=now, kafka=KAFKA)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Bus]:
    """The bus at ``url`` with the topics that tests use."""
    async with connect(url) as bus:
        await bus.create_topics(dict.fromkeys(USED, TOPIC_SETTINGS))
        yield bus


async def take(consumer: Consumer, count: int) -> list[Record]:
    """The next ``count`` records, which may be none."""
    records: list[Record] = []
    async with asyncio.timeout(CEILING):
        while len(records) < count:
            records += await consumer.poll(count - len(records), 0.5)
    return records


async def everything(bus: Bus, topic: str, group: str = "checker") -> list[Record]:
    """All records of ``topic`` from the first on, read as ``group`` without a commit."""
    lag = (await bus.lag(group, [topic]))[topic]
    async with bus.consumer([topic], group) as consumer:
        return await take(consumer, lag.unread)


def worker(
    bus: Bus,
    handler: Handler,
    store: ObjectStore | None = None,
    *,
    settings: WorkerSettings = BRISK,
    breakers: Breakers | None = None,
    solitude: Solitude | None = None,
) -> Worker:
    """A worker with brisk settings."""
    return Worker(
        bus,
        handler,
        MemoryStore() if store is None else store,
        settings=settings,
        breakers=breakers or Breakers(QUICK_BREAKER),
        solitude=solitude,
        now=now,
    )


@asynccontextmanager
async def running(*workers: Worker) -> AsyncIterator[None]:
    """Workers at work; stopped gracefully on exit."""
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        stack.callback(stop.set)
        for each in workers:
            tasks.create_task(each.run(stop))
        yield


async def until(condition: Callable[[], bool]) -> None:
    """Wait until ``condition`` holds; a test that waits longer than the ceiling fails."""
    async with asyncio.timeout(CEILING):
        while not condition():  # noqa: ASYNC110  # what is waited for lies on a disk or in a process
            await asyncio.sleep(0.002)


async def finished(bus: Bus, group: str = "reader", topics: Sequence[str] = (TOPIC,)) -> None:
    """Wait until ``group`` has committed everything."""
    async with asyncio.timeout(CEILING):
        while any(lag.unread for lag in (await bus.lag(group, topics)).values()):  # noqa: ASYNC110  # on disk
            await asyncio.sleep(0.002)


async def list_dead_letters(store: ObjectStore) -> AsyncIterator[Listed]:
    """Every dead letter that lies in the store."""
    for event_id in dict.fromkeys(key.split("/")[1] for key, _ in await dead_letter_keys(store)):
        for listed in await read_dead_letters(store, event_id):
            yield listed


async def dead_letters(bus: Bus) -> list[Record]:
    """What lies in the dead-letter topic."""
    return await everything(bus, DeadLettered.event)


def child(*arguments: str) -> subprocess.Popen[str]:
    """A process of its own that runs ``tests.contract.bus.child``."""
    command = [sys.executable, "-m", "tests.contract.bus.child", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # ourselves


async def mourn(url: str, group: str = "reader") -> None:
    """Have the death of all members of ``group`` noticed now, where it would take the bus seconds."""
    if url.partition("://")[0] in SCHEMES:
        from tests.contract.bus.undertaker import bury

        address = parse_address(url, KAFKA)
        await bury(address, address.prefix + group)
