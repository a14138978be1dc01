"""What a document was found to hold, told by whatever its Gatekeeper wrote: as little as it came to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from itertools import count

from pydantic import BaseModel

from schemas.packets import child_id
from store import keys
from store.children import load_origin
from store.parsing import DamagedObjectError, parse
from store.protocol import ObjectStore
from store.stages import Outcome

_AT_ONCE = 16
_PROBED = 16
"""Numbers of parts that are looked for at once; where none of them is there, no later ones are."""


class _Named(BaseModel):
    document_id: str


class _Holder(BaseModel):
    """A reading or a classification, of whatever version."""

    children: tuple[_Named, ...] = ()


async def parts_of(store: ObjectStore, document_id: str) -> AsyncIterator[str]:
    """Yield the parts that are named in a document's folder, whether or not they were announced.

    Raises:
        DamagedObjectError: What names them can't be read.
    """
    folder = keys.document(document_id)
    for stage in ("reading", "gatekeeper"):
        async for key in store.list(f"{folder}/results/{stage}"):
            if (data := await store.fetch(key)) is not None:
                for child in parse(data, _Holder, key).children:
                    yield child.document_id
    async for key in store.list(f"{folder}/outcomes"):
        if key.split("/")[4] == "gatekeeper" and (data := await store.fetch(key)) is not None:
            # Its result may be gone already; a part that is withdrawn is named here alone.
            for message in parse(data, Outcome, key).messages:
                if message.key != document_id:
                    yield message.key


async def unnamed_parts(store: ObjectStore, document_id: str) -> AsyncIterator[str]:
    """Yield the parts whose bytes stand in the store though their packet was never read to its end.

    Their ids follow from the packet's: an archive counts from 1, an e-mail from 1.1. Numbers are missing
    where something in it is no document; what lies in a nest of MIME parts is not found like this.
    """
    for first in count(1, _PROBED):
        numbers = range(first, first + _PROBED)
        places = [f"part/{within}{number}" for number in numbers for within in ("", "1.")]
        parts = [child_id(document_id, place) for place in places]
        sizes = await asyncio.gather(*(store.head(keys.original(part)) for part in parts))
        found = [part for part, size in zip(parts, sizes, strict=True) if size is not None]
        for part in found:
            yield part
        if not found:
            return


async def was_read(store: ObjectStore, document_id: str) -> bool:
    """Whether a document was read to its end, so that its parts are named."""
    return bool([key async for key in store.list(f"{keys.document(document_id)}/results/reading")])


async def strays(store: ObjectStore, documents: Collection[str]) -> list[str]:
    """Return what was taken out of ``documents`` and is none of them, by reading every origin there is."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def parent_of(document_id: str) -> str | None:
        async with turn:
            try:
                origin = await load_origin(store, document_id)
            except DamagedObjectError:
                # Perhaps of a document that has nothing to do with it; verify names it.
                return None
        return None if origin is None else origin.parent_id

    every = [one async for one in store.folders("documents") if one not in documents]
    parents = dict(zip(every, await asyncio.gather(*map(parent_of, every)), strict=True))
    found: list[str] = []
    known = set(documents)
    while more := [one for one, parent in parents.items() if parent in known and one not in known]:
        known.update(more)
        found += more
    return found
