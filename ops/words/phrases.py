"""How numbers, times and references are put into words, everywhere the same."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_DIGEST = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{56}\b")


def short(digest: str) -> str:
    """Return the first 8 characters of a digest or id: enough to tell two apart at a glance."""
    return digest[:8]


def number_of_bytes(size: int) -> str:
    """Return a size in bytes, kB or MB (decimal)."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1000:.1f} kB"
    return f"{size / 1_000_000:.1f} MB"


def duration(seconds: float) -> str:
    """Return a duration in the unit a person would say it in."""
    if seconds < 0.0005:
        return "< 1 ms"
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 99.5:
        return f"{seconds:.1f} s" if seconds >= 0.95 else f"{seconds:.2f} s"
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{hours // 24} d {hours % 24} h"


def about(seconds: float) -> str:
    """Return a duration to two digits, for what is only typical; never as a power of ten."""
    return f"{seconds:.2g} s" if seconds < 99.5 else duration(seconds)


def moment(at: datetime) -> str:
    """Return a time to the second, in UTC; the day is always named, because trace never knows today's."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def clock(at: datetime, day: datetime | None) -> str:
    """Return a time to the millisecond, in UTC; the day is named where it is not that of ``day``."""
    utc = at.astimezone(UTC)
    same = day is not None and utc.date() == day.astimezone(UTC).date()
    return utc.strftime("%H:%M:%S" if same else "%Y-%m-%d %H:%M:%S") + f".{utc.microsecond // 1000:03d}"


def minute(at: datetime) -> str:
    """Return a time to the minute, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def dollars(cost: float | None) -> str:
    """Return a cost in US dollars; a price nobody knows is not zero."""
    if cost is None:
        return "cost unknown"
    return "$0" if cost == 0 else f"${cost:.4f}"


def unit(value: float | None) -> str:
    """Return a number between 0 and 1 with two digits."""
    return "–" if value is None else f"{value:.2f}"


def several(count: int, noun: str, plural: str | None = None) -> str:
    """Return ``1 page``, ``3 pages``."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def page_range(pages: tuple[int, int]) -> str:
    """Return ``page 3``, ``pages 4–5``."""
    first, last = pages
    return f"page {first}" if first == last else f"pages {first}–{last}"


def abridged(text: str) -> str:
    """Return ``text`` with every whole sha-256 in it cut to its first 8 digits."""
    return _DIGEST.sub(r"\1", text)


def spoken(name: str) -> str:
    """Return a code name as words: ``sale_purchase_agreement`` becomes ``sale purchase agreement``."""
    return name.replace("_", " ")
