"""A catalog that breaks under the projector stops it; no message is given up, and a rebuild mends it."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from bus.breaker import Breakers
from bus.sqlite import SqliteBus
from bus.worker import Worker, WorkerSettings
from catalog.connect import connect
from catalog.database import Catalog
from catalog.errors import CatalogDamagedError
from catalog.projector import Projector
from catalog.tables import facts
from schemas.topics import TOPICS
from store.memory import MemoryStore
from tests.contract.bus.support import event, finished, now, running

pytestmark = pytest.mark.anyio


def projector(bus: SqliteBus, catalog: Catalog, store: MemoryStore) -> Worker:
    return Worker(
        bus, Projector(catalog, store), store, settings=WorkerSettings(), breakers=Breakers(), now=now
    )


async def test_a_damaged_catalog_stops_the_projector_and_a_new_one_takes_up_every_message(
    tmp_path: Path,
) -> None:
    store = MemoryStore()
    async with SqliteBus(tmp_path / "bus.db", now=now) as bus:
        await bus.ensure_topics(tuple(TOPICS))
        await bus.publish([event(0)])
        async with connect(f"sqlite:///{tmp_path}/catalog.db") as catalog:
            other = sqlite3.connect(tmp_path / "catalog.db")
            other.execute("DROP TABLE facts")
            other.close()
            with pytest.raises(CatalogDamagedError, match="run doctrail catalog rebuild"):
                await projector(bus, catalog, store).run(asyncio.Event())
        async with connect(f"sqlite:///{tmp_path}/new.db") as catalog:
            async with running(projector(bus, catalog, store)):
                await finished(bus, "catalog", [topic for topic in TOPICS if topic != "documents.inbox"])
            found = await catalog.read(facts.select())

    assert [row["fact_id"] for row in found] == [event(0).event_id]
    assert not [key for key in store.objects if key.startswith("dead_letters/")]
