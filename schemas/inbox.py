"""What may be sent to ``documents.inbox``: bare JSON or any CloudEvents 1.0 event, ours or a stranger's."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError as SchemaError
from pydantic import AwareDatetime, TypeAdapter
from pydantic import ValidationError as ModelError

from schemas.canonical import canonical_json, derive_id
from schemas.errors import UnreadableMessageError
from schemas.forms import (
    FOREIGN_URI,
    HEX64,
    ID,
    MAX_EXACT,
    MESSAGE_KEY,
    SOURCE,
    TRACEPARENT,
    MediaType,
    VersionId,
)
from schemas.majors import wrong_type
from schemas.message import Envelope, Message, envelope_of, new_traceparent
from schemas.topics import TOPICS
from schemas.wire import kind_of, parse_object, shorten

TIME_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for a time that neither the producer nor the bus stated."""

_SOURCES = ("uri", "ref", "document_id")
_TEXT = {"type": "string", "minLength": 1, "maxLength": 1024}
_TIMES = TypeAdapter(AwareDatetime)
_TIME = r"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$"


def _form(annotated: Any, description: str) -> dict[str, Any]:
    return {**TypeAdapter(annotated).json_schema(), "description": description}


DATA_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "an object with exactly one of uri, ref, document_id",
    "properties": {
        "uri": {
            "type": "string",
            "pattern": FOREIGN_URI,
            "description": "s3://bucket/key or file:///path, percent-encoded, without query part or fragment",
        },
        "ref": {
            "type": "object",
            "description": "an object that refers to bytes in the store",
            "required": ["uri", "sha256", "size", "media_type"],
            "properties": {
                "uri": {"type": "string", "pattern": MESSAGE_KEY, "description": "a key: inbox/<sha256>"},
                "sha256": {
                    "type": "string",
                    "pattern": f"^{HEX64}$",
                    "description": "64 lower-case hex digits",
                },
                "size": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": MAX_EXACT,
                    "description": "the length in bytes",
                },
                "media_type": _form(MediaType, "an IANA media type such as application/pdf"),
                "version_id": _form(VersionId, "the store's version id in lower-case hex"),
            },
        },
        "event_id": {**_TEXT, "description": "a text of 1 to 1024 characters"},
        "document_id": {"type": "string", "pattern": f"^{ID}$", "description": "a document id"},
        "cause_id": {"type": "string", "pattern": f"^{ID}$", "description": "a cause id"},
    },
    "dependentRequired": {"document_id": ["cause_id"], "cause_id": ["document_id"]},
    "oneOf": [{"required": [name]} for name in _SOURCES],
}

EVENT_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "doctrail:documents.inbox/foreign",
    "type": "object",
    "description": "A CloudEvents 1.0 structured event; the data alone, as bare JSON, does as well.",
    "required": ["specversion", "id", "source", "type", "data"],
    "properties": {
        "specversion": {"const": "1.0", "description": "'1.0'"},
        **{
            name: {**_TEXT, "description": "a text of 1 to 1024 characters"}
            for name in ("id", "source", "type")
        },
        "time": {"type": "string", "pattern": _TIME, "description": "an RFC 3339 time with its offset"},
        "datacontenttype": {
            "type": "string",
            "pattern": r"^(application|text)/([A-Za-z0-9.+-]+\+)?json(\s*;.*)?$",
            "description": "application/json",
        },
        "data": DATA_SCHEMA,
    },
}


def read_inbox(
    message: type[Message], body: bytes, *, received_at: datetime | None = None
) -> Envelope[Message]:
    """Return what ``body`` asks for in an envelope of our own; equal bodies give the equal envelope.

    Attributes that are missing or not of our forms are derived: the id from the client's event id or the
    data, the trace from the id; unset optional members may be null.

    Raises:
        UnreadableMessageError: Naming the field that is wrong, never its value.
    """
    event = _without_nulls(parse_object(message.event, body))
    structured = "specversion" in event
    if not structured:
        event = {"specversion": "1.0", "id": "-", "source": "-", "type": "-", "data": event}
    if isinstance(event.get("data"), dict):
        event["data"] = _without_nulls(event["data"])
    _check(message.event, event, structured=structured)
    _check_type(message, event["type"])
    return _seal(message, event, structured=structured, received_at=received_at)


