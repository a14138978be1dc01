"""Both ends of one hop or of a chain: who feeds the first topic and who takes what comes out of the last one.

By librdkafka, at a tenth of a Python client's CPU: so the cores are for the hops alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition

CEILING = 300.0
"""Seconds after which what did not arrive is taken for lost."""
BATCH = 500


@dataclass(frozen=True, slots=True)
class Event:
    """A message to send."""

    event_id: str
    key: bytes
    body: bytes


class Ends:
    """Feeds and collects; each method is for one thread, and two may run side by side."""

    def __init__(self, brokers: str, first: str, last: str, partitions: int) -> None:
        self._first = first
        self._producer = Producer({"bootstrap.servers": brokers, "acks": "all", "linger.ms": 0})
        self._collector = Consumer(
            {
                "bootstrap.servers": brokers,
                "group.id": last,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
            }
        )
        self._collector.assign([TopicPartition(last, number, 0) for number in range(partitions)])

    def send(self, event: Event) -> None:
        """Hand an event to the first hop."""
        while True:
            try:
                self._producer.produce(self._first, event.body, key=event.key)
            except BufferError:
                # What was handed over before goes first.
                self._producer.poll(0.05)
            else:
                self._producer.poll(0)
                return

    def collect(self, wanted: set[str], arrived: Callable[[str], None]) -> None:
        """Take what comes out of the last hop until nothing is wanted any more.

        Raises:
            TimeoutError: Something never came.
        """
        until = time.monotonic() + CEILING
        while wanted:
            if time.monotonic() > until:
                raise TimeoutError(f"{len(wanted)} messages did not come out of the last hop")
            for event_id in self.take(0.1):
                arrived(event_id)
                wanted.discard(event_id)

    def take(self, seconds: float) -> list[str]:
        """Return the ids of what is there, at most ``BATCH`` and one, waiting for a first one so long."""
        one = self._collector.poll(seconds)
        return [] if one is None else [_id_of(found) for found in (one, *self._collector.consume(BATCH, 0))]

    def close(self) -> None:
        """Let go of the connections."""
        self._producer.flush(5)
        self._collector.close()


def _id_of(found: Message) -> str:
    if (error := found.error()) is not None:
        raise KafkaException(error)
    return str(json.loads(found.value() or b"")["id"])
