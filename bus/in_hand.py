"""A message in hand: once, however many of its calls wait and go on at once."""

from __future__ import annotations

import asyncio

from bus.poison import Presence


class InHand:
    """Takes a message up and puts it down for calls of it that wait behind a breaker, one at a time.

    A call that begins to wait while another takes the message up waits for that: taken up twice, a
    message would wait for itself, or would stay in hand when it has ended.

    Args:
        presence: How it is in hand.
    """

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._turn = asyncio.Lock()
        self._ended = False

    async def enter(self) -> None:
        """Begin, or go on after ``leave``; nothing happens if it is in hand or has ended."""
        async with self._turn:
            if not self._ended:
                await self._presence.enter()
            if self._ended:
                await self._presence.leave()

    async def leave(self) -> None:
        """Stop for now."""
        async with self._turn:
            await self._presence.leave()

    async def end(self) -> None:
        """Stop for good, also where a call of the message outlives it."""
        self._ended = True
        await self._presence.leave()
