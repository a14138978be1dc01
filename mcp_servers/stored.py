"""Snapshots out of the store, as the three servers read them."""

from __future__ import annotations

from schemas.objects import ObjectRef
from store import keys
from store.knowledge import live_knowledge
from store.protocol import ObjectStore
from store.registry import Registry


class StoredKnowledge:
    """The snapshots in a store; what is live is told by its registry."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._registry = Registry(store)

    async def live(self, server: str) -> str | None:
        """Return the digest of the live snapshot of ``server``, or None."""
        part = (await live_knowledge(self._store, self._registry)).parts.get(server)
        return part.sha256 if part else None

    async def read(self, server: str, digest: str) -> bytes | None:
        """Return a snapshot's bytes, or None."""
        return await self._store.fetch(keys.knowledge_part(server, digest))

    async def passage(self, ref: ObjectRef) -> bytes | None:
        """Return the passage of a record, or None where its document was erased."""
        return None if await self._store.head(ref.uri) is None else await self._store.read(ref)
