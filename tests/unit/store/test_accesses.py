"""The notes of who read which documents."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from store.accesses import Access, accesses, note_access
from store.memory import MemoryStore

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 3, 5, 12, 0, 30, tzinfo=UTC)
ONE, OTHER = "1" * 64, "2" * 64


async def noted(store: MemoryStore, first: date, last: date, **only: str) -> list[Access]:
    return [one async for one in accesses(store, since=first, until=last, **only)]


async def test_readings_are_found_by_day_by_document_and_by_person_the_oldest_first() -> None:
    store = MemoryStore()
    await note_access(store, NOON, "ben", "trace", [ONE])
    await note_access(store, NOON - timedelta(days=1), "ann", "records", [OTHER, ONE, ONE])
    await note_access(store, NOON - timedelta(days=9), "ann", "show", [ONE])
    today, lately = NOON.date(), NOON.date() - timedelta(days=3)

    assert [(one.who, one.documents) for one in await noted(store, lately, today)] == [
        ("ann", (ONE, OTHER)),
        ("ben", (ONE,)),
    ]
    assert [one.who for one in await noted(store, lately, today, document_id=OTHER)] == ["ann"]
    assert [one.way for one in await noted(store, date.min, today, who="ann")] == ["show", "records"]


async def test_a_reading_is_noted_once_a_minute_and_none_where_nothing_was_shown() -> None:
    store = MemoryStore()
    for seconds in (0, 20, 40):
        await note_access(store, NOON + timedelta(seconds=seconds), "ann", "review", [ONE])
    await note_access(store, NOON, "ann", "records", [])

    found = await noted(store, NOON.date(), NOON.date())
    assert [one.at for one in found] == [NOON, NOON + timedelta(seconds=40)]
