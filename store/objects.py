"""Objects as files: whole or not there, and on disk before anyone is told."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from errno import EACCES, EDQUOT, EEXIST, EISDIR, ENOSPC, ENOTDIR, EPERM, EROFS
from itertools import islice
from pathlib import Path
from typing import TypeVar

from schemas.errors import MissingObjectError, PipelineError, TransientError
from schemas.objects import ObjectRef
from store.folders import Folders, sync_folder
from store.plain_keys import occupied, require_folder, require_key
from store.protocol import Created, StoreDeniedError, no_room, ref_of, verified
from store.staging import Staging
from store.writing import Writers

T = TypeVar("T")
_THREADS = 4
SMALL = 262_144
"""Bytes of an object that is read at once: to hand it to a thread and back takes ten times as long."""
_LISTED_AT_ONCE = 1000


class FileStore:
    """An ``ObjectStore`` in a folder.

    A new object is written aside, synced, and only then given its name, so that no reader, crash or
    power cut ever shows half of it. Safe for any number of threads and processes on one machine.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._base = str(root)
        with _translated("open", str(root)):
            root.mkdir(parents=True, exist_ok=True)
        self._staging = Staging(root)
        self._folders = Folders(self._base)
        self._writers = Writers(self._base, self._staging, self._folders)
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="store")

    async def create(self, key: str, data: bytes, *, media_type: str = "application/json") -> Created:
        """Write ``data`` if nothing stands under ``key``; durable on return, whoever won."""
        with _translated("create", require_key(key)):
            if await self._writers.write(key, data, overwrite=False):
                return Created(ref_of(key, data, media_type), created=True, data=data)
        standing = await self.fetch(key)
        if standing is None:
            raise occupied(key) if (self._root / key).is_dir() else _vanished(key)
        return Created(ref_of(key, standing, media_type), created=False, data=standing)

    async def read(self, ref: ObjectRef) -> bytes:
        """Return the bytes ``ref`` names, verified to the last byte."""
        key = require_key(ref.uri)
        if ref.size <= SMALL:
            with _translated("read", key):
                data = self._verified(ref)
        else:
            data = await self._run("read", key, lambda: self._verified(ref))
        if data is None:
            raise MissingObjectError(key)
        return data

    async def fetch(self, key: str) -> bytes | None:
        """Return what stands under ``key``, or None."""
        require_key(key)
        with _translated("read", key):
            size = self._head(key)
            if size is None or size <= SMALL:
                return None if size is None else self._fetch(key)
        return await self._run("read", key, lambda: self._fetch(key))

    async def replace(self, key: str, data: bytes) -> None:
        """Write ``data`` over whatever stands there, in one step."""
        with _translated("replace", require_key(key)):
            await self._writers.write(key, data, overwrite=True)

    async def delete(self, key: str) -> None:
        """Remove ``key`` if it exists."""
        await self._run("delete", require_key(key), lambda: self._delete(key))

    async def list(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys under the folder ``prefix`` in order, reading one folder at a time."""
        folder = require_folder(prefix)
        walk = _walk(self._root / folder, folder)
        while keys := await self._run("list", folder, lambda: list(islice(walk, _LISTED_AT_ONCE))):
            for key in keys:
                yield key

    async def folders(self, prefix: str) -> AsyncIterator[str]:
        """Yield the names right under ``prefix`` that hold objects, in order."""
        folder = require_folder(prefix)
        walk = _inhabited(self._root / folder)
        while names := await self._run("list", folder, lambda: list(islice(walk, _LISTED_AT_ONCE))):
            for name in names:
                yield name

    async def head(self, key: str) -> int | None:
        """Return the size of what stands under ``key``, or None."""
        with _translated("head", require_key(key)):
            return self._head(key)

    def close(self) -> None:
        """Let go of threads and the staging folder."""
        self._writers.close()
        self._pool.shutdown()
        self._staging.close()

    def _verified(self, ref: ObjectRef) -> bytes | None:
        data = self._fetch(ref.uri)
        return None if data is None else verified(ref, data)

    def _fetch(self, key: str) -> bytes | None:
        try:
            with open(self._path(key), "rb", buffering=0) as file:  # noqa: PTH123 (text, see _path)
                return file.read()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    def _head(self, key: str) -> int | None:
        try:
            found = os.stat(self._path(key))  # noqa: PTH116 (text, see _path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def _path(self, key: str) -> str:
        # As text: a path object takes longer to put together than the file to be looked at.
        return f"{self._base}/{key}"

    def _delete(self, key: str) -> None:
        if self._head(key) is None:
            return
        try:
            os.unlink(self._path(key))  # noqa: PTH108 (text, see _path)
        except FileNotFoundError:
            return
        self._folders.forget([key])
        sync_folder((self._root / key).parent)

    async def _run(self, verb: str, key: str, work: Callable[[], T]) -> T:
        with _translated(verb, key):
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _walk(folder: Path, prefix: str) -> Iterator[str]:
    # A folder sorts as "name/", which gives the order of the keys themselves.
    for name in sorted(_entries(folder)):
        if name.endswith("/"):
            yield from _walk(folder / name, prefix + name)
        else:
            yield prefix + name


def _inhabited(folder: Path) -> Iterator[str]:
    for name in sorted(_entries(folder)):
        if name.endswith("/") and next(_walk(folder / name, ""), None) is not None:
            yield name.removesuffix("/")


def _entries(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [
                f"{entry.name}/" if entry.is_dir() else entry.name
                for entry in entries
                if not entry.name.startswith(".") and "#" not in entry.name
            ]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _vanished(key: str) -> TransientError:
    return TransientError(f"{key!r} was removed while it was being written", target="store")


@contextmanager
def _translated(verb: str, key: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise explained(verb, key, error) from error


def explained(verb: str, key: str, error: OSError) -> PipelineError:
    """Return our error for the disk's: transient where waiting may help, else permanent."""
    code = error.errno
    if code in {EISDIR, ENOTDIR, EEXIST}:
        return occupied(key)
    if code in {EACCES, EPERM, EROFS}:
        return StoreDeniedError(
            f"the store refuses to {verb} {key!r}: {os.strerror(code)}; give this user its folder, writable",
            reason="store_denied",
        )
    if code in {ENOSPC, EDQUOT}:
        return no_room(verb, key)
    cause = os.strerror(code) if code else type(error).__name__
    return TransientError(f"the store failed to {verb} {key!r}: {cause}", target="store")
