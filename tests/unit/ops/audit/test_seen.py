"""What the audit sees of a period: all are counted, and only of those that are read it keeps by what."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from catalog.connect import connect
from ops.audit.seen import look
from schemas.canonical import digest
from store.memory import MemoryStore
from tests.contract.catalog.telling import START, Story

pytestmark = pytest.mark.anyio


async def test_of_each_day_the_smallest_digests_are_read_and_of_the_others_nothing_is_kept(
    tmp_path: Path,
) -> None:
    days = (START, START + timedelta(days=1))
    stories = [
        Story(f"{number} of {day:%d}", start=day).submitted().classified().extracted().completed(1)
        for day in days
        for number in range(6)
    ]
    async with connect(f"sqlite:///{tmp_path}/c.db") as catalog:
        for story in stories:
            await story.into(catalog)
        period = await look(MemoryStore(), catalog, since=START, until=START + timedelta(days=2), per_day=2)

    smallest = {
        story.document_id
        for first in (0, 6)
        for story in sorted(stories[first : first + 6], key=lambda one: digest(["audit", one.document_id]))[
            :2
        ]
    }
    assert {seen.way.document_id for seen in period.documents} == smallest
    assert period.share == {day.date(): 2 / 6 for day in days}
    assert len(period.ways) == 12
    for way in period.ways.values():
        assert (way.ending, way.doc_type, way.done_at is not None) == ("accepted", "lease", True)
        assert (way.accepted is not None) == (way.record is not None) == (way.document_id in smallest)
