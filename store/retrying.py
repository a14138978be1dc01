"""A store whose every call goes through the retry owner of the message at hand."""

from __future__ import annotations

from collections.abc import AsyncIterator

from schemas.handling import Calls
from schemas.objects import ObjectRef
from store.protocol import Created, ObjectStore


class RetryingStore:
    """The store as a handler sees it: a call that fails transiently is tried again, visibly."""

    def __init__(self, store: ObjectStore, calls: Calls) -> None:
        self._store = store
        self._calls = calls

    async def create(self, key: str, data: bytes, *, media_type: str = "application/json") -> Created:
        """Write once; a retry after a lost answer finds its own bytes, which is success."""
        return await self._calls.call(
            "store.create", lambda: self._store.create(key, data, media_type=media_type)
        )

    async def read(self, ref: ObjectRef) -> bytes:
        """Return the verified bytes of ``ref``."""
        return await self._calls.call("store.read", lambda: self._store.read(ref))

    async def fetch(self, key: str) -> bytes | None:
        """Return what stands under ``key``, or None."""
        return await self._calls.call("store.fetch", lambda: self._store.fetch(key))

    async def replace(self, key: str, data: bytes) -> None:
        """Write over whatever stands under ``key``."""
        await self._calls.call("store.replace", lambda: self._store.replace(key, data))

    async def delete(self, key: str) -> None:
        """Remove ``key``."""
        await self._calls.call("store.delete", lambda: self._store.delete(key))

    async def list(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys under ``prefix``; the listing is retried as a whole."""

        async def listed() -> tuple[str, ...]:
            return tuple([key async for key in self._store.list(prefix)])

        for key in await self._calls.call("store.list", listed):
            yield key

    async def folders(self, prefix: str) -> AsyncIterator[str]:
        """Yield the names right under ``prefix``; the listing is retried as a whole."""

        async def listed() -> tuple[str, ...]:
            return tuple([name async for name in self._store.folders(prefix)])

        for name in await self._calls.call("store.list", listed):
            yield name

    async def head(self, key: str) -> int | None:
        """Return the size of what stands under ``key``, or None."""
        return await self._calls.call("store.head", lambda: self._store.head(key))
