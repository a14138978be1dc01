"""What the embedded log forgets: messages that every group has finished, once they are old enough."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bus.sqlite_schema import rollback

SLOT_SHIFT = 40
"""A record's id is its slot times 2 to this, plus its offset: a million million records a partition."""

BATCH = 500
"""Records deleted in one transaction: a few milliseconds, for which whoever writes waits."""

FIRST_SECONDS = 60.0
"""How long after the file was opened it is first looked: a short command deletes nothing."""

LOOK_SECONDS = 600.0
"""How often it is looked for what is old enough, once there is nothing left."""

Readers = Callable[[str], Collection[str]]
"""The groups that read a topic, whether or not they have begun to."""


@dataclass(slots=True)
class Retention:
    """Deletes what nobody needs any more, a batch at a time, while there is nothing else to do.

    A message goes once every group that reads its topic has committed past it and it is older than ``days``.
    A topic that nobody has ever read keeps everything. The file does not shrink: its free pages are used
    again.

    Attributes:
        seconds: How long a message is kept at the least; infinite keeps everything.
        readers: Groups whose absence from the file means that they have read nothing yet.
        now: The clock that stamps records.
        clock: Seconds by a clock that never jumps.
    """

    seconds: float
    readers: Readers
    now: Callable[[], datetime]
    clock: Callable[[], float]
    _due: float = field(init=False)

    def __post_init__(self) -> None:
        self._due = self.clock() + FIRST_SECONDS

    @property
    def wait(self) -> float | None:
        """Seconds until something may be deleted, or None where nothing ever is."""
        if self.seconds == float("inf"):
            return None
        return max(self._due - self.clock(), 0.0)

    def trim(self, connection: sqlite3.Connection) -> int:
        """Delete one batch and return how many messages it held.

        Raises:
            sqlite3.Error: The file does not take it now; nothing was deleted.
        """
        # Also after an error: whatever is wrong is not asked about again at once.
        self._due = self.clock() + LOOK_SECONDS
        deleted = trim(connection, int((self.now().timestamp() - self.seconds) * 1000), self.readers)
        if deleted == BATCH:
            self._due = float("-inf")
        return deleted


def trim(connection: sqlite3.Connection, before: int, readers: Readers, batch: int = BATCH) -> int:
    """Delete up to ``batch`` messages published before ``before`` (ms since 1970) that all have finished."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        gone: list[int] = []
        for slot, finished in _finished(connection, readers).items():
            first = slot << SLOT_SHIFT
            rows = connection.execute(
                "SELECT id, at FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
                (first, first | finished, batch - len(gone)),
            )
            for id_, at in rows:
                if at >= before:
                    break
                gone.append(id_)
        connection.executemany("DELETE FROM records WHERE id = ?", [(id_,) for id_ in gone])
        connection.execute("COMMIT")
    except BaseException:
        rollback(connection)
        raise
    return len(gone)


def _finished(connection: sqlite3.Connection, readers: Readers) -> Mapping[int, int]:
    """Return the first offset of each slot that some group has not finished."""
    committed: dict[int, dict[str, int]] = {}
    for group, slot, offset in connection.execute("SELECT consumer_group, slot, next FROM offsets"):
        committed.setdefault(slot, {})[group] = offset
    found = {}
    for slot, topic in connection.execute("SELECT slot, topic FROM slots ORDER BY slot"):
        groups = dict.fromkeys(readers(topic), 0) | committed.get(slot, {})
        found[slot] = min(groups.values(), default=0)
    return found
