"""A backup of the queue while decisions go out: none that it has no message of counts as announced."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bus.protocol import Outgoing
from bus.sqlite import SqliteBus
from ops.backup.form import REVIEWS, BackupError
from ops.backup.saving import save
from review.queue import dumping
from review.queue.queue import ReviewQueue
from review.queue.tables import metadata
from schemas.documents import DocumentSubmitted
from schemas.topics import READ
from store.memory import MemoryStore
from tests.contract.review.conftest import ANNA, NOW, Hand, claimed, handed, task
from tests.unit.ops.slow_bus import SlowBus

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[SqliteBus]:
    async with SqliteBus(tmp_path / "bus.db", now=lambda: NOW) as opened:
        await opened.ensure_topics(tuple(READ))
        yield opened


class Publishing:
    """A bus during whose first look a decision is announced elsewhere."""

    def __init__(self, bus: SqliteBus, queue: ReviewQueue, clock: Hand, decision_id: str) -> None:
        self._bus, self._queue, self._clock, self._decision_id = bus, queue, clock, decision_id

    def __getattr__(self, name: str) -> object:
        return getattr(self._bus, name)

    async def lag(self, group: str, topics: list[str]) -> Any:
        found = await self._bus.lag(group, topics)
        self._clock.on(seconds=1)
        await self._queue.published(self._decision_id)
        return found


async def released(queue: ReviewQueue, clock: Hand, name: str) -> str:
    await queue.enrol([task(name)])
    _, lease = await claimed(queue, ANNA)
    receipt = await queue.submit(handed(lease))
    clock.on(seconds=15)
    await queue.release_due()
    return receipt.decision_id


async def test_a_decision_announced_while_the_backup_is_made_is_announced_again_by_whoever_restores_it(
    queue: ReviewQueue, clock: Hand, bus: SqliteBus, tmp_path: Path
) -> None:
    before, meanwhile = await released(queue, clock, "a"), await released(queue, clock, "b")
    await queue.published(before)
    clock.on(seconds=1)
    busy: Any = Publishing(bus, queue, clock, meanwhile)

    await save(MemoryStore(), busy, queue, tmp_path / "copy", now=NOW, version="test")

    assert await queue.to_publish() == []
    rows = [json.loads(line) for line in (tmp_path / "copy" / REVIEWS).read_text().splitlines()]
    await queue.database.write("clear", _cleared)
    await queue.database.write("restore", lambda tx: dumping.load(tx, rows))
    assert [one.decision_id for one in await queue.to_publish()] == [meanwhile]


def _cleared(tx: Any) -> None:
    for table in reversed(metadata.sorted_tables):
        tx.connection.execute(table.delete())


async def test_a_bus_that_does_not_deliver_what_waits_makes_no_backup(
    queue: ReviewQueue, bus: SqliteBus, tmp_path: Path
) -> None:
    await bus.publish([Outgoing(DocumentSubmitted.event, "d", "e", b"one")])
    slow: Any = SlowBus(bus, 3)
    stuck: Any = SlowBus(bus, None)

    made = await save(MemoryStore(), slow, queue, tmp_path / "slow", now=NOW, version="test")
    with pytest.raises(BackupError, match=r"no backup was made: .* \(1 of documents\.submitted\)"):
        await save(MemoryStore(), stuck, queue, tmp_path / "stuck", now=NOW, version="test")

    assert made.unfinished == 1
    assert not (tmp_path / "stuck" / "manifest.json").exists()
