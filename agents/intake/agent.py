"""Intake: fetch, hash, store, pin the run; from here on everything is keyed by the document id."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

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
from store.submissions import (
    Source,
    Submission,
    keep_submission,
    load_cause,
    load_note,
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

    async def fetch(self, uri: str) -> bytes:
        """Return the bytes, or raise PermanentError with reason ``source_refused``."""
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
            return announcements(delivery.envelope, delivery.envelope.data)
        dropped: DocumentDropped = payload_as(delivery.envelope, DocumentDropped)
        began = (self.stage.now(), time.perf_counter())
        store = RetryingStore(self.stage.store, delivery.calls)
        if dropped.document_id is not None and dropped.cause_id is not None:
            arrival = await self._run_again(store, delivery, dropped.document_id, dropped.cause_id)
        else:
            arrival = await self._first_run(store, delivery, dropped)

        async def judge(work: Work) -> Finding:
            return _let_in(work, arrival)

        manifest = arrival.manifest
        return await self.stage.run(
            delivery, judge, document_id=manifest.document_id, run_id=manifest.run_id, began=began
        )

    async def _first_run(self, store: ObjectStore, delivery: Delivery, dropped: DocumentDropped) -> _Arrival:
        uri, data = await self._take(store, delivery, dropped)
        document_id = sha256_hex(data)
        submission_id = submission_id_of(uri, dropped.etag or document_id, dropped.event_id)
        note = await load_note(store, dropped.event_id) if dropped.event_id else None
        submission = await keep_submission(
            store,
            Submission(
                submission_id=submission_id,
                document_id=document_id,
                source=Source(
                    kind="file" if note else "uri",
                    name=note.name if note else None,
                    path=note.path if note else None,
                    uri=uri,
                ),
                at=self.stage.now(),
                release_digest=await self.live.digest(self.stage.now()),
                size=len(data),
            ),
        )
        await store.create(keys.original(document_id), data, media_type="application/octet-stream")
        await note_link(store, document_id, keys.submission(submission_id))
        if dropped.ref is not None:
            await note_link(store, document_id, dropped.ref.uri)
        if dropped.event_id is not None and note is not None:
            await note_link(store, document_id, keys.inbox_note(dropped.event_id))
        manifest = await self._open(store, delivery, document_id, "first", submission.release_digest)
        return _Arrival(manifest, len(data), submission_id)

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
        return uri, await delivery.calls.call("source.fetch", lambda: self.sources.fetch(uri))

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
        return _Arrival(await self._open(store, delivery, document_id, cause_id, cause.release_digest), size)

    async def _open(
        self, store: ObjectStore, delivery: Delivery, document_id: str, cause: str, release_digest: str
    ) -> RunManifest:
        return await open_run(
            store,
            document_id=document_id,
            cause=cause,
            release_digest=release_digest,
            release=await load_release(store, release_digest),
            opened_by=delivery.envelope.id,
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
