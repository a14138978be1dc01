"""Which files are completely written: those that nobody has touched for a while. Pure; time is passed in."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Facts:
    """What tells a file from what it was a moment ago.

    Attributes:
        size: In bytes.
        modified: When its bytes last changed, in nanoseconds; whoever writes a file may set it back.
        changed: When anything about it last changed, a move included; nobody can set it back.
        inode: Which file stands under the name.
    """

    size: int
    modified: int
    changed: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Facts:
        """Return the facts of what ``path`` leads to.

        Raises:
            OSError: Nothing is there, or it may not be asked.
        """
        found = os.stat(path)  # noqa: PTH116 (four fields of one answer)
        return cls(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)

    def same_bytes_as(self, other: Facts) -> bool:
        """Return whether nothing says that the bytes are others."""
        return (self.size, self.modified, self.inode) == (other.size, other.modified, other.inode)

    def age(self, now: float) -> float:
        """Return the seconds that it has been left alone at ``now`` (seconds since 1970)."""
        return now - max(self.modified, self.changed) / 1e9


@dataclass(frozen=True, slots=True)
class _Seen:
    facts: Facts
    since: float


class Settling:
    """Files on their way to be complete, and those that were taken as they are.

    A file is complete once it was left alone for ``seconds``; one that was so when it was first seen is
    complete at once. An empty file is never complete: most programs make one before they write.

    Args:
        seconds: How long a file must have been left alone.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: dict[Path, _Seen] = {}
        self._taken: dict[Path, Facts] = {}

    def note(self, path: Path, facts: Facts, *, at: float, age: float) -> None:
        """Take note of a file as it is.

        Args:
            path: Its name.
            facts: As it is now.
            at: The time by a clock that never jumps.
            age: Seconds that it has been left alone, by its own times.
        """
        if self._taken.get(path) == facts:
            return
        self._taken.pop(path, None)
        seen = self._waiting.get(path)
        if seen is None:
            since = at - min(max(age, 0.0), self._seconds)
            self._waiting[path] = _Seen(facts, since)
        elif seen.facts != facts:
            self._waiting[path] = _Seen(facts, at)

    def forget(self, path: Path) -> bool:
        """Drop what is gone, and return whether it was still waited for."""
        self._taken.pop(path, None)
        return self._waiting.pop(path, None) is not None

    def complete(self, at: float) -> list[tuple[Path, Facts]]:
        """Return the files that are complete now, by name; each is the caller's until it changes again."""
        found = [
            (path, seen.facts)
            for path, seen in self._waiting.items()
            if seen.facts.size and at - seen.since >= self._seconds
        ]
        for path, facts in found:
            del self._waiting[path]
            self._taken[path] = facts
        return sorted(found, key=lambda one: one[0])

    def again(self, path: Path, facts: Facts, *, at: float) -> None:
        """Give a file back that could not be taken now; it is complete again after as long a wait."""
        self._taken.pop(path, None)
        self._waiting[path] = _Seen(facts, at)

    def wait(self, at: float) -> float | None:
        """Return the seconds until a file may be complete, or None where none is under way."""
        dues = [seen.since + self._seconds for seen in self._waiting.values() if seen.facts.size]
        return max(min(dues) - at, 0.0) if dues else None

    @property
    def paths(self) -> frozenset[Path]:
        """Every file known."""
        return frozenset(self._waiting) | frozenset(self._taken)
