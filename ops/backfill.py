"""Running known documents again under the live release: slowly, after the living, restartable by its id."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from bus.protocol import Bus
from catalog.database import Catalog
from catalog.queries import unfinished
from ops.backfill_selection import Candidate, Selection
from ops.progress import Awaited, End, end_of
from ops.submit import drop
from schemas.canonical import canonical_json, derive_id
from schemas.documents import DocumentDropped
from schemas.errors import MissingObjectError
from store import keys
from store.protocol import ObjectStore
from store.releases import Release, load_release, run_id_of, run_slots
from store.submissions import Cause

RATE = 16
"""Runs of a backfill that are unfinished at the same time, at most."""


@dataclass(slots=True)
class Tally:
    """How far a backfill has come.

    Attributes:
        selected: Documents that the selection names.
        unchanged: Left out: the release judges them as their newest run was judged.
        already: Finished under this id before.
        sent: Sent now.
        ended: Where those sent now came to rest.
        waiting_for: Live documents that go first at the moment.
        complete: Every selected document rests.
    """

    selected: int = 0
    unchanged: int = 0
    already: int = 0
    sent: int = 0
    ended: dict[End, int] = field(default_factory=dict)
    waiting_for: int = 0
    complete: bool = False

    @property
    def finished(self) -> int:
        """How many of those sent now came to rest."""
        return sum(self.ended.values())


@dataclass(slots=True)
class Backfill:
    """One backfill at work; make it anew to restart it under its cause.

    Attributes:
        rate: Runs of it that are unfinished at the same time, at most.
        pause: Waits a moment; returns True to stop early.
    """

    store: ObjectStore
    bus: Bus
    catalog: Catalog
    cause: Cause
    selection: Selection
    now: Callable[[], datetime]
    pause: Callable[[], Awaitable[bool]]
    rate: int = RATE
    tally: Tally = field(default_factory=Tally)
    _releases: dict[str, Release] = field(default_factory=dict)
    _unfinished: list[Awaited] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    async def count(self, candidates: AsyncIterator[Candidate]) -> Tally:
        """Return what a run of this backfill would do, sending nothing."""
        async for candidate in candidates:
            if await self._takes(candidate):
                self.tally.sent += 1
        return self.tally

    async def run(self, candidates: AsyncIterator[Candidate]) -> Tally:
        """Send every document that is not finished under this id, and return when all rest.

        Stops early, with what it sent so far, when ``pause`` says so; nothing is lost by that.
        """
        async for candidate in candidates:
            if await self._takes(candidate):
                if not await self._room():
                    return self.tally
                await self._send(candidate.document_id)
        while self._unfinished:
            await self._look()
            if self._unfinished and await self.pause():
                return self.tally
        note = {"at": self.now().isoformat(), "sent": self.tally.sent, "already": self.tally.already}
        await self.store.create(keys.backfill_finished(self.cause.cause_id), canonical_json(note))
        self.tally.complete = True
        return self.tally

    async def _takes(self, candidate: Candidate) -> bool:
        if candidate.document_id in self._taken:
            # Its packet goes for another of its parts already.
            return False
        self.tally.selected += 1
        taken = await self._judges(candidate)
        if taken:
            self._taken.add(candidate.document_id)
        return taken

    async def _judges(self, candidate: Candidate) -> bool:
        if await self.store.head(keys.run(self._run_id(candidate.document_id))) is not None:
            if await end_of(self.store, self._awaited(candidate.document_id)) is not None:
                self.tally.already += 1
                return False
            return True
        if not self.selection.unchanged and not await self._changed(candidate):
            self.tally.unchanged += 1
            return False
        return True

    async def _changed(self, candidate: Candidate) -> bool:
        slots = await run_slots(self.store, candidate.document_id)
        if not slots:
            return False
        older = await self._release(slots[-1].release_digest)
        return judges_otherwise(older, await self._release(self.cause.release_digest), candidate.doc_type)

    async def _release(self, wanted: str) -> Release:
        if wanted not in self._releases:
            self._releases[wanted] = await load_release(self.store, wanted)
        return self._releases[wanted]

    async def _room(self) -> bool:
        """Wait until one more may be sent; False to stop."""
        while True:
            await self._look()
            self.tally.waiting_for = await self._live()
            if len(self._unfinished) < self.rate and not self.tally.waiting_for:
                return True
            if await self.pause():
                return False

    async def _live(self) -> int:
        """Return how many live documents are under way, those not yet let in included."""
        inbox = (await self.bus.lag("intake", [DocumentDropped.event]))[DocumentDropped.event].unread
        opened = [await self.store.head(keys.run(self._run_id(one.document_id))) for one in self._unfinished]
        own = sum(size is None for size in opened)
        return await unfinished(self.catalog, "first") + max(inbox - own, 0)

    async def _look(self) -> None:
        for one in list(self._unfinished):
            end = await end_of(self.store, one)
            if end is not None:
                self._unfinished.remove(one)
                self.tally.ended[end] = self.tally.ended.get(end, 0) + 1

    async def _send(self, document_id: str) -> None:
        if await self.store.head(keys.original(document_id)) is None:
            raise MissingObjectError(keys.original(document_id))
        message = DocumentDropped(document_id=document_id, cause_id=self.cause.cause_id)
        event_id = self._event_id(document_id)
        await self.bus.publish([drop(message, event_id=event_id, subject=document_id, now=self.now())])
        self._unfinished.append(self._awaited(document_id))
        self.tally.sent += 1

    def _run_id(self, document_id: str) -> str:
        return run_id_of(document_id, self.cause.cause_id, self.cause.release_digest)

    def _event_id(self, document_id: str) -> str:
        # The id of the message follows from the cause, so that sending it again is the same event.
        return derive_id("drop", document_id, self.cause.cause_id)

    def _awaited(self, document_id: str) -> Awaited:
        event_id = self._event_id(document_id)
        return Awaited(document_id, event_id, None, self.cause.cause_id, self.cause.release_digest)


def judges_otherwise(older: Release, newer: Release, doc_type: str | None) -> bool:
    """Whether ``newer`` may come to another result than ``older`` on a document of this type."""
    shared = (
        ([part.sha256 for part in older.shared_parts()], [part.sha256 for part in newer.shared_parts()]),
        (older.accept_generated_certificates, newer.accept_generated_certificates),
        (sorted(older.bundles), sorted(newer.bundles)),
    )
    if any(before != after for before, after in shared):
        return True
    if doc_type is None or doc_type not in newer.bundles:
        return False
    return older.bundles[doc_type].digest != newer.bundles[doc_type].digest
