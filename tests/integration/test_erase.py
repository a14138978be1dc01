"""Erasing a document: all of it goes, the rest stays, and what comes too late is refused."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.actions.erase import erase_due
from app.clock import utc_now
from app.reviewing import open_queue
from app.wiring import Doctrail
from bus.dead_letters import dead_letter_keys
from ops.erase.erasing import erase
from ops.erase.search import Left, search
from schemas.canonical import sha256_hex
from schemas.documents import DocumentSubmitted
from schemas.handling import Outgoing
from schemas.topics import READ
from store.erasures import Receipt, erasures
from store.protocol import ObjectStore
from store.verify import verify_document
from tests.integration.installation import Installation, copy_of_types, settings_in
from tests.integration.terminal import Terminal

LETTER = "Dear Ms Hedge,\n\nthe hedge between our gardens is 2 m high.\n\nYours, {name}\n"


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """An installation that two letters and a packet of two went through."""
    types = copy_of_types(tmp_path, trained=False)
    installation = Installation(settings_in(tmp_path, doctypes=types, review_serve=False))
    for name in ("ann", "ben"):
        (tmp_path / f"{name}.txt").write_text(LETTER.format(name=name))
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as packet:
        packet.writestr("cleo.txt", LETTER.format(name="cleo"))
        packet.writestr("dan.txt", LETTER.format(name="dan"))
    installation.submit(*(tmp_path / name for name in ("ann.txt", "ben.txt", "both.zip")))
    installation.drain()
    return installation


def id_of(tmp_path: Path, name: str) -> str:
    return sha256_hex((tmp_path / name).read_bytes())


class Dying:
    """A store whose process dies at the n-th change."""

    def __init__(self, store: ObjectStore, changes: int) -> None:
        self._store = store
        self._left = changes

    def __getattr__(self, name: str) -> object:
        if name in ("create", "replace", "delete"):
            if not self._left:
                raise KeyboardInterrupt
            self._left -= 1
        return getattr(self._store, name)


async def erased(doctrail: Doctrail, document_id: str, store: ObjectStore | None = None) -> Receipt:
    async with open_queue(doctrail.settings) as queue:
        return await erase(
            store or doctrail.store,
            doctrail.catalog,
            queue,
            document_id,
            reason="asked for",
            by="ann",
            now=doctrail.now,
        )


async def left_of(doctrail: Doctrail, document_id: str) -> Left:
    async with open_queue(doctrail.settings) as queue:
        erasure = (await erasures(doctrail.store, document_id))[-1][0]
        return await search(doctrail.store, doctrail.catalog, queue, doctrail.bus, erasure, tuple(READ))


def test_all_of_a_document_goes_and_every_other_one_stays_whole(
    installation: Installation, tmp_path: Path
) -> None:
    gone, stays = id_of(tmp_path, "ann.txt"), id_of(tmp_path, "ben.txt")

    async def work(doctrail: Doctrail) -> tuple[Receipt, Left]:
        receipt = await erased(doctrail, gone)
        assert (await verify_document(doctrail.store, stays)).problems == ()
        return receipt, await left_of(doctrail, gone)

    receipt, left = installation.open(work)

    assert (left.objects, left.rows) == ((), 0)
    assert left.messages >= 3
    assert receipt.review_rows > 0
    assert receipt.catalog_rows > 0
    assert gone not in installation.documents()
    assert stays in installation.documents()
    said = b"".join(path.read_bytes() for path in installation.objects.glob("erasures/*/*"))
    assert b"ann.txt" not in said
    assert not any("ann.txt" in path.read_text(errors="replace") for path in every_file(installation))


def test_an_erasure_killed_at_every_step_is_finished_by_the_next_attempt(
    installation: Installation, tmp_path: Path
) -> None:
    gone = id_of(tmp_path, "ann.txt")

    async def work(doctrail: Doctrail) -> tuple[int, Receipt, Left]:
        deaths = 0
        while True:
            try:
                # One step further each time: nothing but the step before is done again.
                receipt = await erased(doctrail, gone, Dying(doctrail.store, deaths))  # type: ignore[arg-type]
            except KeyboardInterrupt:
                deaths += 1
            else:
                return deaths, receipt, await left_of(doctrail, gone)

    deaths, receipt, left = installation.open(work)

    assert deaths > 20
    assert left.clean
    assert len(receipt.erasure.objects) > 15
    assert receipt.late == ()


@pytest.mark.parametrize("part", [False, True])
def test_a_message_that_comes_too_late_is_dead_lettered_and_brings_nothing_back(
    installation: Installation, tmp_path: Path, part: bool
) -> None:
    gone = id_of(tmp_path, "both.zip" if part else "ann.txt")

    async def work(doctrail: Doctrail) -> None:
        topic = DocumentSubmitted.event
        async with doctrail.bus.consumer([topic], "reader") as consumer:
            records = await consumer.poll(100, 5)
        receipt = await erased(doctrail, gone)
        about = receipt.erasure.documents[-1]
        assert (about != gone) is part
        (late,) = [record.body for record in records if record.key == about]
        await doctrail.bus.publish([Outgoing(topic, about, "late", late)])

    installation.open(work)
    installation.drain()

    async def look(doctrail: Doctrail) -> tuple[list[str], Left]:
        letters = [
            await doctrail.store.fetch(key) or b"" for key, _ in await dead_letter_keys(doctrail.store)
        ]
        return [body.decode() for body in letters], await left_of(doctrail, gone)

    (letter,), left = installation.open(look)
    assert '"reason":"erased"' in letter
    assert (left.objects, left.rows) == ((), 0)
    terminal = Terminal(tmp_path, tmp_path / "types")
    for rebuilt in (False, True):
        if rebuilt:
            terminal.type("catalog", "rebuild")
        assert "0 open dead letters" in terminal.type("status")
        assert len(installation.documents()) == (2 if part else 4)
        assert "was erased on" in terminal.type("trace", json.loads(letter)["document_id"][:9], code=1)
    assert "erased" in terminal.type("dlq", "list", "--all")
    assert "0 messages" in terminal.type("dlq", "redrive", "--all")
    again = terminal.type("erase", gone[:9], "--reason", "what came too late", "--yes")
    assert "2 objects" in again
    assert terminal.type("dlq", "list", "--all") == "no dead letters\n"
    assert "was erased on" in terminal.type("erase", gone[:9], "--reason", "again", "--yes", code=1)


def test_a_part_goes_with_its_packet_only(installation: Installation, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, tmp_path / "types")
    packet = id_of(tmp_path, "both.zip")

    refused = terminal.type("erase", "both.zip > cleo.txt", "--reason", "asked", "--yes", code=1)
    assert "is part of packet" in refused
    assert "--packet" in refused
    said = terminal.type("erase", "both.zip > cleo.txt", "--reason", "asked", "--packet", "--yes")

    assert said.startswith("erased 3 documents: ")
    for known_as in (packet, packet[:6], "both.zip"):
        assert "nothing of it is left" in terminal.type("erase", known_as, "--search")
        assert f"document {packet[:12]} was erased on" in terminal.type("trace", known_as, code=1)
    assert set(installation.documents()) == {id_of(tmp_path, "ann.txt"), id_of(tmp_path, "ben.txt")}


def test_what_was_kept_long_enough_goes_and_what_waits_for_a_person_stays(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "operations.toml"
    rules.write_text('[retention]\n"*" = 30\n')
    waiting = {one for one, row in installation.documents().items() if row.state == "in_review"}
    ann = id_of(tmp_path, "ann.txt")
    (tmp_path / "no.json").write_text('{"reject": true}')
    terminal = Terminal(tmp_path, tmp_path / "types")
    terminal.type("reviews", "decide", "ann.txt", "--file", "no.json", "--by", "ann")
    installation.drain()

    def at(doctrail: Doctrail, days: int) -> Doctrail:
        later = utc_now() + timedelta(days=days)
        kept = doctrail.settings.model_copy(update={"operations": rules})
        return replace(doctrail, settings=kept, now=lambda: later)

    async def work(doctrail: Doctrail) -> None:
        for days in (29, 31):
            assert await erase_due(at(doctrail, days), erasing=True, yes=True, as_json=True) == 0

    capsys.readouterr()
    installation.open(work)
    said = json.JSONDecoder()
    early, end = said.raw_decode(text := capsys.readouterr().out)
    late, _ = said.raw_decode(text[end:].lstrip())

    assert early == []
    assert [receipt["erasure"]["document_id"] for receipt in late] == [ann]
    assert re.fullmatch(r"retention: .+ 30 days", late[0]["erasure"]["reason"])
    assert ann not in installation.documents()
    assert waiting - {ann} <= set(installation.documents())


def test_without_a_yes_or_a_reason_nothing_is_touched(installation: Installation, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, tmp_path / "types")
    before = sorted(str(path) for path in every_file(installation))

    assert "--reason" in terminal.type("erase", "ann.txt", "--yes", code=2)
    assert "give --yes too" in terminal.type("retention", "--erase", "--json", code=2)
    assert "nothing was erased as" in terminal.type("erase", id_of(tmp_path, "ben.txt"), "--search", code=1)

    assert sorted(str(path) for path in every_file(installation)) == before


def every_file(installation: Installation) -> list[Path]:
    return [path for path in installation.objects.rglob("*") if path.is_file()]
