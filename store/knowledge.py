"""Knowledge in the store: immutable snapshots, one per server, and which of them are live together."""

from __future__ import annotations

from schemas.canonical import canonical_json, digest, sha256_hex
from schemas.errors import InvariantError
from schemas.layout import Frozen
from schemas.objects import ObjectRef
from store import keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.registry import Registry

SLOT = "knowledge"
"""The registry's slot that names the live set."""


class Knowledge(Frozen):
    """Snapshots that were loaded together.

    Attributes:
        parts: A snapshot by server name.
        told: What is in each, in words.
    """

    parts: dict[str, ObjectRef]
    told: dict[str, str]


NONE = Knowledge(parts={}, told={})


async def publish_part(store: ObjectStore, server: str, data: bytes) -> ObjectRef:
    """Store a snapshot under its own digest; storing it again writes nothing."""
    key = keys.knowledge_part(server, sha256_hex(data))
    written = await store.create(key, data, media_type="application/gzip")
    if written.data != data:
        raise InvariantError(f"object {key!r} was changed: other bytes stand under the digest in its key")
    return written.ref


async def publish_knowledge(store: ObjectStore, knowledge: Knowledge) -> str:
    """Store a set of snapshots and return its digest; nothing is live by it."""
    found = digest(knowledge)
    await store.create(keys.knowledge(found), canonical_json(knowledge))
    return found


async def live_knowledge(store: ObjectStore, registry: Registry) -> Knowledge:
    """Return the set that is live; an empty one where nothing was loaded.

    Raises:
        InvariantError: It is not what its digest says, or is missing.
    """
    entry = await registry.live(SLOT)
    if entry is None:
        return NONE
    key = keys.knowledge(entry.statement.what)
    data = await store.fetch(key)
    if data is None:
        raise InvariantError(f"the live knowledge {key!r} is not in the store; restore it")
    return parse(data, Knowledge, key)
