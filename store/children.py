"""Where a child document comes from, kept in its own folder: a message is forgotten, this is not."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.objects import ObjectRef
from store import keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal
from store.stages import Outcome, SealedMessage


class Origin(Sealed):
    """What a child was taken out of; written by its parent's Gatekeeper before it is announced.

    Attributes:
        place: Within the parent, as in the parent's classification.
        pages: First and last page in the parent, for a page range.
        name: As the container calls it.
        depth: 1 for what lies in a submitted file, 2 for what lies in that, …
        original: The bytes to read: its own, or for a page range the file's that it is a part of; None
            where there are none to be had.
        first_page: Page of ``original`` that is this document's first, from 1.
        submission_id: The submission that led here, where there is one.
    """

    document_id: str
    parent_id: str
    place: str
    pages: tuple[int, int] | None = None
    name: str | None = None
    depth: int
    original: ObjectRef | None = None
    first_page: int = 1
    submission_id: str | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """A document as something that may hold others: its bytes, where in them it begins, how deep it lies."""

    original: ObjectRef | None
    first_page: int = 1
    depth: int = 0


async def keep_origin(store: ObjectStore, origin: Origin) -> Origin:
    """Write where a child comes from and return what stands."""
    key = keys.origin(origin.document_id)
    return parse((await store.create(key, seal(origin))).data, Origin, key)


async def load_origin(store: ObjectStore, document_id: str) -> Origin | None:
    """Return where a document was taken out of; None for one that was submitted by itself."""
    data = await store.fetch(keys.origin(document_id))
    return None if data is None else parse(data, Origin, keys.origin(document_id))


async def holding(store: ObjectStore, document_id: str) -> Holding:
    """Return the bytes a document is read from, whatever it was taken out of."""
    origin = await load_origin(store, document_id)
    if origin is not None:
        return Holding(origin.original, origin.first_page, origin.depth)
    key = keys.original(document_id)
    size = await store.head(key)
    if size is None:
        return Holding(None)
    return Holding(ObjectRef(uri=key, sha256=document_id, size=size, media_type="application/octet-stream"))


async def ancestors(store: ObjectStore, document_id: str) -> list[Origin]:
    """Return where a document comes from, and where that comes from, nearest first."""
    found: list[Origin] = []
    origin = await load_origin(store, document_id)
    while origin is not None:
        found.append(origin)
        origin = await load_origin(store, origin.parent_id)
    return found


async def messages_about(store: ObjectStore, origin: Origin) -> list[SealedMessage]:
    """Return what a document's packet has sent about it, in whatever run.

    Raises:
        DamagedObjectError: An outcome of the packet can't be read.
    """
    found: list[SealedMessage] = []
    async for key in store.list(f"{keys.document(origin.parent_id)}/outcomes"):
        if key.split("/")[4] == "gatekeeper":
            outcome = parse(await store.fetch(key) or b"", Outcome, key)
            found += [message for message in outcome.messages if message.key == origin.document_id]
    return found
