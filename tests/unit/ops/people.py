"""What people do, as the commands do it for them: hand in a file, have one run again, decide a review."""

from __future__ import annotations

from datetime import datetime

from schemas.canonical import derive_id, sha256_hex
from schemas.decided import Decision
from schemas.documents import DocumentDropped
from schemas.message import Envelope, Message, new_traceparent, seal
from schemas.records import ReviewDecided
from schemas.results import ArtifactKind
from store import keys
from store.artifacts import put_artifact
from store.protocol import ObjectStore
from store.submissions import (
    Cause,
    InboxNote,
    Source,
    Submission,
    keep_cause,
    keep_note,
    keep_submission,
    note_link,
    submission_id_of,
)

Event = Envelope[Message]


async def offer(
    store: ObjectStore, data: bytes, name: str, *, release_digest: str, now: datetime
) -> tuple[str, Event]:
    """Put a file into the inbox, stored as intake stores it; returns its id and the event that offers it."""
    sha = sha256_hex(data)
    dropped_id = derive_id("drop", f"/scans/{name}", sha)
    body = await store.create(keys.inbox_bytes(sha), data, media_type="application/octet-stream")
    await keep_note(
        store, InboxNote(event_id=dropped_id, name=name, path=f"/scans/{name}", at=now, sha256=sha)
    )
    submission = Submission(
        submission_id=submission_id_of(keys.inbox_bytes(sha), sha, dropped_id),
        document_id=sha,
        source=Source(kind="file", name=name, uri=keys.inbox_bytes(sha)),
        at=now,
        release_digest=release_digest,
        size=len(data),
    )
    await keep_submission(store, submission)
    await store.create(keys.original(sha), data, media_type="application/octet-stream")
    for key in (
        keys.submission(submission.submission_id),
        keys.inbox_note(dropped_id),
        keys.inbox_bytes(sha),
    ):
        await note_link(store, sha, key)
    return sha, _drop(DocumentDropped(ref=body.ref, event_id=dropped_id), dropped_id, sha, sha, now)


async def force(
    store: ObjectStore, document_id: str, what: str, *, release_digest: str, now: datetime
) -> tuple[str, Event]:
    """Ask for another run; returns its cause and the event that carries it."""
    cause = Cause(
        cause_id=derive_id("cause", document_id, what), kind="force", release_digest=release_digest, at=now
    )
    await keep_cause(store, cause)
    message = DocumentDropped(document_id=document_id, cause_id=cause.cause_id)
    event_id = derive_id("drop", document_id, cause.cause_id)
    return cause.cause_id, _drop(message, event_id, document_id, cause.cause_id, now)


async def decide(store: ObjectStore, requested: Event, decision: Decision, *, now: datetime) -> Event:
    """Hand in a decision and return the event that carries it to the agents."""
    key = keys.review_draft(decision.document_id, decision.review_id)
    draft = await put_artifact(store, ArtifactKind.DECISION, key, decision)
    message = ReviewDecided(
        decision_id=decision.decision_id,
        review_id=decision.review_id,
        run_id=decision.run_id,
        kind=decision.kind,
        decision=draft,
    )
    return seal(
        message,
        event_id=derive_id("event", draft.uri, 0),
        source="doctrail/reviews",
        subject=decision.document_id,
        time=now,
        traceparent=new_traceparent(decision.decision_id),
        cause=requested.id,
    )


def _drop(message: DocumentDropped, event_id: str, subject: str, trace: str, now: datetime) -> Event:
    return seal(
        message,
        event_id=event_id,
        source="doctrail/submit",
        subject=subject,
        time=now,
        traceparent=new_traceparent(trace),
    )
