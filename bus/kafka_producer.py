"""Publishing to Kafka: acknowledged by all replicas, never twice by a retry of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from bus.kafka_address import KafkaAddress
from bus.kafka_client import client_arguments, entering, unanswered
from bus.protocol import BusError

BATCH_BYTES = 131_072
"""Most bytes of one partition that go to a broker together."""

OVERHEAD = 1024
"""Bytes that a message takes up beside key and body, at the most."""

PARTING_SECONDS = 5.0
"""Longest time that what was accepted may take to be acknowledged when the bus is closed."""


class Letter(NamedTuple):
    """A message addressed to a partition, under the cluster's name of its topic."""

    topic: str
    partition: int
    key: bytes | None
    body: bytes
    event_id: str


class Outbox:
    """The idempotent producer of one process; whoever comes first is sent first.

    A message that is not acknowledged in time stays with the library, which goes on trying in order.
    Publishing it again waits for that very delivery: an outage multiplies nothing. After a failure
    that it did not survive the producer is replaced, because its sequence has a hole.
    """

    def __init__(self, address: KafkaAddress) -> None:
        self._address = address
        self._producer: AIOKafkaProducer | None = None
        self._turn = asyncio.Lock()
        self._late: dict[Letter, asyncio.Future[Any]] = {}
        self._retired: set[asyncio.Task[None]] = set()

    def check(self, event_id: str, size: int) -> None:
        """Refuse a message that no broker would take.

        Raises:
            BusError: It is too large.
        """
        limit = self._address.options.max_message
        if size + OVERHEAD > limit:
            raise BusError(f"message {event_id} has {size} bytes, more than {limit - OVERHEAD}")

    async def send(self, letters: Callable[[], Awaitable[Sequence[Letter]]], timestamp_ms: int) -> None:
        """Append ``letters``, addressed when it is their turn; on return all replicas in sync have them.

        Raises:
            TransientError: The brokers did not acknowledge them in time.
            BusError: They refuse one for good.
        """
        waiting: dict[asyncio.Future[Any], Letter] = {}
        producer: AIOKafkaProducer | None = None
        try:
            async with self._turn:
                producer = self._producer or await self._open()
                for letter in await letters():
                    late = self._late.get(letter) if self._late else None
                    waiting[late or await self._hand_over(producer, letter, timestamp_ms)] = letter
            done, pending = await asyncio.wait(waiting, timeout=self._address.options.patience)
        except KafkaError as error:
            raise self._failed(producer, error) from error
        except asyncio.CancelledError:
            self._keep(waiting)
            raise
        if pending:
            self._keep({future: waiting[future] for future in pending})
        failures = [failure for future in done if (failure := future.exception()) is not None]
        if failures:
            raise self._failed(producer, failures[0]) from failures[0]
        if pending:
            raise unanswered(self._address, "acknowledge a message in time")

    async def close(self) -> None:
        """Wait a while for what was accepted, then let go of the connections."""
        producer, self._producer = self._producer, None
        if producer is not None:
            self._retire(producer)
        if self._retired:
            await asyncio.wait(self._retired)

    async def _hand_over(
        self, producer: AIOKafkaProducer, letter: Letter, timestamp_ms: int
    ) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = await producer.send(
            letter.topic, letter.body, letter.key, letter.partition, timestamp_ms
        )
        return future

    def _keep(self, waiting: dict[asyncio.Future[Any], Letter]) -> None:
        """Remember deliveries under way that nobody waits for just now."""
        for future, letter in waiting.items():
            if letter not in self._late:
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
