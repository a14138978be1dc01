"""Looking again and again until interrupted: what alerts and shadows do beside the agents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from app.engine import interrupting
from ops.heartbeat import Pulse, beating

T = TypeVar("T")


async def in_rounds(
    name: str,
    look: Callable[[], Awaitable[T]],
    *,
    every: float | None,
    heartbeat: Path | None,
    now: Callable[[], datetime],
) -> T | None:
    """Look once, or again and again until interrupted; returns what was seen last.

    A look that was begun is finished.

    Args:
        name: The loop's, in its heartbeat.
        look: Looks once.
        every: Seconds between two looks; None for one look.
        heartbeat: Where to leave one between the first look and the last: by it ``doctrail health`` tells a
            look that hangs from a rest. None in a home of agents, who leave theirs there.
        now: The time.
    """
    halt, last = asyncio.Event(), None
    with interrupting(halt):
        if every is None:
            return await look()
        async with _alive(name, heartbeat, now) as resting:
            while not halt.is_set():
                resting.clear()
                last = await look()
                resting.set()
                try:
                    async with asyncio.timeout(every):
                        await halt.wait()
                except TimeoutError:
                    continue
    return last


@asynccontextmanager
async def _alive(
    name: str, heartbeat: Path | None, now: Callable[[], datetime]
) -> AsyncIterator[asyncio.Event]:
    """Leave a heartbeat whose loop turns for as long as the event is set."""
    resting, turned = asyncio.Event(), 0

    def pulse() -> Pulse:
        nonlocal turned
        turned += resting.is_set()
        return Pulse({name: turned})

    async with nullcontext() if heartbeat is None else beating(heartbeat, pulse, now):
        yield resting
