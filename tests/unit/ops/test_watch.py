"""Watching a folder: what is submitted and when, what is told, where finished files go. Time is a number."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection
from pathlib import Path

import pytest

from bus.sqlite import SqliteBus
from ops.submit import FileRefusedError, Submitted, submit_file
from ops.watch import Happening, WatchRefusedError, is_temporary
from ops.watch.watcher import LOOK_SECONDS
from store.memory import MemoryStore
from tests.unit.ops.conftest import NOW
from tests.unit.ops.watching import World, nothing


def test_a_file_is_submitted_once_nobody_has_touched_it_for_a_while(world: World) -> None:
    path = world.root / "a.pdf"

    def begins() -> Collection[Path]:
        path.write_text("half")
        return [path]

    def goes_on() -> Collection[Path]:
        assert world.submitted == []
        path.write_text("half and whole")
        return [path]

    world.watch(begins, goes_on, nothing, nothing)

    assert world.submitted == [("a.pdf", "half and whole")]


def test_a_file_that_is_still_growing_is_left_alone_however_long_it_takes(world: World) -> None:
    path = world.drop("a.pdf", "")

    def grows() -> Collection[Path]:
        with path.open("a") as file:
            file.write("x")
        return [path]

    world.watch(*[grows] * 9)

    assert world.submitted == []


def test_what_lies_there_for_long_is_submitted_at_once(world: World) -> None:
    world.drop("b/a.pdf", "one")
    world.drop("c.pdf", "two")
    world.age = 60

    world.watch()

    assert sorted(world.submitted) == [("b/a.pdf", "one"), ("c.pdf", "two")]


def test_a_folder_that_is_moved_in_brings_all_its_files(world: World, tmp_path: Path) -> None:
    (tmp_path / "made/deep").mkdir(parents=True)
    (tmp_path / "made/deep/a.pdf").write_text("one")
    (tmp_path / "made/b.pdf").write_text("two")

    def moved_in() -> Collection[Path]:
        (tmp_path / "made").rename(world.root / "new")
        return [world.root / "new"]

    world.watch(moved_in, nothing, nothing)

    assert sorted(world.submitted) == [("new/b.pdf", "two"), ("new/deep/a.pdf", "one")]


def test_a_change_that_the_system_told_nobody_of_is_found_all_the_same(world: World) -> None:
    def in_silence() -> Collection[Path]:
        world.drop("a.pdf", "one")
        world.at += LOOK_SECONDS
        return ()

    world.watch(in_silence, nothing)

    assert world.submitted == [("a.pdf", "one")]


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.pdf",
        "a.pdf.part",
        "b.TMP",
        "~$c.docx",
        ".~lock.d.odt#",
        "e.pdf.crdownload",
        "f.pdf~",
        "g.filepart",
        ".git/config",
        "x.download/h.pdf",
        "Thumbs.db",
    ],
)
def test_passing_and_hidden_names_are_left_alone(world: World, name: str) -> None:
    path = world.drop(name, "one")
    world.age = 60

    world.watch(lambda: [path], nothing)

    assert world.submitted == []


def test_a_download_is_submitted_under_its_final_name_alone(world: World) -> None:
    part = world.drop("a.pdf.crdownload", "one")

    def finished() -> Collection[Path]:
        part.rename(world.root / "a.pdf")
        return [part, world.root / "a.pdf"]

    world.watch(finished, nothing, nothing)

    assert world.submitted == [("a.pdf", "one")]
    assert not is_temporary("lease.pdf")


def test_the_same_file_is_submitted_once_and_again_when_its_bytes_change(world: World) -> None:
    path = world.drop("a.pdf", "one")

    def changes() -> Collection[Path]:
        path.write_text("two!")
        return [path]

    world.watch(nothing, lambda: [path], lambda: [path], changes, nothing, nothing)

    assert world.submitted == [("a.pdf", "one"), ("a.pdf", "two!")]


def test_a_restart_submits_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "in" / "a.pdf"
    path.parent.mkdir()
    path.write_text("one")
    store = MemoryStore()

    async def dropped() -> tuple[Submitted, int]:
        async with SqliteBus(tmp_path / "bus.db", now=lambda: NOW) as bus:
            await bus.ensure_topics(["documents.inbox"])
            taken = await submit_file(store, bus, path, now=NOW, max_bytes=1000)
            return taken, (await bus.lag("intake", ["documents.inbox"]))["documents.inbox"].unread

    first, _ = asyncio.run(dropped())
    again, _ = asyncio.run(dropped())

    # Until intake has taken it up the same event is announced again: same id, same bytes, one submission.
    assert (first.event_id, first.submission_id) == (again.event_id, again.submission_id)


def test_a_file_that_vanishes_is_named_once(world: World) -> None:
    path = world.drop("a.pdf", "one")

    def goes() -> Collection[Path]:
        path.unlink()
        return [path]

    world.watch(goes, nothing, nothing)

    assert world.told(Happening.VANISHED) == ["a.pdf"]
    assert world.submitted == []


def test_a_refused_file_is_named_once_and_tried_again_when_something_about_it_changes(world: World) -> None:
    path = world.drop("a.pdf", "one")
    refusing = [True]
    submit = world.submit

    async def refuse(path: Path) -> Submitted:
        if refusing:
            raise FileRefusedError(path, "has 3221 MB, more than the limit of 210 MB (DOCTRAIL_MAX_FILE_MB)")
        return await submit(path)

    world.submit = refuse  # type: ignore[method-assign]

    def mended() -> Collection[Path]:
        assert [event.sentence for event in world.events if event.what is Happening.REFUSED] == [
            f"{path}: has 3221 MB, more than the limit of 210 MB (DOCTRAIL_MAX_FILE_MB)"
        ]
        refusing.clear()
        path.chmod(0o600)
        return [path]

    watcher = world.watch(nothing, nothing, lambda: [path], mended, nothing, nothing)

    assert (watcher.tally.refused, world.submitted) == (1, [("a.pdf", "one")])


def test_while_the_store_is_away_files_wait_and_it_is_said_once(world: World) -> None:
    world.drop("a.pdf", "one")
    world.outage = "the disk is full"

    def back() -> Collection[Path]:
        world.outage = None
        return ()

    world.watch(nothing, nothing, nothing, back, nothing, nothing)

    assert [event.sentence for event in world.events if event.what is Happening.LATER] == ["the disk is full"]
    assert world.submitted == [("a.pdf", "one")]


def test_an_empty_file_waits_for_its_content(world: World) -> None:
    path = world.drop("a.pdf", "")
    world.age = 60

    def filled() -> Collection[Path]:
        path.write_text("one")
        return [path]

    world.watch(nothing, nothing, filled, nothing, nothing)

    assert world.told(Happening.EMPTY) == ["a.pdf"]
    assert world.submitted == [("a.pdf", "one")]


def test_the_end_of_the_folder_ends_the_watch(world: World) -> None:
    def gone() -> Collection[Path]:
        world.root.rmdir()
        world.at += LOOK_SECONDS
        return ()

    with pytest.raises(WatchRefusedError, match="the folder is gone"):
        world.watch(gone, nothing)


def test_a_deaf_watch_looks_by_itself(world: World) -> None:
    world.deaf = True

    def in_silence() -> Collection[Path]:
        world.drop("a.pdf", "one")
        return ()

    world.watch(in_silence, nothing, nothing, nothing)

    assert world.submitted == [("a.pdf", "one")]


def test_nothing_is_read_of_a_folder_that_is_closed_and_it_is_named_once(world: World) -> None:
    world.drop("closed/a.pdf", "one")
    world.watch(nothing)
    (world.root / "closed").chmod(0)
    try:
        if os.access(world.root / "closed", os.R_OK):
            return  # whoever may read everything meets no closed folder
        world.watch(nothing)
    finally:
        (world.root / "closed").chmod(0o700)

    assert world.told(Happening.CLOSED) == ["closed"]
