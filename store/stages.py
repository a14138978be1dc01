"""The two create-once objects of a stage: its result, shared by runs, and its outcome, per trigger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel

from schemas.canonical import derive_id, digest, stored_json
from schemas.handling import Delivery, Outgoing
from schemas.layout import Frozen
from schemas.message import Message, child_traceparent, encode, seal
from schemas.objects import ObjectRef
from store import keys
from store.artifacts import require_contract
from store.parsing import parse
from store.protocol import ObjectStore, ref_of
from store.sealed import Sealed, unsealed
from store.sealed import seal as seal_whole

R = TypeVar("R", bound=BaseModel)


class SealedMessage(Frozen):
    """One outgoing envelope with its bytes fixed."""

    topic: str
    key: str
    event_id: str
    body: str


class Outcome(Sealed):
    """What a stage did about one triggering event: its result and the very messages to publish."""

    document_id: str
    run_id: str
    stage: str
    trigger: str
    result: ObjectRef | None
    messages: tuple[SealedMessage, ...]

    def outgoing(self) -> tuple[Outgoing, ...]:
        """Return the messages as the bus takes them."""
        return tuple(Outgoing(m.topic, m.key, m.event_id, m.body.encode()) for m in self.messages)


def stage_key(stage: str, version: int, *parts: Any) -> str:
    """Return the digest that a stage's result lies under: its inputs, bundle parts and version."""
    return digest([stage, version, *parts])


async def recall_result(
    store: ObjectStore, document_id: str, stage: str, key: str, kind: type[R]
) -> tuple[R, ObjectRef] | None:
    """Return the result that stands under the stage key, if any."""
    uri = keys.result(document_id, stage, key)
    data = await store.fetch(uri)
    if data is None:
        return None
    return parse(unsealed(data), kind, uri), ref_of(uri, data)


async def keep_result(
    store: ObjectStore, document_id: str, stage: str, key: str, value: R
) -> tuple[R, ObjectRef]:
    """Store a result create-once; returns what stands, which may be another worker's.

    Raises:
        ContractError: ``value`` breaks the contract of its kind; nothing was written.
    """
    uri = keys.result(document_id, stage, key)
    # What has no contract of its own is an inner step's, and no message refers to it by digest.
    body = stored_json(value) if require_contract(uri, value) else seal_whole(value)
    written = await store.create(uri, body)
    if written.created:
        return value, written.ref
    return parse(unsealed(written.data), type(value), uri), written.ref


async def recall_outcome(
    store: ObjectStore, document_id: str, run_id: str, stage: str, event_id: str
) -> Outcome | None:
    """Return the outcome of an event handled before, if any."""
    uri = keys.outcome(document_id, run_id, stage, event_id)
    data = await store.fetch(uri)
    return None if data is None else parse(data, Outcome, uri)


async def outcomes_of(store: ObjectStore, document_id: str, run_id: str, stage: str) -> list[Outcome]:
    """Return what a stage settled in a run, one outcome per event that reached it."""
    folder = f"{keys.document(document_id)}/outcomes/{run_id}/{stage}"
    found = [(key, await store.fetch(key)) async for key in store.list(folder)]
    return [parse(data, Outcome, key) for key, data in found if data is not None]


async def settle(
    store: ObjectStore,
    delivery: Delivery,
    *,
    document_id: str,
    run_id: str,
    stage: str,
    result: ObjectRef | None,
    messages: Sequence[tuple[str, Message]],
    now: datetime,
) -> Outcome:
    """Fix the outgoing envelopes of an event and return the outcome that stands.

    Args:
        messages: (subject, payload) pairs; each goes to its payload's topic, keyed by its subject.
    """
    uri = keys.outcome(document_id, run_id, stage, delivery.envelope.id)
    sealed = []
    for position, (subject, message) in enumerate(messages):
        event_id = derive_id("event", uri, position)
        envelope = seal(
            message,
            event_id=event_id,
            source=f"doctrail/{stage}",
            subject=subject,
            time=now,
            traceparent=child_traceparent(delivery.envelope.traceparent, event_id),
            cause=delivery.envelope.id,
        )
        sealed.append(
            SealedMessage(topic=message.event, key=subject, event_id=event_id, body=encode(envelope).decode())
        )
    outcome = Outcome(
        document_id=document_id,
        run_id=run_id,
        stage=stage,
        trigger=delivery.envelope.id,
        result=result,
        messages=tuple(sealed),
    )
    written = await store.create(uri, seal_whole(outcome))
    return parse(written.data, Outcome, uri)
