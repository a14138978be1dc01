"""Originals read once: the layout blocks of a bench, kept in a folder between its runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from pages.limits import ReadLimits
from pages.reader import READER_VERSION, PageReader, ReadDocument, Refusal
from schemas.canonical import sha256_hex
from schemas.classification import RejectReason
from schemas.layout_block import to_block

Told = Callable[[int, int], None]
Read = Callable[[bytes], Awaitable[object]]
_PATIENT = ReadLimits(step_seconds=3600, document_seconds=3600)
"""A page that a busy machine is slow to read is read all the same: figures must not hang on it."""
_OF_THE_MACHINE = frozenset({RejectReason.TIME_LIMIT, RejectReason.MEMORY_LIMIT})


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
    async with PageReader(_PATIENT, workers) as reader:

        async def one(path: Path) -> None:
            async with room:
                blocks[path] = await block_of(reader.read, path, cache)
                told(len(blocks), len(paths))

        async with asyncio.TaskGroup() as group:
            for path in paths:
                group.create_task(one(path))
    return blocks


async def block_of(read: Read, path: Path, cache: Path | None) -> str | None:
    """Return the layout block of an original, None for one that can't be read.

    What could not be read for want of time or memory is not kept: the next run may have them.
    """
    data = path.read_bytes()
    kept = None if cache is None else cache / f"{sha256_hex(data)}.{READER_VERSION}.block"
    if kept is not None and kept.is_file():
        return kept.read_text(encoding="utf-8") or None
    found = await read(data)
    block = to_block(found.layout) if isinstance(found, ReadDocument) else None
    passing = isinstance(found, Refusal) and found.reason in _OF_THE_MACHINE
    if kept is not None and not passing:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(block or "", encoding="utf-8")
    return block
