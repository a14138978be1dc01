"""Spans of messages: their ids, their parents, their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes, messaging_attributes
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics, messaging_metrics
from opentelemetry.semconv.attributes import error_attributes
from opentelemetry.trace import SpanContext, SpanKind, StatusCode

from app.trace_ids import MessageIds
from bus import telemetry
from bus.tracing import Tracing
from inference import telemetry as of_models
from schemas.errors import PermanentError
from schemas.handling import Delivery, Outgoing
from tests.contract.bus.handlers import Scripted
from tests.contract.bus.support import NEXT, TOPIC, event, everything, opened, running, until, worker

pytestmark = pytest.mark.anyio


class Told:
    """A tracing that keeps its spans."""

    def __init__(self) -> None:
        self._kept = InMemorySpanExporter()
        provider = TracerProvider(id_generator=MessageIds())
        provider.add_span_processor(SimpleSpanProcessor(self._kept))
        self.tracing = Tracing(provider.get_tracer("test"), "sqlite")

    def spans(self, name: str) -> list[ReadableSpan]:
        return [span for span in self._kept.get_finished_spans() if span.name.startswith(name)]


async def test_a_message_is_sent_under_the_ids_it_carries_and_handled_as_their_child(url: str) -> None:
    told, sent, led_to = Told(), event(0), event(1)
    in_its_trace = led_to.body.replace(trace_of(led_to), trace_of(sent))

    async def act(_: Delivery) -> Sequence[Outgoing]:
        return [replace(led_to, topic=NEXT, body=in_its_trace)]

    async with opened(url) as plain:
        bus = told.tracing.bus(plain)
        await bus.publish([sent])
        async with running(worker(bus, told.tracing.handler(Scripted(act)))):
            await until(lambda: bool(told.spans(f"send {NEXT}")))
        (answer,) = await everything(plain, NEXT)

    (first,), (process,), (second,) = (told.spans(n) for n in (f"send {TOPIC}", "process", f"send {NEXT}"))
    assert traceparent(first) in sent.body.decode()
    assert traceparent(second) in answer.body.decode()
    assert first.parent is None
    assert process.parent is not None
    assert second.parent is not None
    assert (process.parent.span_id, process.parent.is_remote) == (context(first).span_id, True)
    assert second.parent.span_id == context(process).span_id
    assert (first.kind, process.kind) == (SpanKind.PRODUCER, SpanKind.CONSUMER)
    assert dict(process.attributes or {})["messaging.message.id"] == sent.event_id


async def test_a_message_that_fails_ends_its_span_with_the_kind_of_error_and_none_of_its_words(
    url: str,
) -> None:
    async def refuse(_: Delivery) -> Sequence[Outgoing]:
        raise PermanentError("the secret is 4711", reason="refused")

    told = Told()
    async with opened(url) as bus:
        await bus.publish([event(0)])
        async with running(worker(bus, told.tracing.handler(Scripted(refuse)))):
            await until(lambda: bool(told.spans("process")))

    (span,) = told.spans("process")
    assert span.status.status_code is StatusCode.ERROR
    assert dict(span.attributes or {})["error.type"] == "PermanentError"
    assert "4711" not in span.to_json()


async def test_what_carries_no_trace_is_sent_without_a_span(url: str) -> None:
    told = Told()
    async with opened(url) as plain:
        await told.tracing.bus(plain).publish([Outgoing(TOPIC, "k", "e", b"{}")])

    assert told.spans("") == []


def test_names_are_those_of_the_conventions() -> None:
    messaging, gen_ai = vars(messaging_attributes), vars(gen_ai_attributes)
    known = {
        value
        for names in (
            messaging,
            gen_ai,
            vars(messaging_metrics),
            vars(gen_ai_metrics),
            vars(error_attributes),
        )
        for value in names.values()
        if isinstance(value, str)
    }
    ours = {
        value
        for room in (telemetry, of_models)
        for name, value in vars(room).items()
        if name.isupper() and isinstance(value, str) and value.startswith(("messaging.", "gen_ai.", "error."))
    }

    assert ours <= known
    assert len(ours) > 20


def context(span: ReadableSpan) -> SpanContext:
    found = span.get_span_context()
    assert found is not None
    return found


def trace_of(message: Outgoing) -> bytes:
    """Return the trace that a message belongs to."""
    return message.body.partition(b'"traceparent":"00-')[2][:32]


def traceparent(span: ReadableSpan) -> str:
    """Return the ids of a span as a message carries them."""
    ids = context(span)
    return f"00-{ids.trace_id:032x}-{ids.span_id:016x}-01"
