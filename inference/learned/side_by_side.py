"""Fits that need nothing of one another, on every core: the libraries let go of the interpreter meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """Return how many cores this process may use; where the system does not say, how many there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def side_by_side(work: Callable[[T], R], of: Iterable[T]) -> Iterator[R]:
    """Yield what ``work`` makes of each, in their order, as soon as it is made.

    Each is worked on by one thread alone: what it makes is the same whatever runs beside it.

    Raises:
        Exception: What ``work`` raised first, in their order; what has not begun by then never does.
    """
    pool = ThreadPoolExecutor(cores())
    try:
        yield from pool.map(work, of)
    finally:
        pool.shutdown(cancel_futures=True)
