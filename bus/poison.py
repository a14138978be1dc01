"""The poison guard: a message that kills its process is found by sessions, never by guesses.

While a worker owns a partition a session object says so; a clean end deletes it. Whoever finds one
that another left behind knows that its owner died with up to a window of messages in hand. Those
suspects (the records that follow the commit, up to the end the partition had at the assignment) are
handled one at a time, each alone in its process, with a marker in the store that counts how often
a process died during that. The third such death is the message's own fault. In normal work
there are no markers at all, and a message that merely was in hand when its neighbour killed the
process is never counted.

Nothing tells a process that was killed from outside from one that its message killed, so a message
with deaths to its name is only taken up again once its process has lived for a while: ``calm``
seconds after the first death, twice as long after the second. Where processes are killed every few
seconds nobody is blamed for it, and a message that does kill is found out some seconds later. What
remains: processes killed at random every T seconds, and a message that is in hand for d of them, is
wrongly blamed with a probability of about (d / T)**2 after the first such kill, times that of the
process living through ``3 * calm`` seconds (for d = 1 s, T = 30 s: less than one in a thousand).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog
from pydantic import ValidationError

from bus import telemetry
from bus.protocol import Partition
from bus.solitude import Solitude
from schemas.canonical import canonical_json
from schemas.layout import Frozen
from store import keys
from store.protocol import ObjectStore

log = structlog.get_logger("bus")

PARTING_SECONDS = 3.0
"""Longest time that taking back a mark or a session may hold up a stop."""


class Session(Frozen):
    """A living, or dead, owner of a partition.

    Attributes:
        window: How many messages after the commit it may have in hand.
    """

    owner: str
    window: int
    since: datetime


class Marker(Frozen):
    """How often a process died while it handled this message alone; the present time included."""

    event_id: str
    deaths: int


class PoisonGuard:
    """Sessions and markers of one group in the store."""

    def __init__(self, store: ObjectStore, *, group: str, owner: str, window: int) -> None:
        self._store = store
        self._group = group
        self._owner = owner
        self._window = window
        self._going: set[asyncio.Task[None]] = set()

    async def arrive(self, partition: Partition, now: datetime) -> int:
        """Write our session; return how many records after the commit another's death makes suspect."""
        key = self._session(partition)
        found = await self._store.fetch(key)
        session = Session(owner=self._owner, window=self._window, since=now)
        await self._store.replace(key, canonical_json(session))
        if found is None:
            return 0
        left = _read(found)
        if left is None:
            return self._window
        return 0 if left.owner == self._owner else left.window

    async def depart(self, partition: Partition) -> None:
        """Delete our session: nothing of ours is in hand any more. One of the next owner's stays."""
        key = self._session(partition)
        found = await self._store.fetch(key)
        if found is None:
            return
        standing = _read(found)
        if standing is None or standing.owner == self._owner:
            await self._store.delete(key)

    async def deaths(self, event_id: str) -> int:
        """Return how often a process died with this message alone in hand."""
        found = await self._store.fetch(keys.poison_marker(self._group, event_id))
        try:
            return 0 if found is None else Marker.model_validate_json(found).deaths
        except ValidationError:
            # Whatever it counted is not worth stopping for; the message is counted anew.
            return 0

    async def mark(self, event_id: str, deaths: int) -> None:
        """Set the count; zero removes the marker."""
        key = keys.poison_marker(self._group, event_id)
        if deaths:
            await self._store.replace(key, canonical_json(Marker(event_id=event_id, deaths=deaths)))
        else:
            await self._store.delete(key)

    def take_back(self, event_id: str, deaths: int) -> asyncio.Task[None]:
        """Set the count in a task of its own, which outlives whoever waits for it."""
        task = asyncio.create_task(self.mark(event_id, deaths))
        self._going.add(task)
        task.add_done_callback(self._went)
        return task

    async def settled(self) -> None:
        """Wait until every count that is being set is set: what comes next builds on it."""
        if self._going:
            await asyncio.wait(self._going)

    def _went(self, task: asyncio.Task[None]) -> None:
        self._going.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            log.warning(telemetry.MARK_LEFT, failure=str(failure))

    def _session(self, partition: Partition) -> str:
        return keys.session(self._group, f"{partition.topic}-{partition.number}")


