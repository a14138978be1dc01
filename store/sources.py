"""Foreign objects that documents are fetched from: which may be read, and what may be wrong with one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import quote, unquote, urlsplit

from schemas.errors import PermanentError

SCHEME = "s3://"


class SourceRefusedError(PermanentError):
    """The uri can't be read from: not from a configured source, not there, too large, or not for us."""

    def __init__(self, message: str, *, reason: str = "source_refused") -> None:
        super().__init__(message, reason=reason)


class OverwrittenError(PermanentError):
    """What was announced is no longer there: other bytes, or none, lie under its uri."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="overwritten")


@dataclass(frozen=True, slots=True)
class Place:
    """An object, or a folder of them, in a bucket.

    Attributes:
        key: Plain, as the store knows it; empty for the whole bucket.
    """

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """As messages say it, percent-encoded."""
        return f"{SCHEME}{self.bucket}/{quote(self.key, safe='/')}"

    def holds(self, other: Place) -> bool:
        """Whether ``other`` is this very object or lies below it as a folder."""
        folder = self.key.removesuffix("/")
        return self.bucket == other.bucket and (
            not folder or other.key == folder or other.key.startswith(f"{folder}/")
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as its bucket lists it.

    Attributes:
        etag: The store's mark of its content, without quotes.
        size: In bytes.
    """

    place: Place
    etag: str
    size: int
    modified: datetime

    @property
    def is_folder(self) -> bool:
        """Whether it only stands for a folder, as consoles make them."""
        return self.place.key.endswith("/") and not self.size


class ForeignBuckets(Protocol):
    """Reads objects of configured prefixes."""

    async def fetch(self, uri: str, *, etag: str | None, version_id: str | None) -> bytes:
        """Return the bytes that were announced: that version, else those with that etag.

        Raises:
            SourceRefusedError: They may not be taken.
            OverwrittenError: An etag or version was given, and it is not there any more.
            TransientError: The store does not answer.
        """
        ...

    def list(self, folder: Place) -> AsyncIterator[Listed]:
        """Yield the objects of ``folder`` in the order of their keys."""
        ...


def parse_place(uri: str) -> Place:
    """Return what ``s3://bucket/key`` names.

    Raises:
        SourceRefusedError: It is no such uri, or its key leads through ``.`` or ``..``.
    """
    parts = urlsplit(uri)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
        raise SourceRefusedError(f"uri {uri!r} is no s3://bucket/key")
    key = unquote(parts.path.removeprefix("/"))
    if {".", ".."} & set(key.split("/")):
        # On its way to the server such a path may be shortened to another key's.
        raise SourceRefusedError(f"uri {uri!r} leads through '.' or '..'; copy the object to a plain key")
    return Place(parts.netloc, key)


def parse_prefixes(text: str) -> tuple[Place, ...]:
    """Return the prefixes of a setting: ``s3://bucket/folder``, separated by commas.

    Raises:
        SourceRefusedError: One of them is no such uri.
    """
    return tuple(parse_place(one.strip()) for one in text.split(",") if one.strip())


def require_allowed(place: Place, prefixes: Sequence[Place]) -> Place:
    """Return ``place`` if one of ``prefixes`` holds it.

    Raises:
        SourceRefusedError: None does.
    """
    if not any(prefix.holds(place) for prefix in prefixes):
        allowed = ", ".join(prefix.uri for prefix in prefixes) or "nothing"
        raise SourceRefusedError(
            f"uri {place.uri!r} is not from a configured source; allowed: {allowed} "
            "(DOCTRAIL_INGEST_PREFIXES)"
        )
    return place


def unhexed(text: str | None) -> str | None:
    """Return an etag or version id as its store says it, from the form that messages carry.

    Raises:
        SourceRefusedError: It holds what no store's etag or version id holds.
    """
    if text is None:
        return None
    plain = bytes.fromhex(text).decode(errors="replace")
    if not (plain.isascii() and plain.isprintable()) or '"' in plain:
        raise SourceRefusedError(f"{text[:40]!r} is no etag or version id of an object store")
    return plain


def name_in(uri: str) -> str | None:
    """Return what the file behind a foreign uri is called, for people."""
    return unquote(urlsplit(uri).path.rstrip("/").rpartition("/")[2]) or None
