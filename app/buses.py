"""What the settings say about the bus: how to enter it, and how its topics are to be kept."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import bus.connect
from app.clock import utc_now
from app.settings import Settings, SettingsError
from bus.kafka_address import KafkaOptions
from bus.protocol import Bus
from bus.topics import TopicSettings
from ops.doctor import SCRATCH
from schemas.topics import READ

DAY_SECONDS = 86_400.0


def connect_bus(settings: Settings, *, now: Callable[[], datetime] = utc_now) -> Bus:
    """Return the bus of ``settings``; nothing is opened before first use."""
    return bus.connect.connect(
        settings.bus, now=now, kafka=kafka_options(settings), retention=retention_seconds(settings)
    )


def retention_seconds(settings: Settings) -> float:
    """Return how long a topic keeps a record; infinite for ever."""
    days = settings.topic_retention_days
    return days * DAY_SECONDS if days else math.inf


def log_bytes(settings: Settings) -> int | None:
    """Return how many bytes the embedded log takes on disk; None where the bus is a cluster."""
    if not settings.embedded:
        return None
    path = settings.bus.partition("://")[2].removeprefix("/")
    return sum(file.stat().st_size for file in (Path(path), Path(f"{path}-wal")) if file.exists())


def kafka_options(settings: Settings) -> KafkaOptions:
    """Return what a Kafka cluster needs beside the URL."""
    password, command = settings.kafka_password, settings.kafka_token_command
    return KafkaOptions(
        mechanism=settings.kafka_sasl,
        user=settings.kafka_user,
        password=None if password is None else password.get_secret_value(),
        token_command=() if command is None else tuple(shlex.split(command.get_secret_value())),
        ca=settings.kafka_ca,
        certificate=settings.kafka_certificate,
        key=settings.kafka_key,
        session=settings.kafka_session_seconds,
    )


def wanted_topics(settings: Settings) -> Mapping[str, TopicSettings]:
    """Return every topic that doctrail needs, the doctor's included, with how it is to be kept.

    Raises:
        SettingsError: A topic is to be compacted that there is not.
    """
    compacted = {name.strip() for name in settings.topics_compacted.split(",")} - {""}
    if unknown := sorted(compacted - READ.keys()):
        raise SettingsError(
            f"DOCTRAIL_TOPICS_COMPACTED names {unknown[0]!r}, which is no topic; known: {', '.join(READ)}"
        )
    return {
        name: TopicSettings(
            partitions=settings.topic_partitions if name != SCRATCH else 1,
            replicas=settings.topic_replicas,
            retention=retention_seconds(settings),
            compacted=name in compacted,
        )
        for name in (*READ, SCRATCH)
    }
