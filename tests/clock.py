"""Time under a test's control: timers of the loop fire when the test says so, never by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

TURNS = 10
"""Turns of the loop that whatever became due is given."""

Advance = Callable[[float], Awaitable[None]]


@contextmanager
def controlled_time() -> Iterator[Advance]:
    """Stop the running loop's clock; the function that is given lets seconds pass at once."""
    loop = asyncio.get_running_loop()
    told, now = loop.time, loop.time()

    async def advance(seconds: float) -> None:
        nonlocal now
        now += seconds
        await turns()

    loop.time = lambda: now  # type: ignore[method-assign]  # the loop's own way to ask for the time
    try:
        yield advance
    finally:
        loop.time = told  # type: ignore[method-assign]


async def turns(count: int = TURNS) -> None:
    """Let everything that can go on without time passing go on."""
    for _ in range(count):
        await asyncio.sleep(0)
