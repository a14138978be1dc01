"""What every message has: the base class of payloads and the CloudEvents 1.0 envelope around them."""

from __future__ import annotations

import os
from datetime import datetime
from typing import ClassVar, Generic, Literal, Self, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator

SPEC_VERSION = "1.0"


class Message(BaseModel):
    """A payload: ids, references and digests only. Unknown fields are ignored within a major version."""

    model_config = ConfigDict(frozen=True, extra="ignore")

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
    id: str
    source: str
    type: str
    subject: str
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    traceparent: str
    run: str | None = None
    cause: str | None = None
    data: M_co

    @model_validator(mode="after")
    def _run_agrees_with_data(self) -> Self:
        stated = getattr(self.data, "run_id", None)
        if stated is not None and self.run != stated:
            raise ValueError(f"attribute run {self.run!r} differs from data.run_id {stated!r}")
        return self


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
    kind: type[Envelope[Message]] = Envelope.__class_getitem__(type(message))  # type: ignore[assignment]
    return kind(
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


def new_traceparent() -> str:
    """Return a W3C traceparent that starts a new sampled trace."""
    return f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-01"


def child_traceparent(parent: str) -> str:
    """Return a traceparent in the same trace as ``parent`` with a span id of its own."""
    version, trace, _, flags = parent.split("-")
    return f"{version}-{trace}-{os.urandom(8).hex()}-{flags}"
