"""Intake: fetch, hash, store, pin the run; from here on everything is keyed by the document id."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from agents.intake.announced import announcements
from agents.stage import Finding, Stage, Work
from schemas.canonical import sha256_hex
from schemas.documents import DocumentDropped, DocumentSubmitted
from schemas.errors import MissingObjectError, PermanentError
from schemas.handling import Delivery, Outgoing
from schemas.message import Message
from schemas.objects import ObjectRef
from schemas.s3_events import ObjectsAnnounced
from schemas.versions import payload_as
from store import keys
from store.children import load_origin
from store.protocol import ObjectStore
from store.releases import RunManifest, load_release, open_run
from store.retrying import RetryingStore
from store.sources import OverwrittenError, name_in, unhexed
from store.submissions import (
    Overwritten,
    Source,
    Submission,
    keep_overwritten,
    keep_submission,
    load_cause,
    load_note,
    load_submission,
    note_link,
    submission_id_of,
)


class LiveRelease(Protocol):
    """Knows which release is live; embedded wiring publishes edited type folders first."""

    async def digest(self, now: datetime) -> str:
        """Return the digest of the live release."""
        ...


class Sources(Protocol):
    """Fetches foreign bytes from configured places."""

    def is_own(self, uri: str) -> bool:
        """Whether ``uri`` lies in the store that doctrail itself writes."""
        ...

    async def fetch(self, uri: str, *, etag: str | None, version_id: str | None) -> bytes:
        """Return the bytes behind ``uri``: those that were announced, where etag or version are known.

        Raises:
            SourceRefusedError: They may not be taken.
            OverwrittenError: What was announced is not there any more.
            TransientError: The source does not answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A document at the door: its pinned run, its size in bytes, and the submission, if one led here."""

    manifest: RunManifest
    size: int
    submission_id: str | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """The agent that lets documents in."""

    stage: Stage
    live: LiveRelease
    sources: Sources

    name = "intake"
    consumes: Sequence[type[Message]] = (DocumentDropped, ObjectsAnnounced)

    async def handle(self, delivery: Delivery) -> Sequence[Outgoing]:
        """Store the bytes, pin the run, and publish ``documents.submitted``.

        An object store's notification becomes an inbox message per object.
        """
        if isinstance(delivery.envelope.data, ObjectsAnnounced):
            return announcements(delivery.envelope, delivery.envelope.data, self.sources.is_own)
        dropped: DocumentDropped = payload_as(delivery.envelope, DocumentDropped)
        began = (self.stage.now(), time.perf_counter())
        store = RetryingStore(self.stage.store, delivery.calls)
        if dropped.document_id is not None and dropped.cause_id is not None:
            arrival = await self._run_again(store, delivery, dropped.document_id, dropped.cause_id)
        else:
            submission = await self._submission(store, delivery, dropped)
            if submission is None:
                return ()
            arrival = await self._first_run(store, delivery, dropped, submission)

        async def judge(work: Work) -> Finding:
            return _let_in(work, arrival)

        manifest = arrival.manifest
        return await self.stage.run(
            delivery, judge, document_id=manifest.document_id, run_id=manifest.run_id, began=began
        )

    async def _submission(
        self, store: ObjectStore, delivery: Delivery, dropped: DocumentDropped
    ) -> Submission | None:
        """Return the pin of what was dropped; None where its object was overwritten before it was read."""
        pinned = await _pinned(store, dropped)
        if pinned is not None:
            return pinned
        try:
            return await self._pin(store, delivery, dropped)
        except OverwrittenError:
            await keep_overwritten(store, _overwritten(dropped, self.stage.now()))
            # Whoever read it in time while this one came too late has the last word.
            return await _pinned(store, dropped)

    async def _pin(self, store: ObjectStore, delivery: Delivery, dropped: DocumentDropped) -> Submission:
        uri, data = await self._take(store, delivery, dropped)
        document_id = sha256_hex(data)
        note = await load_note(store, dropped.event_id) if dropped.event_id else None
        # Before the pin: what is pinned can be handled even if its source is gone by then.
        await store.create(keys.original(document_id), data, media_type="application/octet-stream")
        return await keep_submission(
            store,
            Submission(
                submission_id=submission_id_of(uri, dropped.etag or document_id, dropped.event_id),
                document_id=document_id,
                source=Source(
                    kind="file" if note else "uri",
                    name=note.name if note else name_in(uri) if dropped.uri else None,
                    path=note.path if note else None,
                    uri=uri,
                ),
                at=self.stage.now(),
                release_digest=await self.live.digest(self.stage.now()),
                size=len(data),
            ),
        )

    async def _first_run(
        self, store: ObjectStore, delivery: Delivery, dropped: DocumentDropped, submission: Submission
    ) -> _Arrival:
        document_id, submission_id = submission.document_id, submission.submission_id
        await note_link(store, document_id, keys.submission(submission_id))
        if dropped.ref is not None:
            await note_link(store, document_id, dropped.ref.uri)
        if dropped.event_id is not None and submission.source.kind == "file":
            await note_link(store, document_id, keys.inbox_note(dropped.event_id))
        manifest = await self._open(store, delivery, document_id, "first", submission.release_digest)
        return _Arrival(manifest, submission.size, submission_id)

    async def _take(
        self, store: ObjectStore, delivery: Delivery, dropped: DocumentDropped
    ) -> tuple[str, bytes]:
        if dropped.ref is not None:
            if not dropped.ref.uri.startswith("inbox/"):
                raise PermanentError(
                    f"ref {dropped.ref.uri!r} lies outside inbox/, the only place documents are taken from",
                    reason="source_refused",
                )
            return dropped.ref.uri, await store.read(dropped.ref)
        uri = dropped.uri or ""
        etag, version_id = unhexed(dropped.etag), unhexed(dropped.version_id)
        # A name of its own for each bucket: one that does not answer makes nobody wait but those it is for.
        source = f"source.fetch:{urlsplit(uri).netloc}"
        return uri, await delivery.calls.call(
            source, lambda: self.sources.fetch(uri, etag=etag, version_id=version_id)
        )

    async def _run_again(
        self, store: ObjectStore, delivery: Delivery, document_id: str, cause_id: str
    ) -> _Arrival:
        cause = await load_cause(store, cause_id)
        origin = await load_origin(store, document_id)
        if origin is not None:
            raise PermanentError(
                f"document {document_id} is a part of {origin.parent_id}; run that again instead, whole",
                reason="part_of_packet",
            )
        size = await store.head(keys.original(document_id))
        if size is None:
            raise MissingObjectError(keys.original(document_id))
        manifest = await self._open(
            store, delivery, document_id, cause_id, cause.release_digest, repay=cause.repay
        )
        return _Arrival(manifest, size)

    async def _open(
        self,
        store: ObjectStore,
        delivery: Delivery,
        document_id: str,
        cause: str,
        release_digest: str,
        *,
        repay: bool = False,
    ) -> RunManifest:
        return await open_run(
            store,
            document_id=document_id,
            cause=cause,
            release_digest=release_digest,
            release=await load_release(store, release_digest),
            opened_by=delivery.envelope.id,
            repay=repay,
        )


async def _pinned(store: ObjectStore, dropped: DocumentDropped) -> Submission | None:
    """Return the submission of an announced object that was read before, whatever lies there now."""
    if dropped.uri is None or dropped.etag is None:
        return None
    return await load_submission(store, submission_id_of(dropped.uri, dropped.etag, dropped.event_id))


def _overwritten(dropped: DocumentDropped, now: datetime) -> Overwritten:
    uri = dropped.uri or ""
    return Overwritten(
        submission_id=submission_id_of(uri, dropped.etag or dropped.version_id or "", dropped.event_id),
        uri=uri,
        etag=unhexed(dropped.etag),
        version_id=unhexed(dropped.version_id),
        at=now,
    )


def _let_in(work: Work, arrival: _Arrival) -> Finding:
    manifest = arrival.manifest
    original = ObjectRef(
        uri=keys.original(manifest.document_id),
        sha256=manifest.document_id,
        size=arrival.size,
        media_type="application/octet-stream",
    )
    message = DocumentSubmitted(
        run_id=manifest.run_id,
        run_cause=manifest.cause,
        submission_id=arrival.submission_id,
        original=original,
    )
    if manifest.opened_by != work.delivery.envelope.id:
        return _known(work, manifest, message)
    work.trail.inputs["original"] = original
    work.trail.step(
        "decision",
        "run pinned",
        release=manifest.release_digest,
        run_cause=manifest.cause,
        run_number=manifest.number,
        submission=arrival.submission_id,
    )
    return Finding(result=None, messages=[(manifest.document_id, message)])


def _known(work: Work, manifest: RunManifest, message: DocumentSubmitted) -> Finding:
    """Tell of one more submission of a run that another message opened and publishes; no work comes of it."""
    work.trail.step("note", "already known", run_id=manifest.run_id, opened_by=manifest.opened_by)
    if message.submission_id is None:
        return Finding(result=None, messages=(), ended="reused")
    told = message.model_copy(update={"known": True})
    return Finding(result=None, messages=[(manifest.document_id, told)], ended="reused")
