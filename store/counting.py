"""A store that counts its calls, for benchmarks and for `how many calls does one document cost`."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

from schemas.objects import ObjectRef
from store.protocol import Created, ObjectStore


class CountingStore:
    """Passes every call on and counts it.

    Attributes:
        calls: By method; a listing counts once, whatever it yields.
        written: Bytes handed to ``create`` and ``replace``.
        read_bytes: Bytes returned by ``read`` and ``fetch``.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.calls: Counter[str] = Counter()
        self.written = 0
        self.read_bytes = 0

    def clear(self) -> None:
        """Count from zero again."""
        self.calls.clear()
        self.written = self.read_bytes = 0

    async def create(self, key: str, data: bytes, *, media_type: str = "application/json") -> Created:
        """Pass on, and count."""
        self.calls["create"] += 1
        self.written += len(data)
        return await self._store.create(key, data, media_type=media_type)

    async def read(self, ref: ObjectRef) -> bytes:
        """Pass on, and count."""
        self.calls["read"] += 1
        data = await self._store.read(ref)
        self.read_bytes += len(data)
        return data

    async def fetch(self, key: str) -> bytes | None:
        """Pass on, and count."""
        self.calls["fetch"] += 1
        data = await self._store.fetch(key)
        self.read_bytes += len(data or b"")
        return data

    async def replace(self, key: str, data: bytes) -> None:
        """Pass on, and count."""
        self.calls["replace"] += 1
        self.written += len(data)
        await self._store.replace(key, data)

    async def delete(self, key: str) -> None:
        """Pass on, and count."""
        self.calls["delete"] += 1
        await self._store.delete(key)

    async def list(self, prefix: str) -> AsyncIterator[str]:
        """Pass on, and count once."""
        self.calls["list"] += 1
        async for key in self._store.list(prefix):
            yield key

    async def folders(self, prefix: str) -> AsyncIterator[str]:
        """Pass on, and count once."""
        self.calls["list"] += 1
        async for name in self._store.folders(prefix):
            yield name

    async def head(self, key: str) -> int | None:
        """Pass on, and count."""
        self.calls["head"] += 1
        return await self._store.head(key)
