"""URL to bus: the scheme picks the adapter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bus.protocol import Bus, BusError


def utc_now() -> datetime:
    """Return the present, aware."""
    return datetime.now(UTC)


def connect(url: str, *, now: Callable[[], datetime] = utc_now) -> Bus:
    """Return the bus at ``url``; nothing is opened before first use.

    Args:
        url: ``sqlite:///relative/path`` or ``sqlite:////absolute/path``.
        now: The clock that stamps records.

    Raises:
        BusError: The scheme is unknown or the path is missing.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme != "sqlite":
        raise BusError(f"bus URL {url!r} has no scheme this doctrail knows; known: sqlite:///path")
    path = rest.removeprefix("/")
    if not rest.startswith("/") or not path:
        raise BusError(
            f"bus URL {url!r} names no file; write sqlite:///relative/path or sqlite:////absolute/path"
        )
    if "?" in path:
        raise BusError(f"bus URL {url!r} takes no options; leave out what follows the question mark")
    from bus.sqlite import SqliteBus

    return SqliteBus(Path(path), now=now)
