"""The folders of a file store: made where they are missing, and their names made to survive a power cut."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Container, Iterable
from contextlib import suppress
from itertools import pairwise

from store.plain_keys import ancestors

_KNOWN_NAMES = 8192


def sync_folder(path: str | os.PathLike[str]) -> None:
    """Bring the names in a folder to disk."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


class Folders:
    """Makes the folders of objects, and syncs each of them once for all the names that it was given.

    What this process has synced before it does not look at again. Safe for any number of threads.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._known: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def make(self, key: str) -> None:
        """Make the folders on the way to ``key`` that are not known to be there."""
        missing: list[str] = []
        with self._lock:
            for name in ancestors(key):
                if name in self._known:
                    break
                missing.append(name)
        for name in reversed(missing):
            with suppress(FileExistsError):
                os.mkdir(f"{self._base}/{name}")  # noqa: PTH102 (text, as a path is slow)

    def sync(self, keys: Iterable[str], *, anew: Container[str] = ()) -> None:
        """Bring to disk the names on the way to each of ``keys`` that were not before, or are in ``anew``."""
        paths = [[key, *ancestors(key), ""] for key in keys]
        for folder in self._unsynced(paths, anew):
            sync_folder(f"{self._base}/{folder}")
        with self._lock:
            for path in paths:
                for name in path[:-1]:
                    self._known[name] = None
                    self._known.move_to_end(name)
            while len(self._known) > _KNOWN_NAMES:
                self._known.popitem(last=False)

    def forget(self, names: Iterable[str]) -> None:
        """Make and sync ``names`` anew when something is written under them again."""
        with self._lock:
            for name in names:
                self._known.pop(name, None)

    def _unsynced(self, paths: Iterable[list[str]], anew: Container[str]) -> Iterable[str]:
        """Return the folders that hold a new name, each once."""
        named: set[str] = set()
        folders: dict[str, None] = {}
        with self._lock:
            for path in paths:
                for name, folder in pairwise(path):
                    # What lies above a known name was synced with it, or is about to be.
                    if name in named or (name in self._known and name not in anew):
                        break
                    named.add(name)
                    folders[folder] = None
        return folders
