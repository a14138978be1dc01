"""What every message has: the base class of payloads and the CloudEvents 1.0 envelope around them."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from typing import Annotated, ClassVar, Generic, Literal, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from schemas.forms import Id, Source, Timestamp, Traceparent


class Part(BaseModel):
    """A part of a payload; fields that a newer minor version added are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(Part):
    """A payload: ids, references and digests only. Unknown fields are ignored within a major version."""

    event: ClassVar[str]
    """Name without version, which is also the topic: ``documents.submitted``."""
    version: ClassVar[tuple[int, int]] = (1, 0)
    """(major, minor) of the schema this class writes."""

    @classmethod
    def type_name(cls) -> str:
        """Return the CloudEvents ``type``: ``documents.submitted.v1``."""
        return f"{cls.event}.v{cls.version[0]}"

    @classmethod
    def schema_name(cls) -> str:
        """Return the CloudEvents ``dataschema``: ``doctrail:documents.submitted/1.0``."""
        return f"doctrail:{cls.event}/{cls.version[0]}.{cls.version[1]}"


M_co = TypeVar("M_co", bound=Message, covariant=True)


class Envelope(BaseModel, Generic[M_co]):
    """A CloudEvents 1.0 structured-mode event that any CloudEvents SDK can read.

    Attributes:
        id: Event id; consumers deduplicate on it.
        source: The part that produced it, ``doctrail/<role>``.
        type: ``<event>.v<major>``.
        subject: The document id, which is the partition key.
        time: When the outcome was settled; fixed from then on.
        dataschema: ``doctrail:<event>/<major>.<minor>``.
        traceparent: W3C trace context; one document is one trace.
        run: The run this event belongs to, if any.
        cause: Id of the event that led to this one, if any.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: Id
    source: Source
    type: Annotated[str, StringConstraints(pattern=r"^[a-z_]+(?:\.[a-z_]+)?\.v[0-9]{1,4}$", max_length=64)]
    subject: Id
    time: Timestamp
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: Annotated[
        str,
        StringConstraints(pattern=r"^doctrail:[a-z_]+(?:\.[a-z_]+)?/[0-9]{1,4}\.[0-9]{1,4}$", max_length=64),
    ]
    traceparent: Traceparent
    run: Id | None = None
    cause: Id | None = None
    data: M_co

    @model_validator(mode="after")
    def _agrees_with_data(self) -> Self:
        for attribute, name in (("run", "run_id"), ("subject", "record_id")):
            # Not getattr: for a field that is not there pydantic looks in many places.
            stated = self.data.__dict__.get(name)
            if stated is not None and getattr(self, attribute) != stated:
                found = getattr(self, attribute)
                raise ValueError(f"attribute {attribute} {found!r} differs from data.{name} {stated!r}")
        return self


def envelope_of(message: type[Message]) -> type[Envelope[Message]]:
    """Return the envelope class whose data is ``message``."""
    return cast("type[Envelope[Message]]", Envelope.__class_getitem__(message))


def seal(
    message: Message,
    *,
    event_id: str,
    source: str,
    subject: str,
    time: datetime,
    traceparent: str,
    cause: str | None = None,
) -> Envelope[Message]:
    """Put ``message`` into its envelope."""
    return envelope_of(type(message))(
        id=event_id,
        source=source,
        type=message.type_name(),
        subject=subject,
        time=time,
        dataschema=message.schema_name(),
        traceparent=traceparent,
        run=getattr(message, "run_id", None),
        cause=cause,
        data=message,
    )


def encode(envelope: Envelope[Message]) -> bytes:
    """Return the envelope's wire bytes; absent optional attributes are left out."""
    return envelope.model_dump_json(exclude_none=True).encode()


def new_traceparent(seed: str | None = None) -> str:
    """Return a W3C traceparent that starts a new sampled trace: the same for the same seed."""
    trace = os.urandom(16).hex() if seed is None else _hex("trace", seed, 32)
    return f"00-{trace}-{_span(seed)}-01"


def child_traceparent(parent: str, seed: str | None = None) -> str:
    """Return a traceparent in the same trace as ``parent`` with a span id of its own.

    Args:
        seed: The new event's id: equal seeds give the equal span; random where it is None.
    """
    version, trace, _, flags = parent.split("-")
    return f"{version}-{trace}-{_span(seed)}-{flags}"


def _span(seed: str | None) -> str:
    return os.urandom(8).hex() if seed is None else _hex("span", seed, 16)


def _hex(purpose: str, seed: str, digits: int) -> str:
    return hashlib.sha256(f"{purpose}:{seed}".encode()).hexdigest()[:digits]
