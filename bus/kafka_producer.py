"""Publishing to Kafka: acknowledged by all replicas, never twice by a retry of ours."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from bus.kafka_address import KafkaAddress
from bus.kafka_client import client_arguments, entering, unanswered
from bus.protocol import BusError, Outgoing

BATCH_BYTES = 131_072
"""Most bytes of one partition that go to a broker together."""

OVERHEAD = 1024
"""Bytes that a message takes up beside key and body, at the most."""

PARTING_SECONDS = 5.0
"""Longest time that what was accepted may take to be acknowledged when the bus is closed."""


class Letter(NamedTuple):
    """A message addressed to a partition, under the cluster's name of its topic."""

    topic: str
    body: bytes
    key: bytes | None
    partition: int
    event_id: str

    @property
    def arguments(self) -> tuple[str, bytes, bytes | None, int]:
        """What the library wants to know of it."""
        return self[:4]


class Outbox:
    """The idempotent producer of one process; whoever comes first is sent first.

    A message that is not acknowledged in time stays with the library, which goes on trying in order.
    Publishing it again waits for that very delivery: an outage multiplies nothing. After a failure
    that it did not survive the producer is replaced, because its sequence has a hole.

    Args:
        partitions: How many the topics have that are known, by their plain names.
        learn: Finds out about a topic that is not, or refuses it by name.
    """

    def __init__(
        self,
        address: KafkaAddress,
        partitions: Mapping[str, int],
        learn: Callable[[str], Awaitable[int]],
    ) -> None:
        self._address = address
        self._partitions = partitions
        self._learn = learn
        self._producer: AIOKafkaProducer | None = None
        self._turn = asyncio.Lock()
        self._late: dict[Letter, asyncio.Future[Any]] = {}
        self._waiters: dict[asyncio.Future[None], float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._retired: set[asyncio.Task[None]] = set()

    async def send(self, messages: Sequence[Outgoing], timestamp_ms: int) -> None:
        """Append ``messages``; on return all replicas in sync have them.

        Raises:
            TransientError: The brokers did not acknowledge them in time.
            BusError: They refuse one for good.
        """
        waiting: dict[asyncio.Future[Any], Letter] = {}
        producer: AIOKafkaProducer | None = None
        try:
            async with self._turn:
                producer = self._producer or await self._open()
                for message in messages:
                    count = self._partitions.get(message.topic) or await self._learn(message.topic)
                    letter = self._letter(message, count)
                    late = self._late.get(letter) if self._late else None
                    waiting[late or await producer.send(*letter.arguments, timestamp_ms)] = letter
            for future in waiting:
                if not future.done() and not await self._answered(future):
                    break
        except KafkaError as error:
            self._keep(waiting)
            raise self._failed(producer, error) from error
        except BaseException:
            self._keep(waiting)
            raise
        failures = [f for future in waiting if future.done() and (f := future.exception()) is not None]
        if failures:
            self._keep(waiting)
            raise self._failed(producer, failures[0]) from failures[0]
        if not all(future.done() for future in waiting):
            self._keep(waiting)
            raise unanswered(self._address, "acknowledge a message in time")

    def _letter(self, message: Outgoing, count: int) -> Letter:
        key = message.key.encode()
        size, limit = len(key) + len(message.body), self._address.options.max_message - OVERHEAD
        if size > limit:
            raise BusError(f"message {message.event_id} has {size} bytes, more than {limit}")
        # Without a key there is no order to keep.
        partition = zlib.crc32(key or message.event_id.encode()) % count
        return Letter(
            self._address.prefix + message.topic, message.body, key or None, partition, message.event_id
        )

    async def _answered(self, future: asyncio.Future[Any]) -> bool:
        """Wait until ``future`` is done, and return False where the patience ends before.

        One timer serves all who wait, and the delivery itself is never cancelled.
        """
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        future.add_done_callback(partial(_wake, waiter))
        self._waiters[waiter] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(self._address.options.patience / 4, self._lose_patience)
        try:
            await waiter
        finally:
            del self._waiters[waiter]
        return future.done()

    def _lose_patience(self) -> None:
        loop, patience = asyncio.get_running_loop(), self._address.options.patience
        for waiter, since in self._waiters.items():
            if loop.time() - since < patience:
                break
            _wake(waiter)
        self._timer = loop.call_later(patience / 4, self._lose_patience) if self._waiters else None

    async def close(self) -> None:
        """Wait a while for what was accepted, then let go of the connections."""
        producer, self._producer = self._producer, None
        if producer is not None:
            self._retire(producer)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._retired:
            await asyncio.wait(self._retired)

    def _keep(self, waiting: dict[asyncio.Future[Any], Letter]) -> None:
        """Remember deliveries under way that nobody waits for just now."""
        for future, letter in waiting.items():
            if letter not in self._late and not future.done():
                self._late[letter] = future
                future.add_done_callback(partial(self._settled, letter))

    def _settled(self, letter: Letter, future: asyncio.Future[Any]) -> None:
        self._late.pop(letter, None)
        if not future.cancelled():
            future.exception()

    def _failed(self, producer: AIOKafkaProducer | None, error: BaseException) -> Exception:
        if producer is not None and producer is self._producer:
            self._producer = None
            self._retire(producer)
        if isinstance(error, MessageSizeTooLargeError | RecordListTooLargeError):
            return BusError(
                f"bus {self._address} refuses a message as too large; set its max.message.bytes and "
                "the limit here to the same"
            )
        return unanswered(self._address, "take a message", error)

    def _retire(self, producer: AIOKafkaProducer) -> None:
        task = asyncio.get_running_loop().create_task(_stop(producer))
        self._retired.add(task)
        task.add_done_callback(self._retired.discard)

    async def _open(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **client_arguments(self._address),
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_batch_size=BATCH_BYTES,
            max_request_size=self._address.options.max_message,
        )
        try:
            async with entering(self._address), asyncio.timeout(self._address.options.patience):
                await producer.start()
        except TimeoutError as error:
            await producer.stop()
            raise unanswered(self._address, "let a producer in") from error
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer
        return producer


def _wake(waiter: asyncio.Future[None], _: object = None) -> None:
    if not waiter.done():
        waiter.set_result(None)


async def _stop(producer: AIOKafkaProducer) -> None:
    """Stop a producer, waiting for acknowledgements for a while only."""
    stopping = asyncio.ensure_future(producer.stop())
    await asyncio.wait([stopping], timeout=PARTING_SECONDS)
    if not stopping.done():
        # It would wait for brokers that do not answer; whoever published these was told long ago.
        producer._message_accumulator.fail_all(KafkaError("the producer is closed"))  # noqa: SLF001
        await producer.client.close()
        await asyncio.wait([stopping], timeout=PARTING_SECONDS)
        stopping.cancel()
