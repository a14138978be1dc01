"""Names of what the bus room logs, announces, counts and traces; exporters live elsewhere.

Attributes and metrics are named by OpenTelemetry's semantic conventions for messaging.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from schemas.handling import Position

MESSAGE_HANDLED: Final = "message.handled"
MESSAGE_RETRIED: Final = "message.retried"
CALL_RETRIED: Final = "call.retried"
MESSAGE_PARKED: Final = "message.parked"
MESSAGE_DEAD_LETTERED: Final = "message.dead_lettered"
MESSAGE_DEFECT: Final = "message.defect"
MESSAGE_ABANDONED: Final = "message.abandoned"
MARK_LEFT: Final = "message.mark_left"
PARTITION_ASSIGNED: Final = "partition.assigned"
PARTITION_REVOKED: Final = "partition.revoked"
PARTITION_SUSPECT: Final = "partition.suspect"
PARTING_CUT_SHORT: Final = "partition.parting_cut_short"
BREAKER_OPENED: Final = "breaker.opened"
BREAKER_CLOSED: Final = "breaker.closed"
WORKER_STARTED: Final = "worker.started"
WORKER_DRAINED: Final = "worker.drained"
LOG_NOT_TRIMMED: Final = "log.not_trimmed"

PROCESS: Final = "process"
SEND: Final = "send"
SYSTEM: Final = "messaging.system"
OPERATION_TYPE: Final = "messaging.operation.type"
OPERATION_NAME: Final = "messaging.operation.name"
DESTINATION: Final = "messaging.destination.name"
PARTITION: Final = "messaging.destination.partition.id"
GROUP: Final = "messaging.consumer.group.name"
MESSAGE_ID: Final = "messaging.message.id"
BODY_SIZE: Final = "messaging.message.body.size"
OFFSET: Final = "messaging.kafka.offset"
ERROR_TYPE: Final = "error.type"
DOCUMENT_ID: Final = "doctrail.document.id"

CONSUMED_MESSAGES: Final = "messaging.client.consumed.messages"
PROCESS_DURATION: Final = "messaging.process.duration"
RETRIED_CALLS: Final = "doctrail.calls.retried"
PARKED_MESSAGES: Final = "doctrail.messages.parked"
DEAD_LETTERED_MESSAGES: Final = "doctrail.messages.dead_lettered"
QUEUE_UNREAD: Final = "doctrail.queue.unread"
QUEUE_AGE: Final = "doctrail.queue.age"
BREAKER_STATE: Final = "doctrail.breaker.open"
CALL: Final = "doctrail.call"
TARGET: Final = "doctrail.target"


Facts = Mapping[str, str | int | float | None]
NO_FACTS: Final[Facts] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class WorkerEvent:
    """Something a worker announces to whoever shows or exports it.

    Attributes:
        name: One of the event names of this module.
        agent: The worker's consumer group.
        position: Of the message it is about.
        event_id: Of the message, where it was readable.
        document_id: Of the message, where it was readable.
        seconds: How long the message was in hand.
        facts: Further plain facts: class, reason, target, try, ….
    """

    name: str
    agent: str
    position: Position | None = None
    event_id: str | None = None
    document_id: str | None = None
    seconds: float | None = None
    facts: Facts = field(default_factory=lambda: NO_FACTS)


OnEvent = Callable[[WorkerEvent], None]


def ignore(event: WorkerEvent) -> None:
    """Announce to nobody."""


@dataclass(slots=True)
class Counters:
    """What a worker did since it was made, and what it has in hand.

    Attributes:
        polls: Times it asked for messages and was answered: its sign of life.
        handled: Messages whose handler returned.
        published: Messages its handlers sent on.
        retried: Outside calls tried again.
        parkings: Times a message waited behind an open breaker.
        dead_lettered: Messages that could not be handled.
        in_flight: Messages in hand now, parked ones included.
        parked: Messages waiting behind an open breaker now.
    """

    polls: int = 0
    handled: int = 0
    published: int = 0
    retried: int = 0
    parkings: int = 0
    dead_lettered: int = 0
    in_flight: int = 0
    parked: int = 0
