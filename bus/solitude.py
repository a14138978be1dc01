"""Handling one message alone in its process, so that a death can be blamed on it."""

from __future__ import annotations

import asyncio
import time


class Solitude:
    """Many messages at once, or one alone: shared by all workers of a process.

    Who wants to be alone goes before newcomers; what is in hand is finished first.
    """

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._sharing = 0
        self._alone = False
        self._wanting = 0
        self._waiters: list[asyncio.Future[None]] = []

    @property
    def age(self) -> float:
        """Seconds since it was made, which is when the process took up its work."""
        return time.monotonic() - self._since

    @property
    def shared(self) -> bool:
        """Whether nobody is or wants to be alone."""
        return not (self._alone or self._wanting)

    async def share(self) -> None:
        """Enter beside others, once nobody is or wants to be alone."""
        while not self.shared:
            await self._wait()
        self._sharing += 1

    def unshare(self) -> None:
        """Leave."""
        self._sharing -= 1
        if not self._sharing:
            self._wake()

    async def isolate(self) -> None:
        """Enter alone, once everyone else has left."""
        self._wanting += 1
        try:
            while self._alone or self._sharing:
                await self._wait()
            self._alone = True
        finally:
            self._wanting -= 1
            if not self._alone:
                self._wake()

    def rejoin(self) -> None:
        """Leave, and let others in."""
        self._alone = False
        self._wake()

    async def _wait(self) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
