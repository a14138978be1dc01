"""Rebuilt from the store alone, the catalog says what the projector made of the messages."""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select, update

from catalog.connect import connect
from catalog.database import Batch, Catalog
from catalog.facts import Fact
from catalog.projector import Projector
from catalog.queries import document
from catalog.rebuild import rebuild
from catalog.tables import documents, facts
from catalog.waiting import dead_letters
from schemas.canonical import canonical_json, derive_id, sha256_hex
from schemas.decided import DecidedField
from schemas.handling import Delivery, Outgoing, Position
from schemas.message import Message
from schemas.records import DeadLettered
from schemas.versions import decode
from store import keys
from store.memory import MemoryStore
from store.retrying import RetryingStore
from store.submissions import InboxNote, keep_note
from tests.contract.catalog.telling import Story, dump
from tests.unit.agents.workshop import OneTry, Workshop, decision

pytestmark = pytest.mark.anyio


class WatchedWorkshop(Workshop):
    """A workshop that keeps every message, as the bus does."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Outgoing] = []

    async def drop(self, text: str | bytes, *, name: str = "slip.txt") -> tuple[str, Outgoing]:
        """Leave a note with the name, as the command line does, and drop."""
        sha256 = sha256_hex(text.encode() if isinstance(text, str) else text)
        event_id = derive_id("drop", name, sha256)
        note = InboxNote(event_id=event_id, name=name, path=f"/in/{name}", at=self.now(), sha256=sha256)
        await keep_note(self.store, note)
        return await super().drop(text, name=name)

    async def drive(self, outgoing: Sequence[Outgoing]) -> None:
        """Keep what comes from outside, and deliver."""
        self.sent += [sent for sent in outgoing if sent.topic != "documents.inbox"]
        before = len(self.published)
        await super().drive(outgoing)
        self.sent += self.published[before:]


async def busy_workshop() -> WatchedWorkshop:
    """Documents accepted, rejected, corrected, run again, lost to a defect, known by two names."""
    workshop = WatchedWorkshop()
    for n in range(4):
        await workshop.submit(f"SLIP\nshop: Shop {n} Ltd\ntotal: {n + 1}.00\n", name=f"sure {n}.txt")
    await workshop.submit("REFUSE password_required\n", name="locked.pdf")
    await workshop.submit("LETTER\nDear all\n", name="letter.txt")
    doubtful = await workshop.submit("SLIP\nshop: Bakery Ltd\ntotal? 9.00\n", name="doubtful.txt")
    corrected = (DecidedField(name="total", raw="9.50", value="9.50"),)
    await workshop.decide(decision(workshop, doubtful, fields=corrected))
    workshop.prompt_version = "1.1"
    await workshop.submit("SLIP\nshop: Shop 1 Ltd\ntotal: 2.00\n", name="again.txt")
    # The same bytes, release and run: nothing is computed, but the second name is known.
    await workshop.submit("LETTER\nDear all\n", name="copy of letter.txt")
    await bury(workshop, json.loads(workshop.sent[0].body))
    return workshop


async def bury(workshop: WatchedWorkshop, event: dict[str, Any]) -> None:
    """Leave a dead letter as the bus leaves it: the object with the original bytes, and the message."""
    key = keys.dead_letter(str(event["id"]), 1)
    at = workshop.now()
    letter = {
        "event_id": event["id"],
        "number": 1,
        "error_class": "exhausted",
        "reason": "exhausted",
        "sentence": "the model did not answer",
        "topic": "documents.classified",
        "partition": 0,
        "offset": 3,
        "agent": "extraction",
        "attempts": 4,
        "body": "e30=",
        "at": at.isoformat(),
        "document_id": event["subject"],
        "run_id": event["run"],
    }
    ref = (await workshop.store.create(key, canonical_json(letter))).ref
    await workshop.store.create(keys.redrive_mark(str(event["id"]), 1), b"{}")
    message: Message = DeadLettered(
        event_id=event["id"],
        origin_topic="documents.classified",
        origin_partition=0,
        origin_offset=3,
        agent="extraction",
        error_class="exhausted",
        reason="exhausted",
        attempts=4,
        dead_letter=ref,
        run_id=event["run"],
    )
    workshop.time = at
    sealed = workshop.message(message, event_id=derive_id("event", key, 0), subject=event["subject"])
    body = sealed.body.replace(json.loads(sealed.body)["time"].encode(), at.isoformat().encode())
    workshop.sent.append(Outgoing(sealed.topic, sealed.key, sealed.event_id, body))


async def project(catalog: Catalog, store: MemoryStore, sent: Sequence[Outgoing]) -> None:
    projector = Projector(catalog, store)
    for place, one in enumerate(sent):
        if any(kind.event == one.topic for kind in projector.consumes):
            delivery = Delivery(decode(one.topic, one.body), Position(one.topic, 0, place), OneTry())
            assert await projector.handle(delivery) == ()


async def test_the_projector_and_a_rebuild_make_the_same_catalog(url: str) -> None:
    workshop = await busy_workshop()
    seen = []
    for turn in range(3):
        async with connect(url.replace("doctrail.db", f"projected {turn}.db")) as catalog:
            sent = workshop.sent * min(turn + 1, 2)
            if turn:
                random.Random(turn).shuffle(sent)
            await project(catalog, workshop.store, sent)
            seen.append(await dump(catalog))
    async with connect(url) as catalog:
        progress: list[int] = []
        done = await rebuild(catalog, workshop.store, progress=progress.append)
        rebuilt = await dump(catalog)

    assert seen[0] == seen[1] == seen[2] == rebuilt
    assert done.problems == ()
    assert (done.facts, done.documents) == (len(rebuilt["facts"]), 7)
    assert progress[-1] == done.facts
    states = {row["name"]: row["state"] for row in rebuilt["documents"]}
    assert states["sure 2.txt"] == states["doubtful.txt"] == states["sure 1.txt"] == "accepted"
    assert states["locked.pdf"] == "rejected"
    assert len({row["name"] for row in rebuilt["submissions"]}) == 9


async def test_a_rebuild_mends_what_was_changed_and_removes_what_the_store_does_not_know(
    catalog: Catalog,
) -> None:
    workshop = await busy_workshop()
    await rebuild(catalog, workshop.store)
    sound = await dump(catalog)
    await catalog.change("spoil", lambda c: c.execute(update(facts).values(status="split", doc_type="x")))
    await catalog.change("spoil", lambda c: c.execute(update(documents).values(state="split")))
    await Story("a stranger").submitted().into(catalog)

    done = await rebuild(catalog, workshop.store)

    assert await dump(catalog) == sound
    assert done.removed == 2


async def test_what_is_projected_while_a_rebuild_runs_stays(catalog: Catalog) -> None:
    workshop = await busy_workshop()
    late = Story("came meanwhile").submitted().classified()
    told = False

    class Interrupting(RetryingStore):
        """Lets something happen in the middle of the listing."""

        async def fetch(self, key: str) -> bytes | None:
            nonlocal told
            if not told:
                told = True
                await late.into(catalog)
            return await super().fetch(key)

    done = await rebuild(catalog, Interrupting(workshop.store, OneTry()))

    row = await document(catalog, late.document_id)
    assert row is not None
    assert (row.state, row.name) == ("classified", "came meanwhile")
    assert done.removed == 0


async def test_a_damaged_object_is_named_and_what_was_known_of_its_document_stays(catalog: Catalog) -> None:
    workshop = await busy_workshop()
    await rebuild(catalog, workshop.store)
    sound = await dump(catalog)
    damaged = next(key for key in workshop.store.objects if "/outcomes/" in key and "/validation/" in key)
    workshop.store.objects[damaged] = workshop.store.objects[damaged][:50]

    done = await rebuild(catalog, workshop.store)

    assert len(done.problems) == 1
    assert damaged in done.problems[0]
    assert await dump(catalog) == sound


async def test_a_dead_letter_that_can_not_be_read_is_named_and_stays_listed(catalog: Catalog) -> None:
    workshop = await busy_workshop()
    await rebuild(catalog, workshop.store)
    sound = await dump(catalog)
    damaged = next(key for key in workshop.store.objects if key.startswith("dead_letters/"))
    workshop.store.objects[damaged] = workshop.store.objects[damaged][:50]

    done = await rebuild(catalog, workshop.store)

    assert (len(done.problems), done.removed) == (1, 0)
    assert await dump(catalog) == sound


@pytest.mark.parametrize("generation", [1, 3], ids=["begun before", "begun after"])
async def test_two_rebuilds_at_once_take_nothing_from_each_other(url: str, generation: int) -> None:
    workshop = await busy_workshop()

    async def beside() -> None:
        async with connect(url) as other:
            rows = await other.read(select(facts))
            known = [Fact(**{name: row[name] for name in Fact.__slots__}) for row in rows]
            await other.keep(Batch(known, generation=generation))

    def meanwhile(read: int) -> None:
        if read:
            thread = threading.Thread(target=lambda: asyncio.run(beside()))
            thread.start()
            thread.join()

    async with connect(url) as catalog:
        await rebuild(catalog, workshop.store)
        sound = await dump(catalog)

        done = await rebuild(catalog, workshop.store, progress=meanwhile)

        assert await dump(catalog) == sound
    assert done.removed == 0


async def test_a_dead_letter_that_was_sent_again_stays_listed_until_it_is_answered(catalog: Catalog) -> None:
    workshop = await busy_workshop()

    await rebuild(catalog, workshop.store)

    (letter,) = [letter async for letter in dead_letters(catalog)]
    assert (letter.agent, letter.error_class, letter.attempts) == ("extraction", "exhausted", 4)


async def test_an_unreadable_artifact_leaves_its_columns_empty_and_the_fact_in_place(
    catalog: Catalog,
) -> None:
    workshop = await busy_workshop()
    for key in list(workshop.store.objects):
        if "/results/gatekeeper/" in key:
            del workshop.store.objects[key]

    await project(catalog, workshop.store, workshop.sent)

    rows = (await dump(catalog))["documents"]
    assert {row["doc_type"] for row in rows} == {None}
    assert "accepted" in {row["state"] for row in rows}
