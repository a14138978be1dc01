"""Erasing a packet while its Gatekeeper takes it apart: the parts go too, or are named as left."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bus.sqlite import SqliteBus
from catalog.database import Catalog
from ops.erase.erasing import erase
from ops.erase.search import Left, search
from pages.reader import ReadDocument, Refusal, Unpacked
from review.queue.database import connect
from review.queue.lanes import LanePolicy
from review.queue.queue import ReviewQueue
from schemas.canonical import sha256_hex
from schemas.handling import Outgoing
from schemas.objects import ObjectRef
from schemas.packets import child_id
from store import keys
from store.children import Origin, keep_origin
from store.erasures import ErasedError, Receipt, erasures, refuse_erased
from store.memory import SimulatedCrash
from tests import review_tables
from tests.unit.agents.line_reader import LineReader
from tests.unit.agents.slips import SURE
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio
PLACES = ("part/1", "part/2")
INNER = json.dumps({"holds": {"passport-jane-doe.pdf": SURE}})
MAIL = json.dumps({"holds": {"inner.zip": INNER, "slip.txt": SURE.replace("Bakery", "Dairy")}})


@pytest.fixture
async def queue(tmp_path: Path) -> AsyncIterator[ReviewQueue]:
    review_tables.make(tmp_path / "reviews.db")
    async with connect(f"sqlite:///{tmp_path}/reviews.db") as database:
        yield ReviewQueue(database, LanePolicy(quotas={}))


class Office:
    """An operator's hands on a workshop."""

    def __init__(self, workshop: Workshop, catalog: Catalog, queue: ReviewQueue, bus: SqliteBus) -> None:
        self.workshop, self.catalog, self.queue, self.bus = workshop, catalog, queue, bus

    async def taken_in(self) -> tuple[str, list[Outgoing]]:
        """Let a mail come as far as its Gatekeeper."""
        document_id, dropped = await self.workshop.drop(MAIL, name="mail.eml")
        return document_id, list(await self.workshop.deliver(self.workshop.handlers[0], dropped))

    async def erase(self, document_id: str, store: Any = None) -> Receipt:
        return await erase(
            store or self.workshop.store,
            self.catalog,
            self.queue,
            document_id,
            reason="asked for",
            by="ann",
            now=self.workshop.now,
        )

    async def left(self, document_id: str) -> Left:
        erasure = (await erasures(self.workshop.store, document_id))[-1][0]
        return await search(self.workshop.store, self.catalog, self.queue, self.bus, erasure, ())

    def documents(self) -> list[str]:
        return sorted(key for key in self.workshop.store.objects if key.startswith("documents/"))


@pytest.fixture
def office(workshop: Workshop, catalog: Catalog, queue: ReviewQueue, bus: SqliteBus) -> Office:
    return Office(workshop, catalog, queue, bus)


class Meanwhile:
    """A store beside which agents handle messages, once an erasure is begun."""

    def __init__(self, workshop: Workshop, sent: list[Outgoing]) -> None:
        self._workshop, self._sent = workshop, sent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._workshop.store, name)

    async def create(self, key: str, data: bytes, **more: Any) -> object:
        created = await self._workshop.store.create(key, data, **more)
        if key.endswith(".begun.json"):
            sent, self._sent = self._sent, []
            await self._workshop.drive(sent)
        return created


async def test_parts_that_are_taken_out_while_a_packet_is_erased_go_with_it(office: Office) -> None:
    document_id, sent = await office.taken_in()

    receipt = await office.erase(document_id, Meanwhile(office.workshop, sent))

    inner = child_id(document_id, "part/1")
    parts = {inner, child_id(inner, "part/1"), child_id(document_id, "part/2")}
    assert set(receipt.erasure.documents) == {document_id, *parts}
    assert all(receipt is not None for _, receipt in await erasures(office.workshop.store, document_id))
    assert office.documents() == []
    assert (await office.left(document_id)).clean
    with pytest.raises(ErasedError):
        await refuse_erased(office.workshop.store, inner)


class ErasingReader(LineReader):
    """A reader during whose work somebody erases what is read."""

    office: Office

    async def read(self, data: bytes, *, unpack: bool = True) -> ReadDocument | Unpacked | Refusal:
        found = await super().read(data, unpack=unpack)
        await self.office.erase(sha256_hex(data))
        return found


async def test_a_gatekeeper_whose_packet_is_gone_writes_nothing_of_its_parts_and_announces_none(
    office: Office,
) -> None:
    reader = office.workshop.reader = ErasingReader()
    reader.office = office
    office.workshop.restart()
    document_id, (sent,) = await office.taken_in()

    with pytest.raises(ErasedError):
        await office.workshop.deliver(office.workshop.handlers[1], sent)

    assert not any(child_id(document_id, place) in key for place in PLACES for key in office.documents())


async def test_bytes_of_a_part_that_come_after_its_packet_went_are_found_and_go_when_erased_again(
    office: Office,
) -> None:
    document_id, _ = await office.taken_in()
    await office.erase(document_id)
    late = keys.original(child_id(document_id, "part/1"))
    await office.workshop.store.create(late, b"by a Gatekeeper that had looked just before")

    assert late in (await office.left(document_id)).objects
    again = await office.erase(document_id)
    assert child_id(document_id, "part/1") in again.erasure.documents
    assert office.documents() == []


async def test_parts_of_a_packet_whose_gatekeeper_was_killed_half_way_go_with_it(office: Office) -> None:
    document_id, (sent,) = await office.taken_in()
    store = office.workshop.store
    await store.create(keys.original(child_id(document_id, "part/1.20")), b"as e-mails number them")
    second = keys.original(child_id(document_id, "part/2"))
    store.fail("create", second, moment="after", error=SimulatedCrash)
    with pytest.raises(SimulatedCrash):
        await office.workshop.deliver(office.workshop.handlers[1], sent)

    receipt = await office.erase(document_id)

    assert second in {gone.key for gone in receipt.erasure.objects}
    assert office.documents() == []


async def test_a_part_that_nothing_but_its_origin_leads_to_is_left_and_goes_when_erased_again(
    office: Office,
) -> None:
    document_id, _ = await office.taken_in()
    await office.erase(document_id)
    store, part, place = office.workshop.store, "1" * 36, "part/2"
    created = await store.create(keys.original(part), b"a passport")
    ref: ObjectRef = created.ref
    name = "passport-jane-doe.pdf"
    await keep_origin(
        store,
        Origin(document_id=part, parent_id=document_id, place=place, name=name, depth=1, original=ref),
    )
    await store.create(keys.origin("2" * 36), b"torn")

    found = await office.left(document_id)
    assert found.objects == (keys.origin(part), keys.original(part))
    assert found.mentions == ()
    receipt = await office.erase(document_id)
    assert set(receipt.erasure.documents) == {document_id, part}
    assert office.documents() == [keys.origin("2" * 36)]
