"""The deadline of a message: seconds of work, not of waiting behind an open breaker."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self


class Deadline:
    """Ends the block after ``seconds`` of running time; its clock stands still while ``paused``.

    Raises:
        TimeoutError: From the block, with ``expired`` set, once the seconds are used up.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._scope = asyncio.timeout(seconds)
        self._running = False
        self._pauses = 0
        self._left = seconds

    @property
    def expired(self) -> bool:
        """Whether the block was ended because its seconds were used up."""
        return self._scope.expired()

    @property
    def remaining(self) -> float:
        """Seconds left."""
        when = self._scope.when()
        if self._pauses or when is None:
            return self._left
        return when - asyncio.get_running_loop().time()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the clock while anyone is inside; outside of the block there is none to stop."""
        if not self._running:
            yield
            return
        if not self._pauses:
            self._left = self.remaining
            self._scope.reschedule(None)
        self._pauses += 1
        try:
            yield
        finally:
            self._pauses -= 1
            if not self._pauses:
                self._scope.reschedule(asyncio.get_running_loop().time() + self._left)

    async def __aenter__(self) -> Self:
        """Start the clock."""
        await self._scope.__aenter__()
        self._running = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it."""
        self._running = False
        await self._scope.__aexit__(kind, error, traceback)
