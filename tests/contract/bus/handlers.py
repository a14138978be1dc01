"""Handlers that do what a test tells them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from bus.protocol import Outgoing
from schemas.canonical import derive_id
from schemas.errors import PermanentError
from schemas.handling import Delivery
from schemas.message import Message
from schemas.records import RecordCompleted, ReviewRequested
from store.memory import MemoryStore


def answer(delivery: Delivery) -> Outgoing:
    """The one message that leads on from ``delivery``; equal deliveries give equal bytes."""
    subject = delivery.envelope.subject
    return Outgoing(
        RecordCompleted.event,
        subject,
        derive_id("answer", delivery.envelope.id),
        delivery.envelope.id.encode(),
    )


@dataclass
class Scripted:
    """A handler that does what it is told and remembers what it was given."""

    act: Callable[[Delivery], Awaitable[Sequence[Outgoing]]]
    name: str = "reader"
    consumes: Sequence[type[Message]] = (ReviewRequested,)
    seen: list[str] = field(default_factory=list)

    async def handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        """Note the event and act."""
        self.seen.append(delivery.envelope.id)
        return await self.act(delivery)


async def passes_on(delivery: Delivery) -> Sequence[Outgoing]:
    """Answer each message with one."""
    return [answer(delivery)]


async def hangs(_: Delivery) -> Sequence[Outgoing]:
    """Never return."""
    return await asyncio.Event().wait()  # type: ignore[return-value]  # never returns


async def refuses(_: Delivery) -> Sequence[Outgoing]:
    """Refuse every message for good."""
    raise PermanentError("never", reason="never")


def calling(
    name: str, trouble: Callable[[Delivery], Exception | None]
) -> Callable[[Delivery], Awaitable[Sequence[Outgoing]]]:
    """Answer by a call through the retry owner, which fails with whatever ``trouble`` names."""

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        async def ask() -> Sequence[Outgoing]:
            error = trouble(delivery)
            if error is not None:
                raise error
            return [answer(delivery)]

        return await delivery.calls.call(name, ask)

    return act


def settling(store: MemoryStore) -> Scripted:
    """A handler that fixes its answer in the store first, as every agent does."""

    async def act(delivery: Delivery) -> Sequence[Outgoing]:
        out = answer(delivery)
        turn = len(reader.seen)
        written = await store.create(f"outcomes/{delivery.envelope.id}", out.body + b" turn %d" % turn)
        return [replace(out, body=written.data)]

    reader = Scripted(act)
    return reader
