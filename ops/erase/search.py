"""Searching for what may be left of an erased document: in the store, the databases, and on the bus."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bus.protocol import Bus, Record
from catalog.database import Catalog
from catalog.forgetting import rows_about
from catalog.queries import document
from ops.erase.plan import belonging, tree
from ops.reading_out import read_out
from review.queue.queue import ReviewQueue
from schemas.canonical import derive_id
from store import ops_keys
from store.children import ancestors
from store.erasures import Erasure
from store.parsing import DamagedObjectError
from store.protocol import ObjectStore

_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Left:
    """What a search found.

    Attributes:
        objects: Keys of objects of the document and of anything taken out of it: these are remains.
        mentions: Keys of other objects that hold its id, a digest, and nothing else of it: what others
            were compared with, dead letters of messages that came too late.
        rows: Rows about it in the databases: remains.
        messages: Messages on the bus with its id: they hold ids and digests, and go by retention.
        came_in: When it came in, by the catalog; None where that does not know it.
    """

    objects: tuple[str, ...]
    mentions: tuple[str, ...]
    rows: int
    messages: int
    came_in: datetime | None = None

    @property
    def clean(self) -> bool:
        """Whether nothing of the document is left."""
        return not self.objects and not self.rows


async def search(
    store: ObjectStore,
    catalog: Catalog,
    queue: ReviewQueue,
    bus: Bus,
    erasure: Erasure,
    topics: Sequence[str],
) -> Left:
    """Return what is left of an erased document, by reading every object, row and message there is."""
    wanted = [each.encode() for each in (*erasure.documents, *erasure.runs)]
    mentions = await _mentions(store, wanted, erasure)
    named, _ = await tree(store, erasure.document_id)
    documents = dict.fromkeys([*named, *await _parts_left(store, mentions, erasure)])
    objects = {
        key
        for each in documents
        async for key in belonging(store, each)
        if await store.head(key) is not None and not await _is_late(store, key)
    }
    objects |= {gone.key for gone in erasure.objects if await store.head(gone.key) is not None}
    rows = await _rows(catalog, queue, tuple(documents))
    known = await document(catalog, erasure.document_id)
    return Left(
        tuple(sorted(objects)),
        tuple(key for key in mentions if key not in objects),
        rows,
        await _messages(bus, topics, wanted, erasure),
        known.submitted_at if known is not None else None,
    )


async def _parts_left(store: ObjectStore, mentions: Sequence[str], erasure: Erasure) -> list[str]:
    """Return documents taken out of what was erased, which the erasure knows nothing of.

    A part names its packet in its origin, and what lies deeper the outermost one as its family.
    """
    found: list[str] = []
    for key in mentions:
        folder, _, rest = key.removeprefix("documents/").partition("/")
        if rest not in ("origin.json", "family") or folder in (*erasure.documents, *found):
            continue
        try:
            within = await ancestors(store, folder)
        except DamagedObjectError:
            # Told as something that holds the id; verify names it.
            continue
        if any(origin.parent_id in erasure.documents for origin in within):
            found.append(folder)
    return found


async def _is_late(store: ObjectStore, key: str) -> bool:
    """Whether ``key`` is the dead letter of a message that came too late, or the note that leads to it."""
    if "/links/" in key:
        data = await store.fetch(key)
        return data is not None and b'"dead_letters/' in data
    return key.startswith("dead_letters/")


async def _mentions(store: ObjectStore, wanted: Sequence[bytes], erasure: Erasure) -> list[str]:
    """Return the keys that hold an id in their name or their bytes; the receipt and its like left out."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def holds(key: str) -> bool:
        if any(each.decode() in key for each in wanted):
            return True
        async with turn:
            data = await store.fetch(key)
        return data is not None and any(each in data for each in wanted)

    own = ops_keys.erasures(erasure.document_id)
    every = [key async for key in store.list("") if not key.startswith(own)]
    found = await asyncio.gather(*(holds(key) for key in every))
    return [key for key, held in zip(every, found, strict=True) if held]


async def _rows(catalog: Catalog, queue: ReviewQueue, document_ids: Sequence[str]) -> int:
    return await rows_about(catalog, document_ids) + sum(
        [await queue.rows_about(each) for each in document_ids]
    )


async def _messages(bus: Bus, topics: Sequence[str], wanted: Sequence[bytes], erasure: Erasure) -> int:
    """Return how many messages hold an id, reading every topic from its beginning and committing nothing."""
    group = f"erase-{derive_id('erase', erasure.document_id, erasure.number)}"
    found = 0

    def take(records: Sequence[Record]) -> None:
        nonlocal found
        found += sum(any(each in record.body for each in wanted) for record in records)

    await read_out(bus, topics, group, take)
    return found
