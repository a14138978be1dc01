"""Exporting telemetry by OTLP, where the standard ``OTEL_…`` variables ask for it; nothing otherwise.

The only place that knows OpenTelemetry's SDK: rooms use its API, which does nothing until this is on.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from app.settings import SettingsError
from bus.breaker import Breakers
from bus.protocol import Bus
from bus.telemetry import OnEvent, WorkerEvent
from ops.lag import positions
from schemas.errors import TransientError

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.trace import TracerProvider

    from bus.metering import Metering
    from bus.tracing import Tracing

ENDPOINTS = {
    "traces": ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    "metrics": ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
}
LOOK_SECONDS = 15.0
"""How often queues and breakers are looked at."""
LEAVING_SECONDS = 5.0
"""Longest time that a command waits at its end for a collector that does not answer."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What is told to whom, while a process exports.

    Attributes:
        tracing: Wraps buses and handlers.
        metering: Counts what workers announce.
    """

    tracing: Tracing
    metering: Metering

    def listening(self, on_event: OnEvent) -> OnEvent:
        """Return ``on_event`` with everything counted that it is told."""

        def told(event: WorkerEvent) -> None:
            self.metering.note(event)
            on_event(event)

        return told

    async def watch(self, bus: Bus, breakers: Breakers, now: Callable[[], datetime]) -> None:
        """Show queues and breakers every few seconds, until cancelled; a bus that is down shows none."""
        while True:
            self.metering.breakers(breakers.statuses)
            with suppress(TransientError):
                for (agent, topic), behind in (await positions(bus)).items():
                    self.metering.queue(agent, topic, behind.unread, behind.oldest, now())
            await asyncio.sleep(LOOK_SECONDS)


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether the standard variables name somebody to export to.

    Raises:
        SettingsError: They ask for a protocol or an exporter that there is none of here.
    """
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    if not any(environment.get(name) for names in ENDPOINTS.values() for name in names):
        return False
    for signal in ("", "_TRACES", "_METRICS"):
        name = f"OTEL_EXPORTER_OTLP{signal}_PROTOCOL"
        if environment.get(name) not in (None, "", "http/protobuf"):
            raise SettingsError(
                f"{name}: {environment[name]!r} is not at hand; set http/protobuf, which collectors take "
                "at port 4318"
            )
    return True


def _exports(signal: str, environment: Mapping[str, str]) -> bool:
    """Whether ``signal`` is exported.

    Raises:
        SettingsError: Another exporter than otlp or none is asked for.
    """
    name = f"OTEL_{signal.upper()}_EXPORTER"
    chosen = environment.get(name) or "otlp"
    if chosen not in ("otlp", "none"):
        raise SettingsError(f"{name}: {chosen!r} is not at hand; there are otlp and none")
    return chosen == "otlp" and any(environment.get(one) for one in ENDPOINTS[signal])


@contextmanager
def exporting(*, system: str, version: str) -> Iterator[Telemetry | None]:
    """Export for as long as the block lasts, if that is wanted; what is left is sent at its end.

    Args:
        system: ``messaging.system``: ``kafka`` or ``sqlite``.
        version: Of doctrail.
    """
    if not wanted(os.environ):
        yield None
        return
    spans, counts = _providers(version)
    from bus.metering import Metering
    from bus.tracing import Tracing

    try:
        yield Telemetry(
            Tracing(spans.get_tracer("doctrail.bus", version), system),
            Metering(counts.get_meter("doctrail.bus", version), system),
        )
    finally:
        _flush(spans, counts)


def _flush(*providers: TracerProvider | MeterProvider) -> None:
    """Send what is left, side by side, for no longer than a command may wait: exporters try for longer."""
    sending = [threading.Thread(target=one.force_flush, daemon=True) for one in providers]
    for thread in sending:
        thread.start()
    until = time.monotonic() + LEAVING_SECONDS
    for thread in sending:
        thread.join(max(0.0, until - time.monotonic()))


@cache
def _providers(version: str) -> tuple[TracerProvider, MeterProvider]:
    """Return those of this process: there can be one of each only, for the rooms' API finds them itself."""
    from opentelemetry import metrics, trace
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    from app.trace_ids import MessageIds

    name = os.environ.get("OTEL_SERVICE_NAME") or "doctrail"
    resource = Resource.create({SERVICE_NAME: name, SERVICE_VERSION: version})
    spans = TracerProvider(resource=resource, id_generator=MessageIds(), shutdown_on_exit=False)
    if _exports("traces", os.environ):
        spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    readers = [PeriodicExportingMetricReader(OTLPMetricExporter())] if _exports("metrics", os.environ) else []
    counts = MeterProvider(resource=resource, metric_readers=readers, shutdown_on_exit=False)
    trace.set_tracer_provider(spans)
    metrics.set_meter_provider(counts)
    return spans, counts
