"""The closed list of forms a string in a message may have; none has room for a URL, value or file name."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints, WithJsonSchema

HEX64 = "[0-9a-f]{64}"
UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ID = f"(?:{HEX64}|{UUID})"
TRACEPARENT = "00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"
SOURCE = "doctrail/[a-z][a-z_]{1,31}"
MAX_EXACT = 2**53 - 1
"""Largest integer that every JSON reader takes exactly."""

Count = Annotated[int, Field(ge=0, le=MAX_EXACT)]

Sha256 = Annotated[str, StringConstraints(pattern=f"^{HEX64}$")]

Id = Annotated[str, StringConstraints(pattern=f"^{ID}$")]
"""A uuid or a sha-256, as ``derive_id`` and ``sha256_hex`` make them."""

RunCause = Annotated[str, StringConstraints(pattern=f"^(?:first|{ID})$")]
"""``first``, or the id of the backfill, force or decision that opened the run."""

Traceparent = Annotated[str, StringConstraints(pattern=f"^{TRACEPARENT}$")]
"""W3C trace context, version 00."""

Source = Annotated[str, StringConstraints(pattern=f"^{SOURCE}$")]
"""The part of doctrail that produced an event: ``doctrail/intake``."""

Code = Annotated[str, StringConstraints(pattern="^[a-z][a-z_]{1,39}$")]
"""A reason code or the name of an agent: one lower-case word of our own."""

TopicName = Annotated[
    str, StringConstraints(pattern=r"^(?:documents|records|reviews)\.[a-z][a-z_0-9]{1,31}$|^dead_letters$")
]

MediaType = Annotated[
    str,
    StringConstraints(
        pattern="^(?:application|audio|font|image|message|model|multipart|text|video)/[A-Za-z0-9][A-Za-z0-9.+-]*$",
        max_length=100,
    ),
]

VersionId = Annotated[str, StringConstraints(pattern="^(?:[0-9a-f]{2}){1,128}$")]
"""The store's own version of an object, its UTF-8 bytes in hex (raw, it could look like anything)."""

Etag = Annotated[str, StringConstraints(pattern="^(?:[0-9a-f]{2}){1,128}$")]
"""The store's own mark of an object's content, without quotes, its UTF-8 bytes in hex."""

StoreKey = Annotated[
    str,
    # Relative to the store and plain: no scheme, no query, no fragment, no way out of the folder.
    StringConstraints(
        pattern=r"^[A-Za-z0-9_\-][A-Za-z0-9_\-.]*(/[A-Za-z0-9_\-][A-Za-z0-9_\-.]*)*$", max_length=512
    ),
]

MESSAGE_KEY = (
    rf"^(?:inbox/{HEX64}|documents/{ID}/original|dead_letters/{ID}/[0-9]{{1,8}}\.json"
    rf"|documents/{ID}(?:/(?:[a-z_]{{1,24}}|{ID}|[0-9]{{1,8}}))+/(?:{ID}|[0-9]{{1,8}})\.json)$"
)
"""Keys that a message may refer to: made of our own words, ids and numbers alone."""

FOREIGN_URI = r"^(?:s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|file://)/[^?#\x00-\x20\x7f]{1,1024}$"

ForeignUri = Annotated[str, StringConstraints(pattern=FOREIGN_URI)]
"""Where intake fetches bytes: ``s3://bucket/key`` or ``file:///path``, percent-encoded, no query part."""

Timestamp = Annotated[
    AwareDatetime,
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            # A format alone is not checked by default; the pattern is.
            "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?"
            r"(?:Z|[+-][0-9]{2}:[0-9]{2})$",
        }
    ),
]
