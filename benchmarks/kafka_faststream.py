"""The same hop in FastStream's own way: one message at a time, each acknowledged to the broker by itself."""

from __future__ import annotations

import asyncio
from typing import Any

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage

from schemas.message import encode
from schemas.versions import decode

READY_SECONDS = 0.05


async def faststream(brokers: str, source: str, target: str, topic: str) -> None:
    """Read, decode and encode as our worker does, send on, and commit each message after its sending."""
    broker = KafkaBroker(brokers, acks="all", enable_idempotence=True, linger_ms=0, logger=None)
    publisher = broker.publisher(target + topic)

    @broker.subscriber(
        source + topic,
        group_id=f"{source}faststream",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )
    async def handle(message: KafkaMessage) -> None:
        raw: Any = message.raw_message
        # FastStream passes no key on.
        await publisher.publish(encode(decode(topic, raw.value)), key=raw.key)

    app = FastStream(broker, logger=None)

    @app.after_startup
    async def ready() -> None:
        subscriber: Any = broker.subscribers[0]
        consumer = subscriber.consumer
        while not consumer.assignment():
            await asyncio.sleep(READY_SECONDS)
        print("ready", flush=True)

    await app.run()
