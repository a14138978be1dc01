"""Dead letters: an object first, then a message; read, listed and sent again from the objects alone."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pydantic import Base64Bytes

from bus.protocol import Bus, Outgoing, Record
from schemas.canonical import canonical_json, derive_id, sha256_hex
from schemas.errors import MissingObjectError
from schemas.forms import ID
from schemas.handling import Position
from schemas.layout import Frozen
from schemas.message import Envelope, Message, child_traceparent, encode, new_traceparent, seal
from schemas.objects import ObjectRef
from schemas.records import DeadLetterClass, DeadLettered
from schemas.versions import INBOX
from store import keys
from store.protocol import HalfKeptError, ObjectStore
from store.submissions import note_link

_ID = re.compile(f"^{ID}$")
_TRACEPARENT = re.compile("^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")
_CODE = re.compile("^[a-z][a-z_]{1,39}$")
_MARK = ".redriven.json"


class DeadLetterObject(Frozen):
    """A message that could not be handled, whole.

    Attributes:
        event_id: The message's id, or one derived from its position where it has none of ours.
        number: 1, 2, …: deaths of this message, redriven ones included.
        error_class: Kind of failure.
        reason: Short stable code.
        sentence: What is wrong, for a person.
        topic: Topic, partition, offset and key it was read with.
        agent: The consumer group that gave up.
        attempts: Tries made at the call that failed.
        body: The original bytes.
        at: When the agent gave up.
        document_id: The document it is about, where known.
        run_id: The run it belongs to, where known.
        trail: Trail object of the last attempt, where there is one.
        traceparent: Of the dead-letter message.
    """

    event_id: str
    number: int
    error_class: DeadLetterClass
    reason: str
    sentence: str
    topic: str
    partition: int
    offset: int
    key: str
    agent: str
    attempts: int
    body: Base64Bytes
    at: datetime
    document_id: str | None = None
    run_id: str | None = None
    trail: ObjectRef | None = None
    traceparent: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message could not be handled."""

    error_class: DeadLetterClass
    reason: str
    sentence: str
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """What is known of a message, readable or not.

    Attributes:
        event_id: Its own, or derived from its position.
        document_id: The document it is about; None on the inbox, where nobody has looked yet.
    """

    event_id: str
    document_id: str | None
    run_id: str | None
    traceparent: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A dead letter as it lies in the store.

    Attributes:
        redriven: It was sent again; what came of it lies elsewhere.
    """

    letter: DeadLetterObject
    ref: ObjectRef
    redriven: bool


def identify(record: Record, envelope: Envelope[Message] | None) -> Identity:
    """Return what is known of ``record``; of an unreadable one, what can be read of it all the same."""
    if envelope is not None:
        known = envelope.subject if record.topic != INBOX else getattr(envelope.data, "document_id", None)
        return Identity(envelope.id, known, envelope.run, envelope.traceparent)
    attributes = _attributes(record.body)
    event_id = _matching(_ID, attributes.get("id")) or derive_id(
        "message", record.topic, record.partition, record.offset
    )
    return Identity(
        event_id,
        _matching(_ID, attributes.get("subject")) if record.topic != INBOX else None,
        _matching(_ID, attributes.get("run")),
        _matching(_TRACEPARENT, attributes.get("traceparent")) or new_traceparent(event_id),
    )


async def bury(
    store: ObjectStore, record: Record, identity: Identity, failure: Failure, *, agent: str, now: datetime
) -> tuple[DeadLetterObject, ObjectRef]:
    """Write the dead letter of ``record`` and return the one that stands.

    A death at a position is written once: a redelivery after a crash finds the object of the first time.
    """
    reason = failure.reason if _CODE.match(failure.reason) else failure.error_class.value
    trail = await _last_trail(store, identity, agent)
    number = 1
    while True:
        letter = DeadLetterObject(
            event_id=identity.event_id,
            number=number,
            error_class=failure.error_class,
            reason=reason,
            sentence=failure.sentence,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            key=record.key,
            agent=agent,
            attempts=failure.attempts,
            body=_base64(record.body),
            at=now,
            document_id=identity.document_id,
            run_id=identity.run_id,
            trail=trail,
            traceparent=child_traceparent(identity.traceparent, f"{identity.event_id}/{number}"),
        )
        # A number that is half kept is taken, too: a letter that names what is broken must find a place.
        with suppress(HalfKeptError):
            written = await store.create(keys.dead_letter(identity.event_id, number), canonical_json(letter))
            standing = letter if written.created else DeadLetterObject.model_validate_json(written.data)
            if written.created or _same_death(standing, letter):
                break
        number += 1
    if standing.document_id is not None:
        await note_link(store, standing.document_id, written.ref.uri)
    return standing, written.ref


def announcement(letter: DeadLetterObject, ref: ObjectRef) -> Outgoing:
    """Return the message about ``letter``; the same letter gives the same bytes."""
    message = DeadLettered(
        event_id=letter.event_id,
        origin_topic=letter.topic,
        origin_partition=letter.partition,
        origin_offset=letter.offset,
        agent=letter.agent,
        error_class=letter.error_class,
        reason=letter.reason,
        attempts=letter.attempts,
        trail=letter.trail,
        dead_letter=ref,
        run_id=letter.run_id,
    )
    event_id = derive_id("event", ref.uri, 0)
    subject = letter.document_id or letter.event_id
    envelope = seal(
        message,
        event_id=event_id,
        source=f"doctrail/{letter.agent}",
        subject=subject,
        time=letter.at,
        traceparent=letter.traceparent,
        cause=letter.event_id,
    )
    return Outgoing(DeadLettered.event, subject, event_id, encode(envelope))


async def dead_letter_keys(store: ObjectStore) -> list[tuple[str, bool]]:
    """Return the key of every dead letter, by event id and number, with whether it was sent again."""
    return await _listed(store, "dead_letters")


async def read_dead_letters(store: ObjectStore, event_id: str) -> list[Listed]:
    """Return the deaths of one message, oldest first; empty if it has none."""
    folder = keys.dead_letter(event_id, 1).rpartition("/")[0]
    return [await _read(store, key, redriven=redriven) for key, redriven in await _listed(store, folder)]


async def _listed(store: ObjectStore, folder: str) -> list[tuple[str, bool]]:
    listed = [key async for key in store.list(folder)]
    marks = {key for key in listed if key.endswith(_MARK)}
    return [(key, key.removesuffix(".json") + _MARK in marks) for key in listed if key not in marks]


async def redrive(store: ObjectStore, bus: Bus, event_id: str, *, now: datetime, by: str = "") -> int:
    """Send the original bytes of a message's deaths that were not sent again yet; returns how many.

    A death is marked once its bytes are on the bus: a crash in between sends them twice, which
    handlers bear, rather than never.

    Raises:
        MissingObjectError: There is no dead letter under this id.
    """
    deaths = await read_dead_letters(store, event_id)
    if not deaths:
        raise MissingObjectError(keys.dead_letter(event_id, 1))
    waiting = [death.letter for death in deaths if not death.redriven]
    # Deaths of several agents are several positions of the same bytes: each topic is sent them once.
    bodies = {(letter.topic, letter.key, letter.body): letter for letter in waiting}
    await bus.publish([Outgoing(topic, key, event_id, body) for (topic, key, body) in bodies])
    for letter in waiting:
        mark = canonical_json({"at": now.isoformat(), "by": by})
        await store.create(keys.redrive_mark(event_id, letter.number), mark)
    return len(bodies)


async def _read(store: ObjectStore, key: str, *, redriven: bool) -> Listed:
    data = await store.fetch(key)
    if data is None:
        raise MissingObjectError(key)
    ref = ObjectRef(uri=key, sha256=sha256_hex(data), size=len(data), media_type="application/json")
    return Listed(DeadLetterObject.model_validate_json(data), ref, redriven)


async def _last_trail(store: ObjectStore, identity: Identity, agent: str) -> ObjectRef | None:
    if identity.document_id is None or identity.run_id is None:
        return None
    folder = keys.trail(identity.document_id, identity.run_id, agent, 1).rpartition("/")[0]
    newest = max([key async for key in store.list(folder)], default=None)
    data = None if newest is None else await store.fetch(newest)
    if newest is None or data is None:
        return None
    return ObjectRef(uri=newest, sha256=sha256_hex(data), size=len(data), media_type="application/json")


def _same_death(standing: DeadLetterObject, letter: DeadLetterObject) -> bool:
    return (standing.agent, *position_of(standing)) == (letter.agent, *position_of(letter))


def position_of(letter: DeadLetterObject) -> tuple[str, int, int]:
    """Return topic, partition and offset a dead letter was read from."""
    return letter.topic, letter.partition, letter.offset


def position(record: Record) -> Position:
    """Return where ``record`` was read."""
    return Position(record.topic, record.partition, record.offset)


def _base64(data: bytes) -> bytes:
    import base64

    return base64.b64encode(data)


def _attributes(body: bytes) -> dict[str, object]:
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return raw if isinstance(raw, dict) else {}


def _matching(pattern: re.Pattern[str], value: object) -> str | None:
    return value if isinstance(value, str) and pattern.match(value) else None
