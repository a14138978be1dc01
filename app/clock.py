"""The clock of this machine; everything below this room is handed the time."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the present, aware."""
    return datetime.now(UTC)
