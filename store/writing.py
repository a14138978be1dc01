"""Writing objects into a folder: what waits at the same time is shared out among a few threads."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from store.folders import Folders
from store.plain_keys import ancestors
from store.staging import Staging, give_name, write_durably

_THREADS = 8
"""Objects brought to disk side by side: a disk that is asked for one at a time is mostly waited for."""
_SHARE_BYTES = 262_144
"""No object waits for more than that of others in its share, nor for a larger one."""


@dataclass(slots=True, eq=False)
class _Wish:
    """An object to be written.

    Attributes:
        done: Told whether it got its name, on its own loop.
        named: Whether it did; without an error the name is taken otherwise.
    """

    key: str
    data: bytes
    overwrite: bool
    done: asyncio.Future[bool]
    named: bool = False
    error: BaseException | None = None


class Writers:
    """Writes objects: each is on disk under its name once whoever asked is told.

    A thread takes a share of what waits and syncs each folder once for the whole share: in new folders
    that is most of what an object costs. What fails, fails alone.

    Args:
        base: The store's folder.
    """

    def __init__(self, base: str, staging: Staging, folders: Folders) -> None:
        self._base = base
        self._staging = staging
        self._folders = folders
        # Of their own: they are busy for as long as anything waits, and would keep all others out.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="store-writer")
        self._waiting: deque[_Wish] = deque()
        self._working = 0
        self._lock = threading.Lock()

    async def write(self, key: str, data: bytes, *, overwrite: bool) -> bool:
        """Write ``data`` under ``key``; False if something stands there, which is durable then, too.

        Raises:
            OSError: The disk's, as it came.
        """
        wish = _Wish(key, data, overwrite, asyncio.get_running_loop().create_future())
        with self._lock:
            self._waiting.append(wish)
            more = self._working < _THREADS
            self._working += more
        if more:
            self._threads.submit(self._work)
        return await wish.done

    def close(self) -> None:
        """Write what waits, and let go of the threads."""
        self._threads.shutdown()

    def _work(self) -> None:
        while share := self._take():
            wanted = [wish for wish in share if not wish.done.cancelled()]
            try:
                self._carry(wanted)
            except BaseException as error:  # noqa: BLE001 (whoever waits is told; nobody looks at the thread)
                for wish in wanted:
                    wish.error = wish.error or error
            _tell(wanted)

    def _take(self) -> list[_Wish]:
        """Return a fair share of what waits; empty, and the thread off the count, where nothing does."""
        with self._lock:
            share: list[_Wish] = []
            size = 0
            for _ in range(-(-len(self._waiting) // _THREADS)):
                size += len(self._waiting[0].data)
                if share and size > _SHARE_BYTES:
                    break
                share.append(self._waiting.popleft())
            self._working -= not share
            return share

    def _carry(self, share: Sequence[_Wish]) -> None:
        for wish in share:
            try:
                wish.named = self._place(wish)
            except OSError as error:
                wish.error = error
        placed = [wish for wish in share if wish.error is None]
        try:
            self._folders.sync((wish.key for wish in placed), anew=_renamed(placed))
        except OSError:
            for wish in placed:
                self._sync_alone(wish)

    def _place(self, wish: _Wish) -> bool:
        """Write aside, then name; False if the name is taken."""
        path = f"{self._base}/{wish.key}"
        if not wish.overwrite and os.path.exists(path):  # noqa: PTH110 (text, as a path is slow)
            return False
        aside = f"{self._base}/{self._staging.name()}"
        try:
            write_durably(aside, wish.data)
            return self._name(aside, wish)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(aside)  # noqa: PTH108 (text, as a path is slow)

    def _name(self, aside: str, wish: _Wish) -> bool:
        path = f"{self._base}/{wish.key}"
        try:
            self._folders.make(wish.key)
            return give_name(aside, path, overwrite=wish.overwrite)
        except FileNotFoundError:
            # Somebody took a folder away that was there before.
            self._folders.forget([wish.key, *ancestors(wish.key)])
            self._folders.make(wish.key)
            return give_name(aside, path, overwrite=wish.overwrite)

    def _sync_alone(self, wish: _Wish) -> None:
        try:
            self._folders.sync([wish.key], anew=_renamed([wish]))
        except OSError as error:
            wish.error = error


def _renamed(share: Sequence[_Wish]) -> set[str]:
    """Return the keys whose names are old ones that stand for something new."""
    return {wish.key for wish in share if wish.overwrite}


def _tell(share: Sequence[_Wish]) -> None:
    """Tell each loop of all its wishes at once."""
    for loop in {wish.done.get_loop() for wish in share}:
        own = [wish for wish in share if wish.done.get_loop() is loop]
        # The loop may be gone when a process ends in a hurry; then nobody waits for an answer.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, own)


def _settle(share: Sequence[_Wish]) -> None:
    for wish in share:
        if wish.done.done():
            continue
        if wish.error is None:
            wish.done.set_result(wish.named)
        else:
            wish.done.set_exception(wish.error)
