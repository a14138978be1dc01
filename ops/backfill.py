"""Running known documents again under the live release: slowly, after the living, restartable by its id."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from bus.protocol import Bus
from ops.progress import Awaited, End, end_of
from ops.submit import drop
from schemas.canonical import derive_id
from schemas.documents import DocumentDropped
from schemas.errors import MissingObjectError, PermanentError
from schemas.layout import Frozen
from store import keys
from store.protocol import ObjectStore
from store.releases import Release, load_release, run_id_of, run_slots
from store.submissions import Cause, keep_cause, load_cause

RATE = 16
"""Runs of a backfill that are unfinished at the same time, at most."""

LOOK_SECONDS = 0.2
"""How often the ends of unfinished runs are looked for."""


class OtherSelectionError(PermanentError):
    """A backfill of this id runs with another selection; restart it with the id alone, or take a new id."""

    def __init__(self, cause_id: str, stated: str) -> None:
        super().__init__(
            f"backfill {cause_id} was started with {stated}; restart it with --id alone, or start a new one",
            reason="backfill_selection",
        )


class Selection(Frozen):
    """Which documents run again.

    Attributes:
        doc_type: Only documents found to be of this type.
        since: Only those submitted at or after.
        until: Only those submitted before.
        unchanged: Also documents that the release would judge exactly as their newest run was judged.
    """

    doc_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    unchanged: bool = False

    def words(self) -> str:
        """Return the selection as a person would say it."""
        parts = [
            f"--type {self.doc_type}" if self.doc_type else "",
            f"--since {self.since.isoformat()}" if self.since else "",
            f"--until {self.until.isoformat()}" if self.until else "",
            "--unchanged" if self.unchanged else "",
        ]
        return " ".join(part for part in parts if part) or "every document"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that the selection names; ``doc_type`` is None where none was found."""

    document_id: str
    doc_type: str | None


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
    """

    selected: int = 0
    unchanged: int = 0
    already: int = 0
    sent: int = 0
    ended: dict[End, int] = field(default_factory=dict)
    waiting_for: int = 0

    @property
    def finished(self) -> int:
        """How many of those sent now came to rest."""
        return sum(self.ended.values())


Live = Callable[[], Awaitable[int]]
"""Returns how many live documents are unfinished or unread."""


async def start(
    store: ObjectStore,
    selection: Selection,
    *,
    release_digest: str,
    now: datetime,
    cause_id: str | None = None,
) -> tuple[Cause, Selection]:
    """Return the cause of a backfill and its selection: new, or as it was started under ``cause_id``.

    Raises:
        OtherSelectionError: It was started with another selection.
        UnknownCauseError: ``cause_id`` names none that exists, and the selection is empty.
    """
    stated = selection.model_dump(mode="json", exclude_defaults=True)
    wanted = Cause(
        cause_id=cause_id or derive_id("backfill", release_digest, stated_key(stated), now.isoformat()),
        kind="backfill",
        release_digest=release_digest,
        at=now,
        selection=stated,
    )
    cause = await (load_cause(store, cause_id) if cause_id and not stated else keep_cause(store, wanted))
    if cause.kind != "backfill":
        raise PermanentError(f"{cause.cause_id} is a {cause.kind}, not a backfill", reason="backfill_kind")
    standing = Selection.model_validate(cause.selection)
    if stated and standing != selection:
        raise OtherSelectionError(cause.cause_id, standing.words())
    return cause, standing


def stated_key(stated: dict[str, object]) -> str:
    """Return one text for a selection, for its id."""
    return ";".join(f"{name}={stated[name]}" for name in sorted(stated))


@dataclass(slots=True)
class Backfill:
    """One backfill at work; make it anew to restart it under its cause.

    Attributes:
        rate: Runs of it that are unfinished at the same time, at most.
        live: How many live documents are unfinished; none is sent while there are any.
        pause: Waits a moment; returns True to stop early.
    """

    store: ObjectStore
    bus: Bus
    cause: Cause
    selection: Selection
    now: Callable[[], datetime]
    live: Live
    pause: Callable[[], Awaitable[bool]]
    rate: int = RATE
    tally: Tally = field(default_factory=Tally)
    _releases: dict[str, Release] = field(default_factory=dict)
    _unfinished: list[Awaited] = field(default_factory=list)

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
                break
        return self.tally

    async def _takes(self, candidate: Candidate) -> bool:
        self.tally.selected += 1
        run_id = run_id_of(candidate.document_id, self.cause.cause_id, self.cause.release_digest)
        if await self.store.head(keys.run(run_id)) is not None:
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

    async def _release(self, digest: str) -> Release:
        if digest not in self._releases:
            self._releases[digest] = await load_release(self.store, digest)
        return self._releases[digest]

    async def _room(self) -> bool:
        """Wait until one more may be sent; False to stop."""
        while True:
            await self._look()
            self.tally.waiting_for = await self.live()
            if len(self._unfinished) < self.rate and not self.tally.waiting_for:
                return True
            if await self.pause():
                return False

    async def _look(self) -> None:
        for one in list(self._unfinished):
            end = await end_of(self.store, one)
            if end is not None:
                self._unfinished.remove(one)
                self.tally.ended[end] = self.tally.ended.get(end, 0) + 1

    async def _send(self, document_id: str) -> None:
        if await self.store.head(keys.original(document_id)) is None:
            raise MissingObjectError(keys.original(document_id))
        awaited = self._awaited(document_id)
        message = DocumentDropped(document_id=document_id, cause_id=self.cause.cause_id)
        await self.bus.publish(
            [drop(message, event_id=awaited.event_id, subject=document_id, now=self.now())]
        )
        self._unfinished.append(awaited)
        self.tally.sent += 1

    def _awaited(self, document_id: str) -> Awaited:
        # The id of the message follows from the cause, so that sending it again is the same event.
        event_id = derive_id("drop", document_id, self.cause.cause_id)
        return Awaited(document_id, event_id, None, self.cause.cause_id, self.cause.release_digest)


def judges_otherwise(older: Release, newer: Release, doc_type: str | None) -> bool:
    """Whether ``newer`` may come to another result than ``older`` on a document of this type."""
    shared = (
        (older.classifier.sha256, newer.classifier.sha256),
        (older.classifier_thresholds.sha256, newer.classifier_thresholds.sha256),
        (older.accept_generated_certificates, newer.accept_generated_certificates),
        (sorted(older.bundles), sorted(newer.bundles)),
    )
    if any(before != after for before, after in shared):
        return True
    if doc_type is None or doc_type not in newer.bundles:
        return False
    return older.bundles[doc_type].digest != newer.bundles[doc_type].digest


async def breathe() -> bool:
    """Pause between two looks; never asks to stop."""
    await asyncio.sleep(LOOK_SECONDS)
    return False
