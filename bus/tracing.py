"""Spans of messages: one document is one trace, from its submission to its record.

The traceparent of a message names the span of its sending before anything is traced: outcomes have
fixed bytes, so ids are derived from event ids. A span of sending takes the very id its message carries,
for which the tracer needs ``MessageIds``; the span of handling it is its child.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from typing import Self

from opentelemetry.context import Context
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from bus import telemetry
from bus.protocol import Assignments, Bus, Consumer, Lag
from bus.topics import TopicSettings
from schemas.handling import Delivery, Handler, Outgoing
from schemas.message import Message

_TRACEPARENT = re.compile(rb'"traceparent":"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})"')
_MOST_SENT = 10_000
"""Messages returned by handlers and not yet sent that are remembered; more than any window."""

pinned: ContextVar[tuple[int, int] | None] = ContextVar("pinned", default=None)
"""Trace and span id that the next span must have; read by the id generator of the process."""


class Tracing:
    """Wraps handlers and buses so that what they do is told to ``tracer``.

    Args:
        system: ``messaging.system``: ``kafka`` or ``sqlite``.
    """

    def __init__(self, tracer: Tracer, system: str) -> None:
        self._tracer = tracer
        self._system = system
        self._senders: dict[str, SpanContext] = {}

    def handler(self, handler: Handler) -> Handler:
        """Return ``handler`` with a span around each message."""
        return _TracedHandler(handler, self)

    def bus(self, bus: Bus) -> Bus:
        """Return ``bus`` with a span for each message sent."""
        return _TracedBus(bus, self)

    @contextmanager
    def processing(self, delivery: Delivery, agent: str) -> Iterator[Span]:
        """A span of handling one message, the child of its sending; errors are noted and passed on."""
        at, envelope = delivery.position, delivery.envelope
        attributes: dict[str, str | int] = {
            telemetry.SYSTEM: self._system,
            telemetry.OPERATION_TYPE: telemetry.PROCESS,
            telemetry.OPERATION_NAME: telemetry.PROCESS,
            telemetry.DESTINATION: at.topic,
            telemetry.PARTITION: str(at.partition),
            telemetry.GROUP: agent,
            telemetry.MESSAGE_ID: envelope.id,
            telemetry.DOCUMENT_ID: envelope.subject,
        }
        if self._system == "kafka":
            attributes[telemetry.OFFSET] = at.offset
        with self._tracer.start_as_current_span(
            f"{telemetry.PROCESS} {at.topic}",
            context=_within(envelope.traceparent),
            kind=SpanKind.CONSUMER,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_attribute(telemetry.ERROR_TYPE, type(error).__name__)
                # Sentences of errors hold no text of documents; exceptions of libraries might.
                span.set_status(StatusCode.ERROR)
                raise

    def returned(self, outgoing: Sequence[Outgoing], span: Span) -> None:
        """Remember who sends ``outgoing`` in a moment."""
        if len(self._senders) + len(outgoing) > _MOST_SENT:
            self._senders.clear()
        for each in outgoing:
            self._senders[each.event_id] = span.get_span_context()

    @contextmanager
    def sending(self, messages: Sequence[Outgoing]) -> Iterator[None]:
        """A span for each message, with the ids that the message carries."""
        with ExitStack() as stack:
            spans = [span for message in messages if (span := self._sent(message)) is not None]
            for span in spans:
                stack.callback(span.end)
            try:
                yield
            except Exception as error:
                for span in spans:
                    span.set_attribute(telemetry.ERROR_TYPE, type(error).__name__)
                    span.set_status(StatusCode.ERROR)
                raise

    def _sent(self, message: Outgoing) -> Span | None:
        found = _TRACEPARENT.search(message.body)
        if found is None:
            return None
        ids = int(found[1], 16), int(found[2], 16)
        sender = self._senders.pop(message.event_id, None)
        if sender is not None and sender.trace_id != ids[0]:
            sender = None
        context = Context() if sender is None else set_span_in_context(NonRecordingSpan(sender), Context())
        token = pinned.set(ids)
        try:
            return self._tracer.start_span(
                f"{telemetry.SEND} {message.topic}",
                context=context,
                kind=SpanKind.PRODUCER,
                attributes={
                    telemetry.SYSTEM: self._system,
                    telemetry.OPERATION_TYPE: telemetry.SEND,
                    telemetry.OPERATION_NAME: telemetry.SEND,
                    telemetry.DESTINATION: message.topic,
                    telemetry.MESSAGE_ID: message.event_id,
                    telemetry.BODY_SIZE: len(message.body),
                },
            )
        finally:
            pinned.reset(token)


def _within(traceparent: str) -> Context:
    """Return a context whose span is the sending that ``traceparent`` names."""
    _, trace, span, flags = traceparent.split("-")
    remote = SpanContext(
        int(trace, 16), int(span, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
    )
    return set_span_in_context(NonRecordingSpan(remote), Context())


class _TracedHandler:
    """A handler with a span around each message."""

    def __init__(self, handler: Handler, tracing: Tracing) -> None:
        self._handler = handler
        self._tracing = tracing

    @property
    def name(self) -> str:
        """The agent's name."""
        return self._handler.name

    @property
    def consumes(self) -> Sequence[type[Message]]:
        """The messages it handles."""
        return self._handler.consumes

    async def handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        """Handle ``delivery`` inside its span."""
        with self._tracing.processing(delivery, self.name) as span:
            outgoing = await self._handler.handle(delivery)
            self._tracing.returned(outgoing, span)
            return outgoing


class _TracedBus:
    """A bus with a span for each message sent."""

    def __init__(self, bus: Bus, tracing: Tracing) -> None:
        self._bus = bus
        self._tracing = tracing

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Append ``messages``."""
        with self._tracing.sending(messages):
            await self._bus.publish(messages)

    def consumer(
        self, topics: Sequence[str], group: str, assignments: Assignments | None = None
    ) -> AbstractAsyncContextManager[Consumer]:
        """Join ``group``."""
        return self._bus.consumer(topics, group, assignments)

    async def lag(self, group: str, topics: Sequence[str]) -> Mapping[str, Lag]:
        """Return what ``group`` has not finished."""
        return await self._bus.lag(group, topics)

    async def ensure_topics(self, names: Sequence[str]) -> None:
        """Make sure that the topics exist."""
        await self._bus.ensure_topics(names)

    async def create_topics(self, wanted: Mapping[str, TopicSettings]) -> None:
        """Create the topics that do not exist yet."""
        await self._bus.create_topics(wanted)

    async def topics(self, names: Sequence[str]) -> Mapping[str, TopicSettings]:
        """Return how topics are kept."""
        return await self._bus.topics(names)

    async def close(self) -> None:
        """Close the bus."""
        await self._bus.close()

    async def __aenter__(self) -> Self:
        """Return this bus."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close it."""
        await self.close()
