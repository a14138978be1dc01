from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.settings import Settings
from app.wiring import open_doctrail
from schemas.documents import DocumentSubmitted
from schemas.handling import Outgoing

pytestmark = pytest.mark.anyio

THEN = datetime(2031, 5, 4, 3, 2, 1, tzinfo=UTC)


async def test_messages_are_dated_by_the_clock_that_an_installation_was_opened_with(tmp_path: Path) -> None:
    topic = DocumentSubmitted.event
    async with open_doctrail(Settings(home=tmp_path / "home"), now=lambda: THEN) as doctrail:
        await doctrail.bus.publish([Outgoing(topic, "key", "id", b"{}")])
        async with doctrail.bus.consumer([topic], "reader") as consumer:
            (record,) = await consumer.poll(1, 60)

    assert record.timestamp == THEN
