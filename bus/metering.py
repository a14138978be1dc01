"""What is counted of messages, as metrics by OpenTelemetry's conventions for messaging."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from opentelemetry.metrics import Meter

from bus import telemetry
from bus.breaker import BreakerState, BreakerStatus
from bus.telemetry import WorkerEvent

DURATIONS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300, 900)
"""Bounds of a histogram of seconds; the conventions' own end at ten, documents don't."""


class Metering:
    """Counts what workers announce.

    Args:
        system: ``messaging.system``: ``kafka`` or ``sqlite``.
    """

    def __init__(self, meter: Meter, system: str) -> None:
        self._system = system
        self._consumed = meter.create_counter(
            telemetry.CONSUMED_MESSAGES, "{message}", "Messages handled or dead-lettered"
        )
        self._duration = meter.create_histogram(
            telemetry.PROCESS_DURATION,
            "s",
            "Time a message was in hand",
            explicit_bucket_boundaries_advisory=DURATIONS,
        )
        self._dead = meter.create_counter(
            telemetry.DEAD_LETTERED_MESSAGES, "{message}", "Messages that could not be handled"
        )
        self._retried = meter.create_counter(telemetry.RETRIED_CALLS, "{call}", "Outside calls tried again")
        self._parked = meter.create_counter(
            telemetry.PARKED_MESSAGES, "{message}", "Messages that waited behind an open breaker"
        )
        self._unread = meter.create_gauge(
            telemetry.QUEUE_UNREAD, "{message}", "Messages an agent has not finished"
        )
        self._age = meter.create_gauge(telemetry.QUEUE_AGE, "s", "Age of the oldest message not finished")
        self._breaker = meter.create_gauge(
            telemetry.BREAKER_STATE, "1", "1 while messages wait for a target, else 0"
        )

    def note(self, event: WorkerEvent) -> None:
        """Count one announcement of a worker."""
        about = {telemetry.SYSTEM: self._system, telemetry.GROUP: event.agent}
        if event.position is not None:
            about[telemetry.DESTINATION] = event.position.topic
        match event.name:
            case telemetry.MESSAGE_HANDLED:
                self._consumed.add(1, about)
                self._duration.record(event.seconds or 0.0, about)
            case telemetry.MESSAGE_DEAD_LETTERED:
                failed = about | {telemetry.ERROR_TYPE: str(event.facts["error_class"])}
                self._consumed.add(1, failed)
                self._dead.add(1, failed)
            case telemetry.MESSAGE_RETRIED:
                # What follows the colon names one object or endpoint: too many series.
                call = str(event.facts["call"]).partition(":")[0]
                self._retried.add(1, about | {telemetry.CALL: call})
            case telemetry.MESSAGE_PARKED:
                self._parked.add(1, about | {telemetry.TARGET: str(event.facts["target"])})
            case _:
                pass

    def queue(self, agent: str, topic: str, unread: int, oldest: datetime | None, now: datetime) -> None:
        """Show how far an agent is behind in a topic."""
        about = {telemetry.SYSTEM: self._system, telemetry.GROUP: agent, telemetry.DESTINATION: topic}
        self._unread.set(unread, about)
        self._age.set(0.0 if oldest is None else max(0.0, (now - oldest).total_seconds()), about)

    def breakers(self, statuses: Iterable[BreakerStatus]) -> None:
        """Show which outside parts messages wait for."""
        for status in statuses:
            open_now = int(status.state is not BreakerState.CLOSED)
            self._breaker.set(open_now, {telemetry.TARGET: status.target})