def _read(found: bytes) -> Session | None:
    """Return a session, or None where it is unreadable."""
    try:
        return Session.model_validate_json(found)
    except ValidationError:
        return None


class Presence(Protocol):
    """How a message is in hand: beside others or alone; left while it waits behind a breaker."""

    @property
    def at_once(self) -> bool:
        """Whether ``enter`` waits for nobody and asks nobody."""
        ...

    async def enter(self) -> None:
        """Begin, or go on after ``leave``; nothing happens if entered."""
        ...

    async def leave(self) -> None:
        """Stop for now; nothing happens if not entered."""
        ...


class Beside:
    """In hand beside others, as in all normal work."""

    def __init__(self, solitude: Solitude) -> None:
        self._solitude = solitude
        self._inside = False

    @property
    def at_once(self) -> bool:
        """Whether nobody is or wants to be alone."""
        return self._solitude.shared

    async def enter(self) -> None:
        """Enter unless somebody is alone."""
        if not self._inside:
            await self._solitude.share()
            self._inside = True

    async def leave(self) -> None:
        """Leave."""
        if self._inside:
            self._inside = False
            self._solitude.unshare()


class Alone:
    """In hand alone; a process that dies now leaves one death more than before.

    Args:
        limit: Deaths with which a message is not taken in hand any more.
        calm: Seconds a process must have lived before it takes up a message with one death.
        on_wait: Told before and after that wait, during which the message is not in hand.

    Attributes:
        deaths: Deaths before this time, once entered.
    """

    def __init__(
        self,
        solitude: Solitude,
        guard: PoisonGuard,
        event_id: str,
        *,
        limit: int,
        calm: float,
        on_wait: Callable[[bool], None] = lambda _: None,
        parting: float = PARTING_SECONDS,
    ) -> None:
        self._solitude = solitude
        self._guard = guard
        self._event_id = event_id
        self._limit = limit
        self._calm = calm
        self._on_wait = on_wait
        self._parting = parting
        self._inside = False
        self.deaths = 0

    @property
    def at_once(self) -> bool:
        """Never: others are waited for, and the store is asked."""
        return False

    @property
    def condemned(self) -> bool:
        """Whether the message killed its process often enough."""
        return self.deaths >= self._limit

    async def enter(self) -> None:
        """Wait until everyone else has left, then mark the message; one that is condemned stays outside."""
        if self._inside:
            return
        await self._guard.settled()
        self.deaths = await self._guard.deaths(self._event_id)
        if self.condemned:
            return
        await self._await_calm()
        await self._solitude.isolate()
        self._inside = True
        await self._guard.mark(self._event_id, self.deaths + 1)

    async def leave(self) -> None:
        """Take back this time's mark: the process lives."""
        if not self._inside:
            return
        self._inside = False
        taken_back = self._guard.take_back(self._event_id, self.deaths)
        try:
            # Bounded, because this runs when a message is cancelled, and a stop that hangs is killed. A
            # process that lives on takes its mark back however long that takes: no death that never was
            # may be counted, or a busy machine would condemn healthy messages.
            async with asyncio.timeout(self._parting):
                await asyncio.shield(taken_back)
        except TimeoutError:
            log.warning(telemetry.MARK_LEFT, event_id=self._event_id, deaths=self.deaths + 1)
        finally:
            self._solitude.rejoin()

    async def _await_calm(self) -> None:
        due = self._calm * 2 ** (self.deaths - 1) if self.deaths else 0.0
        left = due - self._solitude.age
        if left > 0:
            self._on_wait(True)
            try:
                await asyncio.sleep(left)
            finally:
                self._on_wait(False)

    async def absolve(self) -> None:
        """Forget all deaths: the message was handled, or is dead-lettered."""
        if self.deaths:
            await self._guard.settled()
            await self._guard.mark(self._event_id, 0)
