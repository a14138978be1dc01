"""Decoding any published version of a message into today's shape, or refusing it by name."""

from __future__ import annotations

import json
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from schemas.errors import PermanentError
from schemas.message import Envelope, Message
from schemas.topics import TOPICS

_ADAPTERS: dict[str, TypeAdapter[Envelope[Message]]] = {
    name: TypeAdapter(Envelope[topic.message])  # type: ignore[name-defined]  # built from the table
    for name, topic in TOPICS.items()
}


class UnreadableMessageError(PermanentError):
    """A message has another shape than its schema; its producer must be corrected."""


def decode(topic: str, body: bytes) -> Envelope[Message]:
    """Return the envelope in ``body``, upcast to the newest minor of its major version.

    Raises:
        UnreadableMessageError: Not JSON, not the topic's event, an unknown major version, or a field
            of the wrong shape; the sentence names which.
    """
    expected = TOPICS[topic].message
    try:
        envelope = _ADAPTERS[topic].validate_json(body)
    except ValidationError as error:
        raise _explain(topic, body, error) from error
    if envelope.type != expected.type_name():
        raise _wrong_type(topic, envelope.type)
    return envelope


def payload_as(envelope: Envelope[Message], kind: type[Message]) -> Any:
    """Return the payload, which the topic guarantees to be of ``kind``."""
    return cast("Any", envelope.data) if isinstance(envelope.data, kind) else _unexpected(envelope, kind)


def _unexpected(envelope: Envelope[Message], kind: type[Message]) -> Message:
    raise UnreadableMessageError(f"expected {kind.type_name()}, got {envelope.type!r}", reason="shape")


def _wrong_type(topic: str, found: str) -> UnreadableMessageError:
    expected = TOPICS[topic].message.type_name()
    event, _, major = found.rpartition(".v")
    if event == topic and major.isdigit():
        return UnreadableMessageError(
            f"type {found!r} is of unknown major version {major}; this consumer reads {expected!r}: "
            "deploy the newer consumer first",
            reason="unknown_major_version",
        )
    return UnreadableMessageError(
        f"type {found!r} does not belong on {topic}, which carries {expected!r}", reason="shape"
    )


def _explain(topic: str, body: bytes, error: ValidationError) -> UnreadableMessageError:
    try:
        raw = json.loads(body)
    except (ValueError, UnicodeDecodeError):
        return UnreadableMessageError(f"message on {topic} is not JSON", reason="shape")
    if (
        isinstance(raw, dict)
        and isinstance(raw.get("type"), str)
        and raw["type"] != TOPICS[topic].message.type_name()
    ):
        return _wrong_type(topic, raw["type"])
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the message"
    return UnreadableMessageError(f"message on {topic}: {place}: {first['msg']}", reason="shape")
