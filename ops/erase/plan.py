"""What goes when a document is erased, read from the store before anything is touched."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from itertools import chain

from ops.erase.parts import parts_of, strays, unnamed_parts, was_read
from schemas.canonical import sha256_hex
from schemas.errors import PermanentError
from store import keys
from store.children import ancestors
from store.erasures import Gone, erasures
from store.protocol import ObjectStore
from store.releases import run_slots
from store.submissions import links
from store.verify import QUARANTINE


class PartOfPacketError(PermanentError):
    """A part is erased with its packet only: the packet's own bytes hold it too."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes.

    Attributes:
        documents: The document and everything within it, packets before what they hold.
        runs: Their runs.
        objects: Every object, what lies outside the documents' folders first, links last.
    """

    documents: tuple[str, ...]
    runs: tuple[str, ...]
    objects: tuple[Gone, ...]


async def top_of(store: ObjectStore, document_id: str, *, packet: bool) -> str:
    """Return the document to erase: itself, or its outermost packet.

    Raises:
        PartOfPacketError: It is part of a packet, and the packet may not go.
    """
    within = await ancestors(store, document_id)
    if not within:
        return document_id
    top = within[-1].parent_id
    if not packet:
        raise PartOfPacketError(
            f"document {document_id[:12]} is part of packet {top[:12]}, whose bytes hold it too: "
            "give --packet to erase the packet with everything in it",
            reason="part_of_packet",
        )
    return top


async def plan_erasure(store: ObjectStore, document_id: str) -> Plan:
    """Return everything that goes with a document, with the digest of each object.

    Of one that was erased before every origin is looked at: what led to its parts went then.
    """
    documents, runs = await tree(store, document_id, everywhere=bool(await erasures(store, document_id)))
    found: dict[str, Gone] = {}
    for each in documents:
        async for key in belonging(store, each):
            data = None if key in found else await store.fetch(key)
            if data is not None:
                found[key] = Gone(key=key, sha256=sha256_hex(data))
    for run_id in runs:
        data = await store.fetch(keys.run(run_id))
        if data is not None:
            found[keys.run(run_id)] = Gone(key=keys.run(run_id), sha256=sha256_hex(data))
    objects = sorted(found.values(), key=lambda gone: (_order(gone.key), gone.key))
    return Plan(tuple(documents), tuple(runs), tuple(objects))


async def belonging(store: ObjectStore, document_id: str) -> AsyncIterator[str]:
    """Yield the keys of everything that belongs to one document, wherever it lies."""
    for key in await links(store, document_id):
        yield key
        if key.startswith("dead_letters/"):
            yield f"{key.removesuffix('.json')}.redriven.json"
    async for key in store.list(f"{QUARANTINE}/{keys.document(document_id)}"):
        yield key
    for slot in await run_slots(store, document_id):
        yield keys.run(slot.run_id)
    async for key in store.list(keys.document(document_id)):
        yield key


async def tree(
    store: ObjectStore, document_id: str, *, everywhere: bool = False
) -> tuple[list[str], list[str]]:
    """Return a document with everything within it, and their runs.

    Args:
        store: Where they lie.
        document_id: The outermost document.
        everywhere: Look also for parts that nothing in their packet's folder leads to.
    """
    before = [one for one, _ in await erasures(store, document_id)]
    gone = {one.key for erasure in before for one in erasure.objects}
    # What went with it before may have been written about since; nothing else leads there any more.
    documents, runs = (
        list(dict.fromkeys([document_id, *chain.from_iterable(one.documents for one in before)])),
        list[str](),
    )
    if everywhere:
        documents += await strays(store, documents)
    for each in documents:
        runs += [slot.run_id for slot in await run_slots(store, each)]
        found = [part async for part in parts_of(store, each)]
        if await _was_begun(store, each, gone):
            found += [part async for part in unnamed_parts(store, each)]
        documents += [part for part in dict.fromkeys(found) if part not in documents]
    return documents, runs


async def _was_begun(store: ObjectStore, document_id: str, gone: Collection[str]) -> bool:
    """Whether a document has or had bytes, and nothing tells that they were read to their end."""
    readings = f"{keys.document(document_id)}/results/reading/"
    original = keys.original(document_id)
    if any(key.startswith(readings) for key in gone) or await was_read(store, document_id):
        return False
    return original in gone or await store.head(original) is not None


def _order(key: str) -> int:
    """What leads to other things goes after them, so that a second attempt still finds those."""
    if not key.startswith("documents/"):
        return 0
    folder = key.split("/")[2]
    return {"runs": 2, "outcomes": 2, "results": 2, "links": 3}.get(folder, 1)
