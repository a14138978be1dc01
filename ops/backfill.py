"""Running known documents again under the live release: slowly, after the living, restartable by its id."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from bus.protocol import Bus
from catalog.database import Catalog
from catalog.queries import document, list_documents, unfinished
from ops.progress import Awaited, End, end_of
from ops.submit import drop
from schemas.canonical import canonical_json, derive_id, digest
from schemas.documents import DocumentDropped
from schemas.errors import MissingObjectError, PermanentError
from schemas.layout import Frozen
from store import keys
from store.protocol import ObjectStore
from store.releases import Release, load_release, run_id_of, run_slots
from store.submissions import Cause, keep_cause, load_cause

RATE = 16
"""Runs of a backfill that are unfinished at the same time, at most."""


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
        repay: Models are asked anew, whatever replies are known; the unchanged ones, too.
    """

    doc_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    unchanged: bool = False
    repay: bool = False

    def words(self) -> str:
        """Return the selection as a person would say it."""
        parts = [
            f"--type {self.doc_type}" if self.doc_type else "",
            f"--since {self.since.isoformat()}" if self.since else "",
            f"--until {self.until.isoformat()}" if self.until else "",
            "--unchanged" if self.unchanged else "",
            "--repay" if self.repay else "",
        ]
        return " ".join(part for part in parts if part) or "every document"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document to run again, and the type that names it: its own or a part's; None where none was found."""

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
        cause_id=cause_id or derive_id("backfill", release_digest, digest(stated), now.isoformat()),
        kind="backfill",
        release_digest=release_digest,
        at=now,
        selection=stated,
        repay=selection.repay,
    )
    cause = await (load_cause(store, cause_id) if cause_id and not stated else keep_cause(store, wanted))
    if cause.kind != "backfill":
        raise PermanentError(f"{cause.cause_id} is a {cause.kind}, not a backfill", reason="backfill_kind")
    standing = Selection.model_validate(cause.selection)
    if stated and standing != selection:
        raise OtherSelectionError(cause.cause_id, standing.words())
    await store.create(keys.backfill(cause.cause_id), canonical_json({"cause_id": cause.cause_id}))
    return cause, standing


async def candidates(catalog: Catalog, selection: Selection) -> AsyncIterator[Candidate]:
    """Yield the documents that a selection names, in the order they were submitted.

    A part of a packet is run again with its whole packet, so that split and parts are of one release.
    """
    rows = list_documents(catalog, doc_type=selection.doc_type, since=selection.since, until=selection.until)
    async for row in rows:
        top = row
        while top.parent_id is not None and (above := await document(catalog, top.parent_id)) is not None:
            top = above
        yield Candidate(top.document_id, row.doc_type)


class Unfinished(Frozen):
    """A backfill that has not come to its end.

    Attributes:
        running: Documents that agents work on for it at the moment.
    """

    cause_id: str
    at: datetime
    selection: str
    release_digest: str
    running: int


async def unfinished_backfills(store: ObjectStore, catalog: Catalog) -> tuple[Unfinished, ...]:
    """Return the backfills that were started and did not come to their end, oldest first."""
    found = []
    async for cause_id in store.folders("backfills"):
        if await store.head(keys.backfill_finished(cause_id)) is None:
            cause = await load_cause(store, cause_id)
            found.append(
                Unfinished(
                    cause_id=cause_id,
                    at=cause.at,
                    selection=Selection.model_validate(cause.selection).words(),
                    release_digest=cause.release_digest,
                    running=await unfinished(catalog, cause_id),
                )
            )
    return tuple(sorted(found, key=lambda backfill: (backfill.at, backfill.cause_id)))


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
