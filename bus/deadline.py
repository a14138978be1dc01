"""The deadline of a message: seconds of work, not of waiting behind an open breaker."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

STEPS = 20
"""Looks at each deadline while it runs; so much of it, a twentieth, it may be late."""

LONGEST_STEP = 1.0
"""Seconds between two looks at the most."""


class Watch:
    """Looks at many deadlines by one timer: a timer of its own costs each message more than its handling."""

    def __init__(self) -> None:
        self._running: set[Deadline] = set()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, deadline: Deadline) -> None:
        """Look at ``deadline`` from now on."""
        self._running.add(deadline)
        if self._timer is None:
            self._look_again(deadline.seconds)

    def remove(self, deadline: Deadline) -> None:
        """Look at ``deadline`` no more."""
        self._running.discard(deadline)

    def _look(self) -> None:
        for deadline in tuple(self._running):
            deadline.look()
        self._timer = None
        if self._running:
            self._look_again(min(deadline.seconds for deadline in self._running))

    def _look_again(self, seconds: float) -> None:
        step = min(seconds / STEPS, LONGEST_STEP)
        self._timer = asyncio.get_running_loop().call_later(step, self._look)


class Deadline:
    """Ends the block after ``seconds`` of running time; its clock stands still while ``paused``.

    Args:
        seconds: Running time.
        watch: Whose timer to share; by default one of its own.

    Raises:
        TimeoutError: From the block, with ``expired`` set, once the seconds are used up.
    """

    __slots__ = ("_due", "_left", "_pauses", "_running", "_scope", "_watch", "seconds")

    def __init__(self, seconds: float, watch: Watch | None = None) -> None:
        self.seconds = seconds
        self._scope = asyncio.timeout(None)
        self._watch = watch or Watch()
        self._running = False
        self._pauses = 0
        self._left = seconds
        self._due = 0.0

    @property
    def expired(self) -> bool:
        """Whether the block was ended because its seconds were used up."""
        return self._scope.expired()

    @property
    def remaining(self) -> float:
        """Seconds left."""
        if self._pauses or not self._running:
            return self._left
        return self._due - asyncio.get_running_loop().time()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Stop the clock while anyone is inside; outside of the block there is none to stop."""
        if not self._running:
            yield
            return
        if not self._pauses:
            self._left = self.remaining
            self._watch.remove(self)
        self._pauses += 1
        try:
            yield
        finally:
            self._pauses -= 1
            if not self._pauses and self._running:
                self._run()

    def look(self) -> None:
        """End the block if its seconds are used up."""
        now = asyncio.get_running_loop().time()
        if now >= self._due:
            self._watch.remove(self)
            self._scope.reschedule(now)

    def _run(self) -> None:
        self._due = asyncio.get_running_loop().time() + self._left
        self._watch.add(self)

    async def __aenter__(self) -> Self:
        """Start the clock."""
        await self._scope.__aenter__()
        self._running = True
        self._run()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it."""
        self._left = self.remaining
        self._running = False
        self._watch.remove(self)
        await self._scope.__aexit__(kind, error, traceback)
