"""Originals read once: the layout blocks of a bench, kept in a folder between its runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from pages.limits import ReadLimits
from pages.reader import READER_VERSION, PageReader, ReadDocument
from schemas.canonical import sha256_hex
from schemas.layout_block import to_block

Told = Callable[[int, int], None]


def read_blocks(
    paths: Sequence[Path], cache: Path | None, *, workers: int = 1, told: Told = lambda _done, _all: None
) -> dict[Path, str | None]:
    """Return the layout block of every original, None for one that can't be read.

    Args:
        paths: Originals.
        cache: Where blocks are kept under the digest of their bytes and the reader's version.
        workers: How many are read at once.
        told: Told how many are read, of how many.
    """
    return asyncio.run(_read(list(dict.fromkeys(paths)), cache, workers, told))


async def _read(
    paths: Sequence[Path], cache: Path | None, workers: int, told: Told
) -> dict[Path, str | None]:
    room, blocks = asyncio.Semaphore(workers), dict[Path, str | None]()
    async with PageReader(ReadLimits(document_seconds=600), workers) as reader:

        async def one(path: Path) -> None:
            async with room:
                blocks[path] = await _block(reader, path, cache)
                told(len(blocks), len(paths))

        async with asyncio.TaskGroup() as group:
            for path in paths:
                group.create_task(one(path))
    return blocks


async def _block(reader: PageReader, path: Path, cache: Path | None) -> str | None:
    data = path.read_bytes()
    kept = None if cache is None else cache / f"{sha256_hex(data)}.{READER_VERSION}.block"
    if kept is not None and kept.is_file():
        return kept.read_text(encoding="utf-8") or None
    found = await reader.read(data)
    block = to_block(found.layout) if isinstance(found, ReadDocument) else None
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(block or "", encoding="utf-8")
    return block
