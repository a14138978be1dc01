"""Work that is done in rounds, until somebody says stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from schemas.errors import TransientError

log = structlog.get_logger("review")


async def rounds(once: Callable[[], Awaitable[object]], every: float, stop: asyncio.Event) -> None:
    """Do ``once`` again and again until ``stop``; an outside part that does not answer is asked again.

    Args:
        once: A round.
        every: Seconds between two.
        stop: Ends the waiting at once.
    """
    while not stop.is_set():
        try:
            await once()
        except TransientError as error:
            log.warning("review.waiting", problem=str(error))
        with suppress(TimeoutError):
            async with asyncio.timeout(every):
                await stop.wait()
