"""Committing what is finished: offsets gather for a moment and go together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bus.protocol import Consumer
from bus.retry import Steadfast
from bus.waiting import wait_for
from bus.window import Owned, Window


class Commits:
    """Commits one after the highest of the unbroken finished prefix of each partition.

    Args:
        interval: Seconds that a finished offset waits for others, unless its partition is half full of
            uncommitted messages and may soon have to wait for it.
        on_commit: Told after each commit: partitions that were full may go on.
    """

    def __init__(
        self, window: Window, steady: Steadfast, *, interval: float, on_commit: Callable[[], None]
    ) -> None:
        self._window = window
        self._steady = steady
        self._interval = interval
        self._on_commit = on_commit
        self._finished = asyncio.Event()
        self._pressing = asyncio.Event()
        self._committing = asyncio.Lock()
        self.consumer: Consumer | None = None
        """Whom to commit through, once there is one."""

    def finished(self, owned: Owned) -> None:
        """Note that something of ``owned`` was finished."""
        self._finished.set()
        if owned.progress.outstanding * 2 >= self._window.size:
            self._pressing.set()

    async def run(self) -> None:
        """Commit for ever."""
        while True:
            await self._finished.wait()
            await wait_for(self._pressing, self._interval)
            self._finished.clear()
            self._pressing.clear()
            await self.commit()

    async def commit(self) -> None:
        """Commit whatever may be committed now."""
        async with self._committing:
            partitions, consumer = self._window.partitions, self.consumer
            offsets = {
                partition: offset
                for partition, owned in partitions.items()
                if (offset := owned.progress.committable) is not None
            }
            if not offsets or consumer is None:
                return
            await self._steady.call("bus.commit", lambda: consumer.commit(offsets))
            for partition, offset in offsets.items():
                if partition in partitions:
                    partitions[partition].progress.committed(offset)
        self._on_commit()
