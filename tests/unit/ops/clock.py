"""Time that tests set, and the tries that they write into the retry owner's book."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.handling import Try

START = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@dataclass(slots=True)
class Tries:
    """The retry owner's book, filled in by hand."""

    tries: list[Try] = field(default_factory=list)

    async def call(self, name: str, function: Any) -> Any:
        return await function()


@dataclass(slots=True)
class Clock:
    """Time that passes only when told to."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return (self.at - START).total_seconds()

    def passes(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
