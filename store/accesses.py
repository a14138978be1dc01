"""Who read which documents: one note per reading, kept by day; it outlives the documents it names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import date, datetime
from typing import Literal

from pydantic import AwareDatetime

from schemas.canonical import digest
from store import ops_keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal

Way = Literal["review", "trace", "show", "records", "export"]
"""In which way something of a document was read."""
_AT_ONCE = 32


class Access(Sealed):
    """That somebody was shown documents.

    Attributes:
        who: A reviewer's id, or the user of the system who typed the command.
        documents: Their ids, sorted.
    """

    at: AwareDatetime
    who: str
    way: Way
    documents: tuple[str, ...]


async def note_access(store: ObjectStore, at: datetime, who: str, way: Way, documents: Iterable[str]) -> None:
    """Keep that somebody reads ``documents``; nothing is kept where there are none."""
    shown = tuple(sorted(set(documents)))
    if shown:
        access = Access(at=at, who=who, way=way, documents=shown)
        # Whoever looks twice in a minute looked once.
        minute = at.replace(second=0, microsecond=0).isoformat()
        key = ops_keys.access(at.date().isoformat(), digest([minute, who, way, shown]))
        await store.create(key, seal(access))


async def accesses(
    store: ObjectStore, *, since: date, until: date, document_id: str | None = None, who: str | None = None
) -> AsyncIterator[Access]:
    """Yield who read what from ``since`` to ``until``, both included (UTC), the oldest first.

    Raises:
        DamagedObjectError: A note can't be read back.
    """
    days = [day async for day in store.folders(ops_keys.ACCESSES)]
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(key: str) -> Access | None:
        async with turns:
            data = await store.fetch(key)
        return None if data is None else parse(data, Access, key)

    for day in sorted(days):
        if not since.isoformat() <= day <= until.isoformat():
            continue
        noted = [key async for key in store.list(f"{ops_keys.ACCESSES}/{day}")]
        found = [access for access in await asyncio.gather(*map(one, noted)) if access is not None]
        for access in sorted(found, key=lambda access: (access.at, access.who)):
            if (who is None or access.who == who) and (
                document_id is None or document_id in access.documents
            ):
                yield access
