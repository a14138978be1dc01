"""What changed under a folder, as the operating system tells it; the one place that knows watchfiles."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

GATHER_MS = 200
"""Longest time that changes are gathered before they are told."""


async def told_by_system(root: Path) -> AsyncIterator[Collection[Path]]:
    """Yield what changed under ``root``, as the operating system tells.

    Raises:
        OSError: The system can't tell: too many folders, a disk of another machine.
    """
    from watchfiles import awatch

    # Permission is denied for one folder, not for the watch: whoever looks into it says so.
    watching = awatch(
        root, watch_filter=None, debounce=GATHER_MS, force_polling=False, ignore_permission_denied=True
    )
    async for changes in watching:
        yield {Path(name) for _, name in changes}


class FolderNews:
    """Changes under ``root`` until ``stop`` is set.

    Where the source fails, ``on_deaf`` is told why, once, and ``deaf`` is True from then on: whoever waits
    has to look by himself.
    """

    def __init__(
        self,
        root: Path,
        stop: asyncio.Event,
        on_deaf: Callable[[str], None],
        source: Callable[[Path], AsyncIterator[Collection[Path]]] = told_by_system,
    ) -> None:
        self._root = root
        self._source = source
        self._stop = stop
        self._on_deaf = on_deaf
        self._changed: set[Path] = set()
        self._something = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None
        self.deaf = False

    async def wait(self, seconds: float) -> frozenset[Path] | None:
        """Return what changed, at the latest after ``seconds``; None once it is time to stop."""
        if not self._changed and not self._stop.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._something.wait()
        if self._stop.is_set():
            return None
        changed, self._changed = frozenset(self._changed), set()
        self._something.clear()
        return changed

    async def __aenter__(self) -> Self:
        """Begin to listen."""
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cease to listen."""
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    async def _listen(self) -> None:
        async with _waking(self._stop, self._something):
            try:
                async for changed in self._source(self._root):
                    self._changed.update(changed)
                    self._something.set()
            except (OSError, RuntimeError) as error:
                self.deaf = True
                self._on_deaf(getattr(error, "strerror", None) or str(error))
                self._something.set()


@asynccontextmanager
async def _waking(stop: asyncio.Event, something: asyncio.Event) -> AsyncIterator[None]:
    """Set ``something`` once ``stop`` is set."""

    async def wake() -> None:
        await stop.wait()
        something.set()

    waker = asyncio.create_task(wake())
    try:
        yield
        # Deaf, but still to be woken.
        await waker
    finally:
        waker.cancel()
