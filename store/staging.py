"""Where a file store writes before an object appears, and how it appears: whole, and on disk."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import uuid
from itertools import count
from pathlib import Path

FOLDER = ".staging"
"""No key starts with a dot, so nothing in here is ever an object."""


class Staging:
    """A folder of this process's own for unfinished writes, held by a lock that dies with it.

    Made at the first write; what dead writers left is removed then, so it is neither listed nor piles up.
    """

    def __init__(self, root: Path) -> None:
        self._root = root / FOLDER
        self._mine: str | None = None
        self._held: int | None = None
        self._lock = threading.Lock()
        self._numbers = count()

    def name(self) -> str:
        """Return a fresh name, relative to the store's root, that no other writer uses."""
        with self._lock:
            if self._mine is None:
                self._mine = self._settle()
                self._sweep()
        return f"{FOLDER}/{self._mine}/{next(self._numbers)}"

    def close(self) -> None:
        """Remove this process's folder and let go of its lock."""
        with self._lock:
            if self._mine is not None and self._held is not None:
                shutil.rmtree(self._root / self._mine, ignore_errors=True)
                os.close(self._held)
                self._mine = self._held = None

    def _settle(self) -> str:
        while True:
            token = uuid.uuid4().hex
            folder = self._root / token
            folder.mkdir(parents=True)
            # A sweeper may take the folder for a dead writer's until it is locked.
            try:
                held = os.open(folder, os.O_RDONLY)
            except FileNotFoundError:
                continue
            fcntl.flock(held, fcntl.LOCK_EX)
            if folder.exists():
                self._held = held
                return token
            os.close(held)

    def _sweep(self) -> None:
        for folder in self._root.iterdir():
            if folder.name != self._mine:
                _remove_abandoned(folder)


def _remove_abandoned(folder: Path) -> None:
    """Remove ``folder`` if no living writer holds it; the lock is kept until it is gone."""
    try:
        found = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return
    finally:
        os.close(found)


def give_name(aside: str, path: str, *, overwrite: bool) -> bool:
    """Let the file ``aside`` stand under ``path`` too, in one step; False if something stands there."""
    if overwrite:
        os.replace(aside, path)  # noqa: PTH105 (text, as a path is slow)
        return True
    try:
        # A second name: what Python calls a rename would take the place of what stands there.
        os.link(aside, path)
    except FileExistsError:
        return False
    return True


def write_durably(path: str, data: bytes) -> None:
    """Write a new file and bring it to disk, to the last byte.

    Raises:
        OSError: The disk took less than that.
    """
    opened = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(opened, rest) :]
        os.fsync(opened)
    finally:
        os.close(opened)
