"""Backups: everything comes back after everything is gone, and what was under way goes on."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from app.wiring import Doctrail
from catalog.queries import DocumentRow
from schemas.canonical import sha256_hex
from store.verify import verify_document
from tests.integration.installation import Installation, copy_of_types, settings_in
from tests.integration.terminal import Terminal

LETTER = "Dear Ms Hedge,\n\nthe hedge between our gardens is 2 m high.\n\nYours, {name}\n"


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A home that one letter went through, and a second is on its way in."""
    terminal = Terminal(tmp_path, copy_of_types(tmp_path, trained=False))
    for name in ("ann", "ben"):
        (tmp_path / f"{name}.txt").write_text(LETTER.format(name=name))
    terminal.type("submit", "ann.txt", "--wait")
    terminal.type("submit", "ben.txt")
    return terminal


def installation(terminal: Terminal) -> Installation:
    return Installation(settings_in(terminal.folder, doctypes=terminal.types, review_serve=False))


def test_after_everything_is_destroyed_everything_comes_back_and_goes_on(terminal: Terminal) -> None:
    before = installation(terminal).documents()
    records = terminal.type("records")
    waiting = terminal.ask("reviews", "stats")["waiting"]
    assert "2 messages" in terminal.type("backup", "copy")
    shutil.rmtree(terminal.home)

    assert "restored the backup" in terminal.type("restore", "copy")

    after = installation(terminal).documents()
    assert {one: row.state for one, row in after.items()} == {one: row.state for one, row in before.items()}
    assert terminal.type("records") == records
    assert terminal.ask("reviews", "stats")["waiting"] == waiting
    terminal.work()
    ids = {sha256_hex((terminal.folder / name).read_bytes()) for name in ("ann.txt", "ben.txt")}
    found = installation(terminal).documents()
    assert set(found) == ids
    assert {row.state for row in found.values()} == {found[next(iter(ids))].state}
    assert problems(terminal, found) == []


def problems(terminal: Terminal, documents: dict[str, DocumentRow]) -> list[object]:
    async def work(doctrail: Doctrail) -> list[object]:
        return [
            problem for one in documents for problem in (await verify_document(doctrail.store, one)).problems
        ]

    return installation(terminal).open(work)


def test_a_restore_that_was_broken_off_is_gone_on_with(terminal: Terminal) -> None:
    terminal.type("backup", "copy")
    objects = sorted(path for path in terminal.objects.rglob("*.json"))
    for path in objects[::2]:
        path.unlink()
    for database in terminal.home.glob("*.db*"):
        database.unlink()

    terminal.type("restore", "copy")

    assert all(path.exists() for path in objects if "sessions" not in path.parts)
    assert len(installation(terminal).documents()) == 1


def test_an_installation_that_holds_something_else_is_left_alone(terminal: Terminal) -> None:
    terminal.type("backup", "copy")
    terminal.work()

    said = terminal.type("restore", "copy", code=1)

    assert "restore into an empty installation" in said


def test_a_review_queue_of_another_installation_is_left_alone_and_nothing_is_restored(
    terminal: Terminal,
) -> None:
    terminal.type("backup", "copy")
    terminal.work()
    shutil.rmtree(terminal.objects)

    said = terminal.type("restore", "copy", code=1)

    assert "rows that the backup does not; restore into an empty database" in said
    assert not [path for path in terminal.objects.rglob("*") if path.is_file()]


def test_a_backup_comes_back_at_other_addresses_and_goes_on_there(terminal: Terminal) -> None:
    terminal.type("backup", "copy")
    other = terminal.folder / "other"
    elsewhere = replace(
        terminal,
        more={
            "DOCTRAIL_HOME": str(other / "home"),
            "DOCTRAIL_STORE_URL": f"file://{other / 'objects'}",
            "DOCTRAIL_DATABASE_URL": f"sqlite:///{other / 'facts.db'}",
            "DOCTRAIL_BUS_URL": f"sqlite:///{other / 'messages.db'}",
        },
    )
    elsewhere.type("restore", "copy")
    elsewhere.work()

    assert elsewhere.states() == {"in_review": 2}
    assert terminal.states() == {"in_review": 1}


def test_a_damaged_backup_is_named_and_nothing_is_restored(terminal: Terminal) -> None:
    terminal.type("backup", "copy")
    victim = max((terminal.folder / "copy" / "objects").rglob("*"), key=lambda path: path.is_file())
    victim.write_bytes(b"other")

    assert "is not as it was written" in terminal.type("backup", "copy", "--check", code=1)
    (terminal.folder / "copy" / "manifest.json").unlink()
    assert "never finished" in terminal.type("restore", "copy", code=1)


def test_a_backup_is_never_written_over(terminal: Terminal) -> None:
    terminal.type("backup", "copy")

    assert "name another folder" in terminal.type("backup", "copy", code=1)
    assert terminal.type("backup", "copy", "--check").startswith("whole: ")


def test_a_backup_that_was_begun_is_gone_on_with_and_what_a_power_cut_left_in_it_is_written_again(
    terminal: Terminal,
) -> None:
    terminal.type("backup", "copy")
    copy = terminal.folder / "copy"
    (copy / "manifest.json").unlink()
    torn = max((one for one in (copy / "objects").rglob("*") if one.is_file()), key=lambda one: one.name)
    torn.write_bytes(bytes(torn.stat().st_size))

    terminal.type("backup", "copy")

    assert terminal.type("backup", "copy", "--check").startswith("whole: ")
    assert {one.stat().st_mode & 0o077 for one in copy.rglob("*") if one.is_file()} == {0}
