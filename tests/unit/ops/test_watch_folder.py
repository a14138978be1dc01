"""Which folders can be watched, and who tells what changed in them."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest

from ops.watch import (
    FolderNews,
    WatchRefusedError,
    watched_folder,
)


@pytest.mark.parametrize(("name", "why"), [("gone", "no such folder"), ("file", "is no folder")])
def test_what_is_no_folder_is_refused_in_a_sentence(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(WatchRefusedError, match=why):
        watched_folder(tmp_path / name)


@pytest.mark.parametrize("name", ["a/loop", "a"])
def test_a_folder_that_leads_round_in_a_circle_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "a")

    with pytest.raises(WatchRefusedError, match="can't be watched"):
        watched_folder(tmp_path / name)


@pytest.mark.anyio
async def test_the_system_tells_of_files_that_come_by_and_ceases_at_a_stop(tmp_path: Path) -> None:
    stop, said = asyncio.Event(), list[str]()
    async with asyncio.timeout(60), FolderNews(tmp_path, stop, said.append) as news:
        changed: set[Path] = set()
        number = 0
        while not changed:
            # The system begins to listen at a moment of its own.
            number += 1
            (tmp_path / f"{number}.pdf").write_text("x")
            changed |= set(await news.wait(0.2) or ())
        stop.set()

        assert await news.wait(60) is None
    assert (said, news.deaf) == ([], False)
    assert all(path.parent == tmp_path for path in changed)


@pytest.mark.anyio
async def test_where_the_system_cannot_tell_it_is_said_once(tmp_path: Path) -> None:
    stop, said = asyncio.Event(), list[str]()

    async def refused(root: Path) -> AsyncIterator[Collection[Path]]:
        yield {root / "a.pdf"}
        raise OSError(errno.ENOSPC, "OS file watch limit reached")

    async with asyncio.timeout(60), FolderNews(tmp_path, stop, said.append, refused) as news:
        while not news.deaf:
            await news.wait(0.2)
        stop.set()

        assert await news.wait(60) is None
    assert said == ["OS file watch limit reached"]
