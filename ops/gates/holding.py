"""Holding what a closed gate bars, in front of the agent that would let it out, and letting it go on."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import structlog

from bus.protocol import Bus
from ops.gates.standing import (
    Closed,
    Held,
    Released,
    Standing,
    held_messages,
    keep_standing,
    load_standing,
)
from ops.operations import Action
from schemas.documents import DocumentExtracted
from schemas.errors import PermanentError, UnusableError
from schemas.handling import Delivery, Handler, Outgoing
from schemas.message import Message, encode
from schemas.results import ArtifactKind
from store import ops_keys
from store.artifacts import get_artifact
from store.protocol import ObjectStore
from store.sealed import seal

log = structlog.get_logger("gates")

FRESH_SECONDS = 10.0
"""How long it is believed that no gate is closed."""
AT_ONCE = 100


class GateClosedError(UnusableError):
    """A gate with the action *stop* is closed; whoever meets it stops working until a person releases it."""


class UnknownGateError(PermanentError):
    """No gate of this name is closed and nothing is held by it; the sentence lists those that are."""


class Gated:
    """An agent behind the gates: what a closed one bars never reaches it, and is kept to be sent again.

    People's decisions, rejections and splits pass: gates are about what was read.
    """

    def __init__(
        self,
        agent: Handler,
        store: ObjectStore,
        now: Callable[[], datetime],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._agent = agent
        self._store = store
        self._now = now
        self._clock = clock
        self._open_until = 0.0

    @property
    def name(self) -> str:
        """The agent's name."""
        return self._agent.name

    @property
    def consumes(self) -> Sequence[type[Message]]:
        """The agent's messages."""
        return self._agent.consumes

    async def handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        """Return what the agent publishes; nothing where the message is held.

        Raises:
            GateClosedError: A gate says stop.
        """
        data = delivery.envelope.data
        if isinstance(data, DocumentExtracted) and self._clock() >= self._open_until:
            standing = await self._standing(delivery)
            if standing.closed:
                closed = standing.of(await self._type(delivery, data))
                if closed is not None:
                    await self._bar(delivery, data, closed)
                    return ()
            else:
                self._open_until = self._clock() + FRESH_SECONDS
        return await self._agent.handle(delivery)

    async def _standing(self, delivery: Delivery) -> Standing:
        return await delivery.calls.call("store.fetch", lambda: load_standing(self._store))

    async def _type(self, delivery: Delivery, data: DocumentExtracted) -> str:
        found = await delivery.calls.call(
            "store.read", lambda: get_artifact(self._store, data.result, ArtifactKind.EXTRACTION)
        )
        doc_type: str = found.doc_type
        return doc_type

    async def _bar(self, delivery: Delivery, data: DocumentExtracted, closed: Closed) -> None:
        if closed.action is Action.STOP:
            raise GateClosedError(
                f"gate {closed.gate} stops every {closed.doc_type}: {closed.reason}; "
                f"doctrail gates release {closed.gate}",
                reason="gate_closed",
            )
        envelope = delivery.envelope
        held = Held(
            gate=closed.gate,
            doc_type=closed.doc_type,
            event_id=envelope.id,
            document_id=envelope.subject,
            run_id=data.run_id,
            topic=DocumentExtracted.event,
            body=_as_base64(encode(envelope)),
            at=self._now(),
            reason=closed.reason,
        )
        key = ops_keys.held(closed.gate, envelope.id)
        await delivery.calls.call("store.create", lambda: self._store.create(key, seal(held)))
        log.warning("gate.held", gate=closed.gate, document_id=envelope.subject, run_id=data.run_id)


async def release(
    store: ObjectStore, bus: Bus, gate: str, *, by: str, reason: str, now: datetime
) -> Released:
    """Open a gate for everything known so far, and send what it holds again; returns how much that was.

    Each message is sent before it is let go of, so that a kill in between sends it twice at worst.

    Raises:
        UnknownGateError: No such gate is closed, and nothing is held by it.
    """
    waiting = await _held_by(store, gate)
    standing = await load_standing(store)
    mine = {key: one for key, one in standing.closed.items() if gate in (key, one.gate)}
    if not mine and not waiting:
        known = sorted({*(one.gate for one in standing.closed.values())}) or ["none"]
        raise UnknownGateError(f"no gate {gate!r} is closed; closed: {', '.join(known)}", reason="gate")
    done = Released(at=now, by=by, reason=reason, messages=len(waiting))
    names = {*mine, *(f"{held.gate}/{held.doc_type}" for held in waiting.values())}
    opened = standing.model_copy(
        update={
            "closed": {key: one for key, one in standing.closed.items() if key not in mine},
            "released": {**standing.released, **dict.fromkeys(sorted(names), done)},
        }
    )
    await keep_standing(store, opened)
    sent: set[str] = set()
    # What was held between the look and the opening is found by another look; nothing is held after that.
    while new := {key: held for key, held in waiting.items() if key not in sent}:
        await _sent_on(store, bus, new)
        sent |= new.keys()
        waiting = await _held_by(store, gate)
    return done.model_copy(update={"messages": len(sent)})


async def _held_by(store: ObjectStore, gate: str) -> dict[str, Held]:
    """Return what a gate holds, or of one type where ``gate`` names it too, by key."""
    name = gate.partition("/")[0]
    return {
        key: held
        async for key, held in held_messages(store, name)
        if gate in (name, f"{name}/{held.doc_type}")
    }


async def _sent_on(store: ObjectStore, bus: Bus, waiting: Mapping[str, Held]) -> None:
    some = list(waiting.items())
    for start in range(0, len(some), AT_ONCE):
        part = some[start : start + AT_ONCE]
        await bus.publish([Outgoing(h.topic, h.document_id, h.event_id, bytes(h.body)) for _, h in part])
        for key, _ in part:
            await store.delete(key)


def _as_base64(data: bytes) -> bytes:
    # pydantic's Base64Bytes takes what is encoded, and holds what is decoded.
    return base64.b64encode(data)
