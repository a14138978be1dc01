"""One hop of the chain that ``benchmarks.kafka`` measures: reads, decodes, encodes, sends on, commits.

``python -m benchmarks.kafka_hop WAY BROKERS IN_PREFIX OUT_PREFIX WINDOW [SECONDS CALLS]`` prints "ready" once
it owns partitions, and ends on SIGTERM. Either way: acks=all, idempotent, an offset is committed only after
what came of its message was acknowledged. Ways: ``raw`` and ``faststream`` on asyncio's own loop, ``ours`` on
the loop that ``doctrail run`` has; ``raw-uvloop`` and ``ours-asyncio`` tell what the loop brings.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Self

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from app.clock import utc_now
from app.collector import calm_collector
from app.looping import run
from bus.breaker import Breakers
from bus.connect import connect
from bus.protocol import Assignments, Bus, Consumer, Outgoing, Partition, Span
from bus.worker import Worker, WorkerSettings
from schemas.handling import Delivery
from schemas.message import Message, encode
from schemas.records import ReviewRequested
from store.memory import MemoryStore

TOPIC = ReviewRequested.event
BATCH = 100
COMMIT_SECONDS = 0.1


async def raw(brokers: str, source: str, target: str) -> None:
    """The reference: batches of at most 100, sent together, committed every 100 messages or 100 ms."""
    producer = AIOKafkaProducer(bootstrap_servers=brokers, acks="all", enable_idempotence=True, linger_ms=0)
    consumer = AIOKafkaConsumer(
        source + TOPIC,
        bootstrap_servers=brokers,
        group_id=source + "raw",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await producer.start()
    await consumer.start()
    print("ready", flush=True)
    due: dict[TopicPartition, int] = {}
    count, last = 0, time.monotonic()
    while True:
        found = await consumer.getmany(timeout_ms=100, max_records=BATCH)
        sent = []
        for partition, records in found.items():
            for record in records:
                body = json.dumps(json.loads(record.value)).encode()
                sent.append(await producer.send(target + TOPIC, body, key=record.key))
            due[partition] = records[-1].offset + 1
            count += len(records)
        if sent:
            await asyncio.gather(*sent)
        if count and (count >= BATCH or time.monotonic() - last >= COMMIT_SECONDS):
            await consumer.commit(due)
            due, count, last = {}, 0, time.monotonic()


class Bridge:
    """A bus that reads under one prefix and publishes under another; the worker sees one bus."""

    def __init__(self, source: Bus, target: Bus) -> None:
        self._source = source
        self.publish = target.publish
        self.lag = source.lag
        self.ensure_topics = source.ensure_topics
        self.create_topics = source.create_topics
        self.topics = source.topics

    @asynccontextmanager
    async def _consumer(
        self, topics: Sequence[str], group: str, assignments: Assignments | None
    ) -> AsyncIterator[Consumer]:
        async with self._source.consumer(topics, group, Announcing(assignments)) as consumer:
            yield consumer

    def consumer(
        self, topics: Sequence[str], group: str, assignments: Assignments | None = None
    ) -> AbstractAsyncContextManager[Consumer]:
        """Join a group, and say so."""
        return self._consumer(topics, group, assignments)

    async def close(self) -> None:
        """Leave both to their owner."""

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Leave both to their owner."""


class Announcing:
    """Says "ready" at the first assignment."""

    def __init__(self, inner: Assignments | None) -> None:
        self._inner = inner

    async def assigned(self, spans: Mapping[Partition, Span]) -> None:
        """Pass on, and say so."""
        if self._inner is not None:
            await self._inner.assigned(spans)
        print("ready", flush=True)

    async def revoked(self, partitions: Collection[Partition]) -> None:
        """Pass on."""
        if self._inner is not None:
            await self._inner.revoked(partitions)


class SendOn:
    """A handler that waits as long as a model would, and encodes its message anew.

    Args:
        seconds: What the model takes; 0 for no model.
        calls: How many it takes at once, as ``DOCTRAIL_MODEL_CONCURRENCY`` bounds them.
    """

    def __init__(self, seconds: float = 0.0, calls: int = 1) -> None:
        self._seconds = seconds
        self._calls = asyncio.Semaphore(calls)

    name = "bench"
    consumes: Sequence[type[Message]] = (ReviewRequested,)

    async def handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        """Answer with the same message."""
        envelope = delivery.envelope
        if self._seconds:
            async with self._calls:
                await asyncio.sleep(self._seconds)
        return [Outgoing(TOPIC, envelope.subject, envelope.id, encode(envelope))]


async def ours(brokers: str, source: str, target: str, window: int, handler: SendOn) -> None:
    """The worker loop as it is."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    url = f"kafka://{brokers}/"
    async with connect(url + source, now=utc_now) as reading, connect(url + target, now=utc_now) as writing:
        worker = Worker(
            Bridge(reading, writing),
            handler,
            MemoryStore(),
            settings=WorkerSettings(window=window),
            breakers=Breakers(),
            now=utc_now,
        )
        calm_collector()
        await worker.run(asyncio.Event())


def main() -> None:
    """Run until told to stop."""
    way, brokers, source, target, window, *slow = sys.argv[1:]
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    handler = SendOn(float(slow[0]), int(slow[1])) if slow else SendOn()
    match way:
        case "raw":
            asyncio.run(raw(brokers, source, target))
        case "raw-uvloop":
            run(raw(brokers, source, target))
        case "ours":
            run(ours(brokers, source, target, int(window), handler))
        case "ours-asyncio":
            asyncio.run(ours(brokers, source, target, int(window), handler))
        case "faststream":
            from benchmarks.kafka_faststream import faststream

            asyncio.run(faststream(brokers, source, target, TOPIC))
        case _:
            raise SystemExit(f"unknown way {way!r}")


if __name__ == "__main__":
    main()
