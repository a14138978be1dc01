"""The seam of the store: create-once objects with verified reads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from schemas.canonical import sha256_hex
from schemas.errors import DigestMismatchError, PermanentError, TransientError
from schemas.objects import ObjectRef


class StoreDeniedError(PermanentError):
    """The store may not be written or read by whoever runs this; its sentence says what to grant."""


class HalfKeptError(TransientError):
    """The store takes a key for taken and has no object there: a server died while it wrote it.

    No other object is concerned, so no breaker opens for it: whose object it is waits for as long as a
    write under way may last, and then gives up by name.
    """

    def __init__(self, key: str, *, again_after: float = 15.0) -> None:
        super().__init__(
            f"the store refuses to create {key!r} because it is there, and to read it because it is not: its "
            "server died while it wrote it; put any object under this key, delete it, and send the message "
            "again (doctrail dlq redrive)",
            target="object",
            retry_after=again_after,
        )
        self.key = key


@dataclass(frozen=True, slots=True)
class Created:
    """What stands under a key after a create-once write.

    Attributes:
        ref: Reference to what stands there, which is the winner's object.
        created: Whether this call wrote it.
        data: The bytes that stand there.
    """

    ref: ObjectRef
    created: bool
    data: bytes


class ObjectStore(Protocol):
    """Durable, atomic, create-once bytes under keys.

    Every method raises TransientError (target ``store``) when the store does not answer.
    """

    async def create(self, key: str, data: bytes, *, media_type: str = "application/json") -> Created:
        """Write ``data`` if nothing stands under ``key``; durable on return, whoever won.

        Raises:
            HalfKeptError: A server that died keeps the key without an object, and another's bytes were meant.
        """
        ...

    async def read(self, ref: ObjectRef) -> bytes:
        """Return the bytes ``ref`` names.

        Raises:
            MissingObjectError: Nothing stands there.
            DigestMismatchError: Other or truncated bytes stand there.
        """
        ...

    async def fetch(self, key: str) -> bytes | None:
        """Return what stands under ``key``, or None."""
        ...

    async def replace(self, key: str, data: bytes) -> None:
        """Write ``data`` over whatever stands there (session objects and repair only)."""
        ...

    async def delete(self, key: str) -> None:
        """Remove ``key``; nothing happens if it does not exist."""
        ...

    def list(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys under the folder ``prefix``, recursively, in order."""
        ...

    def folders(self, prefix: str) -> AsyncIterator[str]:
        """Yield the names right under the folder ``prefix`` that hold objects, in order."""
        ...

    async def head(self, key: str) -> int | None:
        """Return the size in bytes of what stands under ``key``, or None."""
        ...


def ref_of(key: str, data: bytes, media_type: str = "application/json") -> ObjectRef:
    """Return the reference of ``data`` under ``key``."""
    return ObjectRef(uri=key, sha256=sha256_hex(data), size=len(data), media_type=media_type)


def verified(ref: ObjectRef, data: bytes) -> bytes:
    """Return ``data`` if it is what ``ref`` names, to the last byte.

    Raises:
        DigestMismatchError: Its size or digest differs.
    """
    found = sha256_hex(data)
    if len(data) != ref.size or found != ref.sha256:
        raise DigestMismatchError(ref.uri, expected=ref.sha256, found=found)
    return data


def no_room(verb: str, key: str) -> TransientError:
    """Return what a full disk is: it takes something small now and then, and is full all the same."""
    said = f"the store has no room to {verb} {key!r}: free disk space"
    return TransientError(said, target="store", blameless=True)
