"""S3's own event notifications, as object stores send them: read as they are, from whichever store."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, ClassVar
from urllib.parse import quote, unquote_plus

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from schemas.canonical import derive_id, sha256_hex
from schemas.errors import UnreadableMessageError
from schemas.forms import FOREIGN_URI, Etag, ForeignUri, VersionId
from schemas.message import Envelope, Message, Part, envelope_of, new_traceparent
from schemas.wire import kind_of, parse_object

_CREATED = re.compile(r"^(?:s3:)?ObjectCreated:")
_ENCODED = re.compile(r"^(?:[A-Za-z0-9\-_.!~*'()/+]|%[0-9A-Fa-f]{2})*$")
_PLAIN_SENDERS = re.compile(r"^(?:kafka|nats|webhook|rabbitmq)-global$")
"""How Versity's gateway, which does not encode keys, names its one configuration."""

_TIMES = TypeAdapter(AwareDatetime)
_TIME_UNKNOWN = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class AnnouncedObject(Part):
    """An object that a store says was created.

    Attributes:
        etag: As the store gave it, its UTF-8 bytes in hex.
        version_id: The same way, where the bucket keeps versions.
    """

    uri: ForeignUri
    etag: Etag | None = None
    version_id: VersionId | None = None


class ObjectsAnnounced(Message):
    """What one notification announces; removals, restores and tests announce nothing."""

    event: ClassVar[str] = "documents.announced"

    objects: Annotated[tuple[AnnouncedObject, ...], Field(max_length=1000)]


def read_notification(body: bytes) -> Envelope[Message]:
    """Return what a notification announces in an envelope of our own; equal bodies give the equal one.

    Raises:
        UnreadableMessageError: It has none of the forms that S3's notifications have; the field is named.
    """
    topic = ObjectsAnnounced.event
    raw = parse_object(topic, body)
    # The test event is sent once, when notifications are switched on.
    records = [] if raw.get("Event") == "s3:TestEvent" else _list(raw, "Records")
    announced = [_announced(record, f"Records.{place}") for place, record in enumerate(records)]
    event_id = derive_id("s3 notification", sha256_hex(body))
    return envelope_of(ObjectsAnnounced)(
        id=event_id,
        source="doctrail/intake",
        type=ObjectsAnnounced.type_name(),
        subject=event_id,
        time=_time(records),
        dataschema=ObjectsAnnounced.schema_name(),
        traceparent=new_traceparent(event_id),
        data=ObjectsAnnounced(objects=tuple(one for one in announced if one is not None)),
    )


def object_uri(bucket: str, key: str) -> str:
    """Return the uri of an object by its plain key.

    Raises:
        ValueError: No uri can say it.
    """
    uri = f"s3://{bucket}/{quote(key, safe='/')}"
    if not re.match(FOREIGN_URI, uri):
        raise ValueError("no s3 uri can name it: a bucket's name and 1 to 1024 characters of an encoded key")
    return uri


def hexed(text: str) -> str | None:
    """Return a store's own word in the form that messages carry; None where it says nothing."""
    plain = text.strip('"')
    return plain.encode().hex() if plain and plain != "null" and len(plain.encode()) <= 128 else None


def _announced(record: Any, place: str) -> AnnouncedObject | None:
    if not _CREATED.match(_text(record, "eventName", place)):
        return None
    s3 = _object(record, "s3", place)
    bucket = _text(_object(s3, "bucket", f"{place}.s3"), "name", f"{place}.s3.bucket")
    found = _object(s3, "object", f"{place}.s3")
    key = _text(found, "key", f"{place}.s3.object")
    encodes = not _PLAIN_SENDERS.match(str(s3.get("configurationId", "")))
    # What an encoded key can't hold shows that this sender doesn't encode.
    plain = unquote_plus(key) if encodes and _ENCODED.match(key) else key
    if plain.endswith("/") and not found.get("size"):
        # A folder, as consoles make them: there is no document in it.
        return None
    try:
        uri = object_uri(bucket, plain)
    except ValueError as error:
        raise _wrong(f"{place}.s3", str(error)) from error
    return AnnouncedObject(
        uri=uri, etag=hexed(str(found.get("eTag") or "")), version_id=hexed(str(found.get("versionId") or ""))
    )


def _time(records: list[Any]) -> datetime:
    """Return when the first record says that it happened; a clock of ours would change with each delivery."""
    stated = records[0].get("eventTime") if records and isinstance(records[0], dict) else None
    try:
        return _TIMES.validate_python(stated)
    except ValidationError:
        return _TIME_UNKNOWN


def _list(raw: dict[str, Any], name: str) -> list[Any]:
    if name not in raw:
        raise _wrong(name, "is missing")
    found = raw[name]
    if not isinstance(found, list):
        raise _wrong(name, f"must be an array, not {kind_of(found)}")
    return found


def _object(raw: Any, name: str, place: str) -> dict[str, Any]:
    found = _member(raw, name, place)
    if not isinstance(found, dict):
        raise _wrong(f"{place}.{name}", f"must be an object, not {kind_of(found)}")
    return found


def _text(raw: Any, name: str, place: str) -> str:
    found = _member(raw, name, place)
    if not isinstance(found, str) or not found:
        raise _wrong(f"{place}.{name}", f"must be a text, not {kind_of(found)}")
    return found


def _member(raw: Any, name: str, place: str) -> Any:
    if not isinstance(raw, dict):
        raise _wrong(place, f"must be an object, not {kind_of(raw)}")
    if name not in raw:
        raise _wrong(f"{place}.{name}", "is missing")
    return raw[name]


def _wrong(place: str, what: str) -> UnreadableMessageError:
    return UnreadableMessageError(f"message on {ObjectsAnnounced.event}: {place} {what}")
