"""What a watch is told, what it tells, and what it needs of the world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from ops.progress import Awaited, End
from ops.submit import Submitted


class Happening(StrEnum):
    """What happened to a file, or to the watch."""

    SUBMITTED = "submitted"
    KNOWN = "known"
    ENDED = "ended"
    REFUSED = "refused"
    LATER = "later"
    VANISHED = "vanished"
    EMPTY = "empty"
    CLOSED = "closed"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell the operator.

    Attributes:
        path: The file or folder.
        sentence: Why, where there is something to say.
        end: Where its document rests, once it does.
        moved_to: Where the file is now.
    """

    what: Happening
    path: Path
    sentence: str | None = None
    end: End | None = None
    moved_to: Path | None = None


class News(Protocol):
    """Who tells what changed."""

    deaf: bool

    async def wait(self, seconds: float) -> Collection[Path] | None:
        """Return what changed, at the latest after ``seconds``; None once it is time to stop."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """What the watch needs of the world.

    Attributes:
        submit: Puts a file into the inbox.
        end_of: Where a submission rests, or None while it is under way.
        tell: Told of everything that happens.
        clock: Seconds by a clock that never jumps.
        now: Seconds since 1970.
    """

    submit: Callable[[Path], Awaitable[Submitted]]
    end_of: Callable[[Awaited], Awaitable[End | None]]
    tell: Callable[[Event], None]
    clock: Callable[[], float]
    now: Callable[[], float]


@dataclass(slots=True)
class Tally:
    """What a watch did."""

    submitted: int = 0
    known: int = 0
    refused: int = 0
    ended: Counter[End] = field(default_factory=Counter)
    under_way: int = 0
