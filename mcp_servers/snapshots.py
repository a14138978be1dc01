"""Opened snapshots of one server: each opened once per process, when it is first asked, and then kept."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from mcp_servers.errors import UnknownSnapshotError
from schemas.canonical import sha256_hex
from schemas.errors import DigestMismatchError
from schemas.objects import ObjectRef

T = TypeVar("T")

MOST_OPEN = 3
"""Snapshots kept open: the one that runs are pinned to now, and those of runs under way."""


class Source(Protocol):
    """Where snapshots come from."""

    async def live(self, server: str) -> str | None:
        """Return the digest of the snapshot that is live, or None where nothing was loaded."""
        ...

    async def read(self, server: str, digest: str) -> bytes | None:
        """Return a snapshot's bytes, or None where it is not there."""
        ...

    async def passage(self, ref: ObjectRef) -> bytes | None:
        """Return what a snapshot refers to, or None where it was erased."""
        ...


@dataclass(frozen=True, slots=True)
class Opened(Generic[T]):
    """A snapshot that answers."""

    digest: str
    value: T


class Snapshots(Generic[T]):
    """The snapshots of one server.

    Args:
        server: Its name.
        source: Where they come from.
        open_: Makes what answers of a snapshot's bytes.
    """

    def __init__(self, server: str, source: Source, open_: Callable[[bytes, str], Awaitable[T]]) -> None:
        self._server = server
        self._source = source
        self._open = open_
        self._opened: OrderedDict[str, T] = OrderedDict()
        self._opening: dict[str, asyncio.Task[T]] = {}

    async def get(self, digest: str | None) -> Opened[T]:
        """Return the snapshot with this digest, or the live one where none is named.

        Raises:
            UnknownSnapshotError: It is not there, or nothing was loaded yet.
        """
        wanted = digest if digest is not None else await self._source.live(self._server)
        if wanted is None:
            raise UnknownSnapshotError(self._server, None)
        if wanted not in self._opened:
            # Many ask at once: one opens, the others wait for it. Opening outlasts whoever gave up waiting.
            opening = self._opening.get(wanted)
            if opening is None:
                opening = self._opening[wanted] = asyncio.create_task(self._keep(wanted))
                opening.add_done_callback(lambda done: self._ended(wanted, done))
            return Opened(wanted, await asyncio.shield(opening))
        self._opened.move_to_end(wanted)
        return Opened(wanted, self._opened[wanted])

    async def _keep(self, digest: str) -> T:
        found = self._opened[digest] = await self._load(digest)
        while len(self._opened) > MOST_OPEN:
            self._opened.popitem(last=False)
        return found

    def _ended(self, digest: str, task: asyncio.Task[T]) -> None:
        del self._opening[digest]
        if not task.cancelled():
            # Looked at here: whoever asked may have given up meanwhile, and the next one asks anew.
            task.exception()

    async def _load(self, digest: str) -> T:
        data = await self._source.read(self._server, digest)
        if data is None:
            raise UnknownSnapshotError(self._server, digest)
        if sha256_hex(data) != digest:
            raise DigestMismatchError(f"knowledge/{self._server}", expected=digest, found=sha256_hex(data))
        return await self._open(data, digest)
