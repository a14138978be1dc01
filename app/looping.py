"""The event loop of a process that works: uvloop where there is one, else asyncio's own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end, as ``asyncio.run`` does.

    Below saturation most of a message's CPU is the loop's: sockets looked at, callbacks called, timers set.
    """
    try:
        import uvloop
    except ImportError:
        # It is made for neither Windows nor some Pythons; all else is the same without it.
        return asyncio.run(work)
    return uvloop.run(work)
