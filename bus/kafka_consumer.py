"""A member of a Kafka group: reads, commits what it is told to, and lives through rebalances."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CommitFailedError, ConsumerStoppedError, IllegalStateError, KafkaError
from aiokafka.structs import ConsumerRecord

from bus.kafka_address import KafkaAddress
from bus.kafka_client import client_arguments, entering, unanswered
from bus.protocol import Assignments, Partition, Record, Span
from schemas.errors import PipelineError, TransientError

log = structlog.get_logger("bus")

NOWHERE = TopicPartition("", -1)
"""Nobody's partition: asking for its records takes none and is a sign of life all the same."""

FETCH_BYTES = 1_048_576
LEAVING_SECONDS = 5.0
"""Longest time that saying goodbye to the group may take; a silent end costs it the session time."""

GUARD_SECONDS = 1.0
SETTLE_SECONDS = 0.2

Spans = Callable[[Collection[Partition]], Awaitable[Mapping[Partition, Span]]]


class Member(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    """A consumer of a group under the cluster's own names of topics and group.

    The library's ``pause`` throws away what was fetched ahead, so pausing is ours: only partitions that
    flow are asked for their records. A partition is ours from when its assignment was taken note of
    until its revocation was; nothing of it is delivered before or after.

    Args:
        spans: Where the group stands in partitions, asked when they are assigned.
    """

    def __init__(
        self, address: KafkaAddress, group: str, spans: Spans, assignments: Assignments | None
    ) -> None:
        self._address = address
        self._group = group
        self._spans = spans
        self._assignments = assignments
        self._prefix = len(address.prefix)
        self._owned: dict[TopicPartition, Partition] = {}
        self._committed: dict[Partition, int] = {}
        self._paused: set[Partition] = set()
        self._flowing: list[TopicPartition] = []
        self._settled = asyncio.Event()
        self._settling: asyncio.Task[None] | None = None
        self._polling: asyncio.Timeout | None = None
        self._leaving = False
        self._failure: PipelineError | None = None
        self._consumer: AIOKafkaConsumer | None = None

    async def join(self, topics: Sequence[str]) -> None:
        """Join the group; on return the first assignment was taken note of.

        Raises:
            TransientError: No broker answered, or the group did not settle in time.
            BusError: We are not let in.
        """
        options = self._address.options
        consumer = self._consumer = AIOKafkaConsumer(
            **client_arguments(self._address),
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=int(options.session * 1000),
            heartbeat_interval_ms=int(min(options.heartbeat, options.session / 3) * 1000),
            rebalance_timeout_ms=int(options.rebalance * 1000),
            max_partition_fetch_bytes=max(FETCH_BYTES, options.max_message),
        )
        consumer.subscribe(topics, listener=self)
        try:
            async with asyncio.timeout(options.patience + options.rebalance):
                async with entering(self._address):
                    await consumer.start()
                await self._settled.wait()
            self._complain()
        except TimeoutError as error:
            raise unanswered(self._address, "let us into a group") from error

    async def leave(self) -> None:
        """Give all partitions back without asking ``Assignments``."""
        self._leaving = True
        await self._stop_settling()
        consumer, self._consumer = self._consumer, None
        if consumer is None:
            return
        leaving = asyncio.ensure_future(consumer.stop())
        await asyncio.wait([leaving], timeout=LEAVING_SECONDS)
        if not leaving.done():
            # It waits for an answer, perhaps of a group that is busy with itself: hang up instead.
            await consumer._client.close()  # noqa: SLF001
            await asyncio.wait([leaving], timeout=LEAVING_SECONDS)
        if not leaving.done():
            leaving.cancel()
        elif not leaving.cancelled() and (failure := leaving.exception()) is not None:
            log.warning("bus.left_badly", group=self._group, failure=str(failure))

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Take note of an assignment in a task of its own: the library sends no heartbeats meanwhile."""
        if not self._leaving:
            await self._stop_settling()
            self._settling = asyncio.get_running_loop().create_task(self._settle(tuple(assigned)))

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:  # noqa: ARG002
        """Have what is in hand finished; an eager rebalance revokes everything."""
        if self._leaving:
            return
        # A poll under way would take of what is revoked, once it is dealt to us anew and not taken over yet.
        self._flowing = []
        self._wake()
        await self._stop_settling()
        if self._owned and self._assignments is not None:
            await self._assignments.revoked(tuple(self._owned.values()))
        self._owned = {}
        self._paused.clear()
        self._committed.clear()

    async def poll(self, max_records: int, wait: float) -> Sequence[Record]:
        """Return the next records of the partitions that flow."""
        loop = asyncio.get_running_loop()
        until = loop.time() + wait
        while True:
            self._complain()
            left = max(until - loop.time(), 0.0)
            try:
                async with asyncio.timeout(left + GUARD_SECONDS) as self._polling:
                    taken = await self._take(max_records, left)
            except TimeoutError:
                taken = []
            finally:
                self._polling = None
            if taken or loop.time() >= until:
                return taken

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Move the group's offsets of the partitions that are still ours."""
        names = {partition: name for name, partition in self._owned.items()}
        ahead = {
            partition: offset
            for partition, offset in offsets.items()
            if partition in names and offset > self._committed.get(partition, -1)
        }
        consumer = self._consumer
        if not ahead or consumer is None:
            return
        try:
            async with asyncio.timeout(self._address.options.patience):
                await consumer.commit({names[partition]: offset for partition, offset in ahead.items()})
        except (CommitFailedError, IllegalStateError):
            # The group went on without us: what we committed would not be ours to commit.
            return
        except (TimeoutError, KafkaError) as error:
            raise unanswered(self._address, "commit", error) from error
        self._committed |= ahead

    def pause(self, partitions: Collection[Partition]) -> None:
        """Deliver nothing of ``partitions`` until resumed."""
        self._paused.update(partitions)
        self._reflow()

    def resume(self, partitions: Collection[Partition]) -> None:
        """Deliver ``partitions`` again."""
        if self._paused.intersection(partitions):
            self._paused.difference_update(partitions)
            self._reflow()
            self._wake()

    async def _take(self, max_records: int, wait: float) -> list[Record]:
        consumer = self._consumer
        if consumer is None:
            return []
        try:
            if self._flowing:
                found = await consumer.getmany(
                    *self._flowing, timeout_ms=int(wait * 1000), max_records=max_records
                )
                return [self._record(record) for records in found.values() for record in records]
            await consumer.getmany(NOWHERE, timeout_ms=int(wait * 1000))
        except ConsumerStoppedError:
            return []
        except KafkaError as error:
            raise unanswered(self._address, "deliver", error) from error
        return []

    def _record(self, found: ConsumerRecord) -> Record:
        return Record(
            found.topic[self._prefix :],
            found.partition,
            found.offset,
            "" if found.key is None else found.key.decode(errors="backslashreplace"),
            found.value or b"",
            datetime.fromtimestamp(max(found.timestamp, 0) / 1000, UTC),
        )

    async def _settle(self, assigned: Collection[TopicPartition]) -> None:
        """Find out where the group stands in what was assigned, and take it over."""
        try:
            await self._take_over(
                {name: Partition(name.topic[self._prefix :], name.partition) for name in assigned}
            )
        except PipelineError as error:
            # Whoever polls is told.
            self._failure = error
        self._settled.set()
        self._wake()

    async def _take_over(self, names: dict[TopicPartition, Partition]) -> None:
        spans: Mapping[Partition, Span] = {}
        while names:
            try:
                spans = await self._spans(tuple(names.values()))
                break
            except TransientError as error:
                log.warning("bus.standing_unknown", group=self._group, reason=str(error))
                await asyncio.sleep(SETTLE_SECONDS)
        self._committed = {partition: span.start for partition, span in spans.items()}
        self._owned = names
        if names and self._assignments is not None:
            await self._assignments.assigned(spans)
        self._reflow()

    def _complain(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def _stop_settling(self) -> None:
        task, self._settling = self._settling, None
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])

    def _reflow(self) -> None:
        self._flowing = [name for name, partition in self._owned.items() if partition not in self._paused]

    def _wake(self) -> None:
        """Have a poll that waits look again; one that is cut short has taken nothing."""
        if self._polling is not None and not self._polling.expired():
            self._polling.reschedule(asyncio.get_running_loop().time())
