"""A scratch layer over a store: what is written stays in memory, what lies below is never touched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from schemas.objects import ObjectRef
from store.memory import MemoryStore
from store.plain_keys import require_folder, require_key
from store.protocol import Created, ObjectStore, ref_of


def nothing(key: str) -> bool:
    """Say no of every key."""
    del key
    return False


def replies_that_cost(document: str) -> Callable[[str], bool]:
    """Return what to let ``through`` so that a reply which costs money is bought once for good.

    A call that costs money is noted before it is made; a reply to any other stays in the layer.

    Args:
        document: The document's folder.
    """
    noted = set[str]()

    def through(key: str) -> bool:
        folder, _, name = key.rpartition("/")
        if folder == f"{document}/asking":
            noted.add(name)
            return True
        return folder == f"{document}/replies" and name in noted

    return through


class OverlayStore:
    """Answers like the store below until something is written here; only ``through`` is written below.

    For counterfactuals: stages can be run again over recorded inputs while nothing of the installation
    changes.

    Args:
        below: What is read where nothing was written.
        hidden: Keys of the store below that shall not be seen.
        through: Keys that are kept below when they are written, and are read there.
    """

    def __init__(
        self,
        below: ObjectStore,
        *,
        hidden: Callable[[str], bool] = nothing,
        through: Callable[[str], bool] = nothing,
    ) -> None:
        self.written = MemoryStore()
        """What was written here."""
        self._below = below
        self._hidden = hidden
        self._through = through
        self._gone: set[str] = set()

    async def create(self, key: str, data: bytes, *, media_type: str = "application/json") -> Created:
        """Write ``data`` if nothing stands under ``key``, here or visibly below."""
        if self._through(require_key(key)):
            return await self._below.create(key, data, media_type=media_type)
        standing = await self.fetch(key)
        if standing is not None:
            return Created(ref_of(key, standing, media_type), created=False, data=standing)
        return await self.written.create(key, data, media_type=media_type)

    async def read(self, ref: ObjectRef) -> bytes:
        """Return the bytes ``ref`` names, verified."""
        here = await self.written.head(ref.uri) is not None or not self._seen(ref.uri)
        return await (self.written if here else self._below).read(ref)

    async def fetch(self, key: str) -> bytes | None:
        """Return what stands under ``key``, or None."""
        found = await self.written.fetch(key)
        return found if found is not None or not self._seen(key) else await self._below.fetch(key)

    async def replace(self, key: str, data: bytes) -> None:
        """Write ``data`` over whatever stands there, here."""
        await self.written.replace(key, data)

    async def delete(self, key: str) -> None:
        """Remove ``key`` from sight; below it stays."""
        if self._through(require_key(key)):
            await self._below.delete(key)
            return
        await self.written.delete(key)
        self._gone.add(key)

    async def list(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys under the folder ``prefix`` in order."""
        here = [key async for key in self.written.list(prefix)]
        below = [key async for key in self._below.list(prefix) if self._seen(key)]
        for key in sorted({*here, *below}):
            yield key

    async def folders(self, prefix: str) -> AsyncIterator[str]:
        """Yield the names right under the folder ``prefix`` that hold objects in sight, in order."""
        folder = require_folder(prefix)
        rests = [key.removeprefix(folder) async for key in self.list(prefix)]
        for name in sorted({rest.partition("/")[0] for rest in rests if "/" in rest}):
            yield name

    async def head(self, key: str) -> int | None:
        """Return the size of what stands under ``key``, or None."""
        found = await self.written.head(key)
        return found if found is not None or not self._seen(key) else await self._below.head(key)

    def _seen(self, key: str) -> bool:
        return key not in self._gone and not self._hidden(key)
