"""When outside parts did not answer: what processes note of their breakers, and the times that follow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from schemas.canonical import derive_id
from store import ops_keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal

_ID = re.compile(r"[0-9a-fA-F]{8}[0-9a-fA-F-]*")
LONGEST_REASON = 200


class OutageNote(Sealed):
    """What one process notes of one breaker: once when it opens, once more at its end.

    Attributes:
        process: Tells the process from every other.
        agents: What it runs.
        closed: When the target answered again, or the process ended; None in the note of the opening.
        answered: Whether the target answered again.
        failures: Failed calls that were counted.
        waited: The most messages that waited at once.
        reason: How the last call failed; ids are left out, for the note outlives documents.
    """

    target: str
    process: str
    agents: tuple[str, ...]
    opened: AwareDatetime
    closed: AwareDatetime | None = None
    answered: bool = False
    failures: int = 1
    waited: int = 0
    reason: str = ""

    @property
    def outage_id(self) -> str:
        """The same for the note of the opening and that of the end."""
        return derive_id("outage", self.process, self.target, self.opened.isoformat())


@dataclass(frozen=True, slots=True)
class Outage:
    """A stretch of time in which a target did not answer some process.

    Attributes:
        ended: None where no end is noted: it lasts still, or its process was killed.
    """

    target: str
    began: datetime
    ended: datetime | None
    agents: frozenset[str]
    waited: int
    reason: str

    def lasted(self, now: datetime) -> timedelta:
        """Return how long, until ``now`` where no end is noted."""
        return (self.ended or now) - self.began


def without_ids(reason: str) -> str:
    """Return a sentence without the ids in it, cut to what a line holds."""
    return _ID.sub("…", reason)[:LONGEST_REASON]


async def note_outage(store: ObjectStore, note: OutageNote) -> None:
    """Keep a note; the same one twice is kept once.

    Raises:
        TransientError: The store does not answer.
    """
    end = "opened" if note.closed is None else "closed"
    key = ops_keys.outage(note.opened.date().isoformat(), note.outage_id, end)
    await store.create(key, seal(note))


async def outages(store: ObjectStore, *, since: datetime, until: datetime) -> list[Outage]:
    """Return when which target did not answer from ``since`` to ``until``, by their beginning.

    What several processes note of a target at the same time is one outage.

    Raises:
        DamagedObjectError: A note can't be read back.
        TransientError: The store does not answer.
    """
    newest: dict[str, OutageNote] = {}
    for day in [day async for day in store.folders(ops_keys.OUTAGES)]:
        if not since.date().isoformat() <= day <= until.date().isoformat():
            continue
        async for key in store.list(f"{ops_keys.OUTAGES}/{day}"):
            data = await store.fetch(key)
            note = parse(data, OutageNote, key) if data is not None else None
            if note is not None and since <= note.opened <= until:
                known = newest.get(note.outage_id)
                newest[note.outage_id] = known if known is not None and known.closed else note
    return merged(list(newest.values()))


def merged(notes: Sequence[OutageNote]) -> list[Outage]:
    """Return the outages that notes speak of; those of one target that overlap are one.

    A note without an end lasts until its target's next one: by then its process had been started again.
    """
    found: list[Outage] = []
    for target in {note.target for note in notes}:
        some = sorted((n for n in notes if n.target == target), key=lambda n: (n.opened, n.process))
        current: Outage | None = None
        for place, note in enumerate(some):
            later = some[place + 1].opened if place + 1 < len(some) else None
            one = Outage(
                target, note.opened, note.closed or later, frozenset(note.agents), note.waited, note.reason
            )
            if current is not None and (current.ended is None or one.began <= current.ended):
                current = _joined(current, one)
                continue
            found += [current] if current is not None else []
            current = one
        found += [current] if current is not None else []
    return sorted(found, key=lambda one: (one.began, one.target))


def _joined(first: Outage, second: Outage) -> Outage:
    both = (first.ended, second.ended)
    return Outage(
        first.target,
        first.began,
        None if second.ended is None else max(end for end in both if end is not None),
        first.agents | second.agents,
        first.waited + second.waited,
        second.reason or first.reason,
    )
