"""Decoding any published version of a message into today's shape, or refusing it by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from schemas.errors import UnreadableMessageError
from schemas.majors import major_of, wrong_type
from schemas.message import Envelope, Message, envelope_of
from schemas.s3_events import read_notification
from schemas.topics import ANNOUNCED, TOPICS, Topic
from schemas.upcasters import UPCASTERS, Upcast, upcast
from schemas.wire import check_size, parse_object

__all__ = ["INBOX", "Reader", "UnreadableMessageError", "decode", "payload_as"]

M = TypeVar("M", bound=Message)

INBOX = "documents.inbox"
"""The one topic that foreigners write to; ``schemas.inbox`` reads it."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the messages of a table of topics.

    Attributes:
        topics: By name.
        upcasters: Steps from older major versions.
    """

    topics: Mapping[str, Topic] = field(default_factory=lambda: TOPICS)
    upcasters: Mapping[tuple[str, int], Upcast] = field(default_factory=lambda: UPCASTERS)

    def decode(self, topic: str, body: bytes, *, received_at: datetime | None = None) -> Envelope[Message]:
        """Return the envelope in ``body``; see ``decode``."""
        if topic == INBOX:
            # Only intake reads the inbox, and only it pays for the import of jsonschema.
            from schemas.inbox import read_inbox

            return read_inbox(self.topics[topic].message, body, received_at=received_at)
        if topic == ANNOUNCED.name:
            return read_notification(body)
        check_size(topic, body)
        expected = self.topics[topic].message
        try:
            envelope = _adapter(expected).validate_json(body, strict=True)
        except ValidationError as error:
            return self._second_look(topic, body, error)
        if envelope.type != expected.type_name():
            return self._second_look(topic, body, None)
        _check_dataschema(topic, expected, envelope.dataschema)
        return envelope

    def _second_look(self, topic: str, body: bytes, error: ValidationError | None) -> Envelope[Message]:
        """Read an older major version, or say in one sentence what is wrong."""
        raw = parse_object(topic, body)
        expected, found = self.topics[topic].message, raw.get("type")
        if error is not None and found in (None, expected.type_name()):
            raise _explain(topic, error) from error
        current = self._upcast(expected, str(found), raw)
        if current is None:
            raise wrong_type(expected, str(found)) from error
        try:
            return _adapter(expected).validate_json(json.dumps(current), strict=True)
        except ValidationError as still_wrong:
            raise _explain(topic, still_wrong) from still_wrong

    def _upcast(self, expected: type[Message], found: str, raw: dict[str, Any]) -> dict[str, Any] | None:
        major, data = major_of(expected.event, found), raw.get("data")
        if major is None or not isinstance(data, dict):
            return None
        target = expected.version[0]
        newer = upcast(expected.event, data, from_major=major, to_major=target, steps=self.upcasters)
        if newer is None:
            return None
        names = {"type": expected.type_name(), "dataschema": f"doctrail:{expected.event}/{target}.0"}
        return {**raw, **names, "data": newer}


_READER = Reader()


def decode(topic: str, body: bytes, *, received_at: datetime | None = None) -> Envelope[Message]:
    """Return the envelope in ``body`` as today's model has it: older versions are upcast, newer minors cut.

    Args:
        topic: One of ``schemas.topics.READ``.
        body: The message's bytes.
        received_at: When the bus took the message; stands for the ``time`` that a foreign producer may
            leave out of the inbox.

    Raises:
        UnreadableMessageError: Not JSON, not the topic's event, an unknown major version, or a field
            of the wrong shape; the sentence names which.
    """
    return _READER.decode(topic, body, received_at=received_at)


def payload_as(envelope: Envelope[Message], kind: type[M]) -> M:
    """Return the payload, which the topic guarantees to be of ``kind``.

    Raises:
        UnreadableMessageError: It is of another kind.
    """
    if not isinstance(envelope.data, kind):
        raise UnreadableMessageError(f"expected {kind.type_name()}, got {envelope.type!r}")
    return envelope.data


@cache
def _adapter(message: type[Message]) -> TypeAdapter[Envelope[Message]]:
    return TypeAdapter(envelope_of(message))


def _check_dataschema(topic: str, expected: type[Message], stated: str) -> None:
    prefix = f"doctrail:{expected.event}/{expected.version[0]}."
    if not stated.startswith(prefix):
        raise UnreadableMessageError(
            f"message on {topic}: dataschema {stated!r} contradicts type {expected.type_name()!r}; "
            f"it must start with {prefix!r}"
        )


def _explain(topic: str, error: ValidationError) -> UnreadableMessageError:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the message"
    return UnreadableMessageError(f"message on {topic}: {place}: {first['msg']}")
