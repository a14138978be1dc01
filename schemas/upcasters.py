"""Older major versions read as today's: one small pure function per step.

Older minors need none: what a minor adds is optional, and its default stands for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns the ``data`` of major version n into that of n + 1; it neither reads nor asks for anything else."""

UPCASTERS: Mapping[tuple[str, int], Upcast] = {}
"""By (event, major version it reads): every message has its first major version as yet."""


def upcast(
    event: str,
    data: dict[str, Any],
    *,
    from_major: int,
    to_major: int,
    steps: Mapping[tuple[str, int], Upcast] = UPCASTERS,
) -> dict[str, Any] | None:
    """Return ``data`` as major version ``to_major`` says it; None where a step is missing."""
    for major in range(from_major, to_major):
        step = steps.get((event, major))
        if step is None:
            return None
        data = step(data)
    return data if from_major <= to_major else None
