"""What is true once `submit --wait` and `run --drain` have come back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from app.engine import Engine, until_idle
from app.wiring import Doctrail
from catalog.database import Batch, Catalog
from catalog.projector import Projector
from catalog.queries import list_documents
from ops.progress import awaited, end_of
from ops.submit import submit_file
from schemas.errors import TransientError
from tests.contract.bus.faulty import FaultyBus
from tests.integration.installation import Installation, copy_of_types, settings_in


class HeldCatalog:
    """A catalog that keeps nothing before it is let go."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.let_go = asyncio.Event()

    async def keep(self, batch: Batch) -> None:
        await self.let_go.wait()
        await self._catalog.keep(batch)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalog, name)


def test_status_shows_the_ends_that_were_waited_for_however_slow_the_catalog_is(tmp_path: Path) -> None:
    # One message in hand at a time: the projector's other messages are unread when the document rests.
    settings = settings_in(tmp_path, doctypes=copy_of_types(tmp_path, trained=False), window=1)
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Ms Stone,\nthank you for your visit.\nYours,\nA. Miller\n", encoding="utf-8")

    async def work(doctrail: Doctrail) -> str:
        held = HeldCatalog(doctrail.catalog)
        slow = replace(doctrail, catalog=cast("Catalog", held))
        sent = awaited(
            await submit_file(doctrail.store, doctrail.bus, letter, now=doctrail.now(), max_bytes=1_000_000)
        )

        async def until_shown(engine: Engine) -> None:
            while await end_of(doctrail.store, sent) is None:
                await engine.pause()
            showing = asyncio.create_task(engine.shown(Projector.name))
            held.let_go.set()
            await showing

        await Engine(slow).run(until_shown)
        (row,) = [row async for row in list_documents(doctrail.catalog)]
        return row.state

    assert Installation(settings).open(work) == "in_review"


def test_a_drain_waits_while_nobody_can_say_what_is_left_to_do(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, doctypes=copy_of_types(tmp_path, trained=False))
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Ms Stone,\nthank you for your visit.\nYours,\nA. Miller\n", encoding="utf-8")
    installation = Installation(settings)
    installation.submit(letter, wait=False)

    async def work(doctrail: Doctrail) -> None:
        bus = FaultyBus(doctrail.bus)
        bus.fail("lag", "before", lambda: TransientError("no broker answered", target="bus"), times=3)
        await Engine(replace(doctrail, bus=bus)).run(until_idle)

    installation.open(work)

    assert installation.row(letter).state == "in_review"
