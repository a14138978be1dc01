"""References to stored bytes: what messages carry instead of bytes and instead of URLs."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
StoreKey = Annotated[
    str,
    # Relative to the store and plain: no scheme, no query, no fragment, no way out of the folder.
    StringConstraints(
        pattern=r"^[A-Za-z0-9_\-][A-Za-z0-9_\-.]*(/[A-Za-z0-9_\-][A-Za-z0-9_\-.]*)*$", max_length=512
    ),
]


class ObjectRef(BaseModel):
    """Where bytes lie and what they must be; it never expires and is verified at every read.

    Attributes:
        uri: Key relative to the store.
        sha256: Digest of the bytes, 64 hex digits.
        size: Length in bytes.
        media_type: IANA media type.
        version_id: The store's own version of the object, where it keeps versions.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    uri: StoreKey
    sha256: Sha256
    size: Annotated[int, "bytes"]
    media_type: str
    version_id: str | None = None
