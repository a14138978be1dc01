"""Ids of spans: a message's sending has the ids that the message carries, everything else random ones."""

from __future__ import annotations

from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from bus.tracing import pinned


class MessageIds(RandomIdGenerator):
    """Gives the ids that are pinned for the next span, or random ones."""

    def generate_span_id(self) -> int:
        """Return 64 bits."""
        ids = pinned.get()
        return super().generate_span_id() if ids is None else ids[1]

    def generate_trace_id(self) -> int:
        """Return 128 bits."""
        ids = pinned.get()
        return super().generate_trace_id() if ids is None else ids[0]

    def is_trace_id_random(self) -> bool:
        """Return that it need not be: derived ids are digests, as even, yet not drawn."""
        return False
