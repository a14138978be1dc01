"""What people said of records, kept under their documents and found again by day."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date

from schemas.canonical import canonical_json
from schemas.layout import Frozen
from schemas.reviewed import ReviewedRecord
from store import keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import seal, unsealed
from store.submissions import note_link

_AT_ONCE = 32


class DayNote(Frozen):
    """That something was said on a day, and where it is kept."""

    document_id: str
    key: str


async def keep_reviewed(store: ObjectStore, record: ReviewedRecord) -> None:
    """Keep what a person said, create-once."""
    key = keys.reviewed(record.document_id, record.decision_id)
    await store.create(key, seal(record))
    day = keys.reviewed_on(record.reviewed_at.date().isoformat(), record.decision_id)
    await note_link(store, record.document_id, day)
    await store.create(day, canonical_json(DayNote(document_id=record.document_id, key=key)))


async def reviewed_in(store: ObjectStore, document_id: str, decision_id: str) -> ReviewedRecord | None:
    """Return what a person said with one decision; None where it told nothing of fields, or not yet.

    Raises:
        DamagedObjectError: The record can't be read back.
    """
    key = keys.reviewed(document_id, decision_id)
    data = await store.fetch(key)
    return None if data is None else parse(unsealed(data), ReviewedRecord, key)


async def reviewed_between(
    store: ObjectStore, first: date, last: date, *, refused: bool = False
) -> list[ReviewedRecord]:
    """Return what people said from ``first`` to ``last``, both included (UTC), oldest first.

    Args:
        store: Where it lies.
        first: Day.
        last: Day.
        refused: Those of documents that are of another type, several or none, too: there is nothing to learn
            from them, and to estimates they are errors.

    Raises:
        DamagedObjectError: A record can't be read back.
    """
    days = [day async for day in store.folders("reviewed")]
    wanted = [day for day in days if first.isoformat() <= day <= last.isoformat()]
    noted = [key for day in wanted async for key in store.list(f"reviewed/{day}")]
    every = [record for record in await _all(store, noted) if record is not None]
    found = [record for record in every if refused or record.refused is None]
    return sorted(found, key=lambda record: (record.reviewed_at, record.decision_id))


async def _all(store: ObjectStore, noted: Sequence[str]) -> list[ReviewedRecord | None]:
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(key: str) -> ReviewedRecord | None:
        async with turns:
            note = await store.fetch(key)
            if note is None:
                return None
            place = parse(note, DayNote, key).key
            data = await store.fetch(place)
            # Erased with its document while we read, or a crash between the two writes.
            return None if data is None else parse(unsealed(data), ReviewedRecord, place)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(key)) for key in noted]
    return [task.result() for task in tasks]