def _seal(
    message: type[Message], event: dict[str, Any], *, structured: bool, received_at: datetime | None
) -> Envelope[Message]:
    data = {name: event["data"][name] for name in message.model_fields if name in event["data"]}
    if "event_id" in data:
        data["event_id"] = _id_or_derived("client event", data["event_id"])
    if structured:
        event_id = _id_or_derived("inbox", event["id"], event["source"])
    else:
        event_id = data.get("event_id") or derive_id("inbox", canonical_json(data).decode())
    return envelope_of(message)(
        id=event_id,
        source=_if_ours(SOURCE, event["source"]) or "doctrail/inbox",
        type=message.type_name(),
        subject=_if_ours(ID, event.get("subject")) or event_id,
        time=_time(message.event, event.get("time"), received_at),
        dataschema=_if_ours(_same_major(message), event.get("dataschema")) or message.schema_name(),
        traceparent=_if_ours(TRACEPARENT, event.get("traceparent")) or new_traceparent(event_id),
        run=_if_ours(ID, event.get("run")),
        cause=_if_ours(ID, event.get("cause")),
        data=_payload(message, data),
    )


def _same_major(message: type[Message]) -> str:
    return rf"doctrail:{re.escape(message.event)}/{message.version[0]}\.[0-9]{{1,4}}"


def _payload(message: type[Message], data: dict[str, Any]) -> Message:
    try:
        return message.model_validate(data)
    except ModelError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(["data", *map(str, first["loc"])])
        raise UnreadableMessageError(f"message on {message.event}: {place}: {first['msg']}") from error


def _time(topic: str, stated: str | None, received_at: datetime | None) -> datetime:
    if stated is None:
        return received_at or TIME_UNKNOWN
    try:
        return _TIMES.validate_python(stated)
    except ModelError as error:
        raise UnreadableMessageError(f"message on {topic}: time is no moment of the calendar") from error


def _if_ours(form: str, value: object) -> str | None:
    """Return ``value`` where it has the form of our own, and None where a stranger's must be replaced."""
    return value if isinstance(value, str) and re.fullmatch(form, value) else None


def _id_or_derived(purpose: str, value: str, *context: str) -> str:
    return _if_ours(ID, value) or derive_id(purpose, value, *context)


def _without_nulls(members: dict[str, Any]) -> dict[str, Any]:
    # Many languages write an unset optional member as null; CloudEvents allows it.
    return {name: value for name, value in members.items() if value is not None}


def _check_type(message: type[Message], found: str) -> None:
    """Refuse events of our own that are not this one; a stranger may name his as he likes."""
    ours = next((name for name in TOPICS if found.startswith(f"{name}.v")), None)
    if ours is not None and found != message.type_name():
        raise wrong_type(message, found)


def _check(topic: str, event: dict[str, Any], *, structured: bool) -> None:
    if "data_base64" in event:
        raise UnreadableMessageError(
            f"message on {topic}: data_base64 is not read; send data as a JSON object"
        )
    errors = sorted(
        _validator().iter_errors(event), key=lambda error: [str(part) for part in error.absolute_path]
    )
    if not errors:
        return
    # The deepest is the most exact: a wrong digest says more than "no valid source".
    error = max(errors, key=lambda error: len(error.absolute_path))
    place = [str(part) for part in error.absolute_path]
    if not structured:
        place = place[1:]
    raise UnreadableMessageError(f"message on {topic}: {_sentence(error, place)}")


def _sentence(error: SchemaError, place: list[str]) -> str:
    """Say what is wrong without repeating the value, which may be a secret or document text."""
    where = ".".join(place) or "the message"
    rules: dict[str, Any] = cast("dict[str, Any]", error.schema)
    found = cast("Any", error.instance)
    match error.validator:
        case "required":
            missing = next(name for name in rules["required"] if name not in found)
            return f"{'.'.join([*place, missing])} is missing"
        case "dependentRequired":
            return f"{where}: document_id and cause_id belong together"
        case "oneOf":
            given = [name for name in _SOURCES if name in found]
            others = [shorten(name, 40) for name in found if name not in rules["properties"]][:3]
            unknown = f" (unknown: {', '.join(others)})" if others else ""
            return (
                f"{where}: give exactly one of uri, ref, document_id; got {given or 'none of them'}{unknown}"
            )
        case "type":
            return f"{where} must be {rules['description']}, not {kind_of(found)}"
        case _:
            return f"{where} must be {rules['description']}"


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(EVENT_SCHEMA)
