"""Where intake may fetch foreign bytes from, and nothing else."""

from __future__ import annotations

import asyncio
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from store.sources import SCHEME, ForeignBuckets, Place, SourceRefusedError, parse_place


@dataclass(frozen=True, slots=True)
class ConfiguredSources:
    """The folder and the buckets that intake may fetch from.

    Attributes:
        buckets: Those of the configured prefixes; None where no bucket may be read.
        store: Where doctrail's own store lies, if in a bucket.
    """

    folder: FolderSource
    buckets: ForeignBuckets | None = None
    store: Place | None = None

    def is_own(self, uri: str) -> bool:
        """Whether ``uri`` lies in the store that doctrail itself writes."""
        return self.store is not None and uri.startswith(SCHEME) and self.store.holds(parse_place(uri))

    async def fetch(self, uri: str, *, etag: str | None = None, version_id: str | None = None) -> bytes:
        """Return the bytes behind ``uri``, which are those announced where an etag or version is given.

        Raises:
            SourceRefusedError: It is none of the configured places, or can't be taken from there.
            OverwrittenError: What was announced is not there any more.
            TransientError: A bucket does not answer.
        """
        if urlsplit(uri).scheme == "s3" and self.buckets is not None:
            return await self.buckets.fetch(uri, etag=etag, version_id=version_id)
        return await self.folder.fetch(uri)


@dataclass(frozen=True, slots=True)
class FolderSource:
    """Files under one folder, which is resolved first: no link leads out of it.

    Attributes:
        folder: The inbox folder; None allows no ``file:`` uri at all.
        max_bytes: Largest file taken.
    """

    folder: Path | None
    max_bytes: int

    async def fetch(self, uri: str) -> bytes:
        """Return the bytes behind ``uri``.

        Raises:
            SourceRefusedError: Another scheme, host or folder, not a plain file, or too large.
        """
        return await asyncio.to_thread(self._read, self._resolve(uri))

    def _resolve(self, uri: str) -> Path:
        parts = urlsplit(uri)
        if parts.scheme != "file":
            raise SourceRefusedError(
                f"uri {uri!r} is not from a configured source; allowed: {self._allowed()}"
            )
        if parts.netloc not in ("", "localhost") or parts.query or parts.fragment:
            raise SourceRefusedError(f"uri {uri!r} has a host, query or fragment; give a plain file: path")
        if self.folder is None:
            raise SourceRefusedError(f"uri {uri!r} is refused: no inbox folder is configured")
        folder = self.folder.resolve()
        path = Path(unquote(parts.path)).resolve()
        if not path.is_relative_to(folder):
            raise SourceRefusedError(f"uri {uri!r} lies outside the inbox folder; allowed: {self._allowed()}")
        return path

    def _allowed(self) -> str:
        return "nothing" if self.folder is None else f"file: below {self.folder.name}/"

    def _read(self, path: Path) -> bytes:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise SourceRefusedError(f"file {path.name!r} can't be opened: {error.strerror}") from error
        with os.fdopen(descriptor, "rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise SourceRefusedError(f"{path.name!r} is not a plain file")
            if facts.st_size > self.max_bytes:
                raise SourceRefusedError(
                    f"file {path.name!r} has {facts.st_size} bytes, more than the limit of {self.max_bytes}"
                )
            return file.read(self.max_bytes + 1)
