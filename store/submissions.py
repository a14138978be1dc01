"""How documents came in, why they run again, and what belongs to them outside their folder."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, Field

from schemas.canonical import canonical_json, derive_id, digest
from schemas.errors import PermanentError
from schemas.layout import Frozen
from store import keys
from store.parsing import parse
from store.protocol import ObjectStore
from store.sealed import Sealed, seal

S = TypeVar("S", bound=Sealed)
F = TypeVar("F", bound=Frozen)


class UnknownCauseError(PermanentError):
    """A message names a cause that was never written; start the backfill or force again."""


class Source(Frozen):
    """Where a submission's bytes came from.

    Attributes:
        kind: ``file`` by the command line, ``uri`` fetched by intake.
        name: As the file was called.
        path: Absolute, as submitted.
        uri: Store key or foreign uri, without query.
    """

    kind: Literal["file", "uri"]
    name: str | None = None
    path: str | None = None
    uri: str | None = None


class Submission(Sealed):
    """The pin of a first run: whoever writes it first decides the release.

    Attributes:
        document_id: Also the sha-256 of the bytes.
        size: In bytes.
    """

    submission_id: str
    document_id: str
    source: Source
    at: AwareDatetime
    release_digest: str
    size: Annotated[int, Field(ge=0)]


class Overwritten(Sealed):
    """How a submission ended whose object was overwritten or removed before it was read.

    Should the very bytes come back and be read after all, the submission that stands then outranks it.

    Attributes:
        uri: Of the object, as it was announced.
        etag: Of what was announced, as its store says it.
    """

    submission_id: str
    uri: str
    etag: str | None = None
    version_id: str | None = None
    at: AwareDatetime


class Cause(Sealed):
    """Why known documents run again, written when the command starts.

    Attributes:
        release_digest: The release that every run of this cause is pinned to.
        selection: What was asked for (type, since, until, documents), as plain words or numbers.
        repay: Models are asked anew, whatever replies are known; under one cause each reply once.
    """

    cause_id: str
    kind: Literal["backfill", "force", "decision"]
    release_digest: str
    at: AwareDatetime
    selection: dict[str, str | int | float | bool | tuple[str, ...] | None] = Field(default_factory=dict)
    repay: bool = Field(default=False, exclude_if=lambda repay: not repay)


class InboxNote(Sealed):
    """Name and place of a file put into the inbox by ``doctrail submit``."""

    event_id: str
    name: str
    path: str
    at: AwareDatetime
    sha256: str


class Link(Frozen):
    """A key outside the document's folder that belongs to it."""

    key: str


def submission_id_of(uri: str, content: str, event_id: str | None) -> str:
    """Return the submission's id: the same uri, content (sha-256 or ETag) and client event, the same id."""
    return derive_id("submission", uri, content, event_id or "")


async def keep_submission(store: ObjectStore, submission: Submission) -> Submission:
    """Write a submission and return the one that stands, which may be an earlier one."""
    return await _keep(store, keys.submission(submission.submission_id), submission)


async def load_submission(store: ObjectStore, submission_id: str) -> Submission | None:
    """Return a submission, or None where there is none."""
    return await _recall(store, keys.submission(submission_id), Submission)


async def keep_overwritten(store: ObjectStore, end: Overwritten) -> Overwritten:
    """Note that a submission ended as overwritten, and return the note that stands."""
    return await _keep(store, keys.overwritten(digest(end.uri), end.submission_id), end)


async def overwritten(store: ObjectStore, uri: str | None = None) -> list[Overwritten]:
    """Return the notes of overwritten objects, of ``uri`` alone where it is given, oldest first.

    Those are among them whose submission came to stand since: the caller knows where to ask.
    """
    folder = "overwritten" if uri is None else f"overwritten/{digest(uri)}"
    noted = [key async for key in store.list(folder)]
    found = [await _recall(store, key, Overwritten) for key in noted]
    return sorted((one for one in found if one), key=lambda one: (one.at, one.submission_id))


async def keep_cause(store: ObjectStore, cause: Cause) -> Cause:
    """Write a cause and return the one that stands, so that a restarted backfill keeps its release."""
    return await _keep(store, keys.cause(cause.cause_id), cause)


async def load_cause(store: ObjectStore, cause_id: str) -> Cause:
    """Return a cause.

    Raises:
        UnknownCauseError: There is none under this id.
    """
    cause = await _recall(store, keys.cause(cause_id), Cause)
    if cause is None:
        raise UnknownCauseError(f"cause {cause_id!r} does not exist; start the command again", reason="cause")
    return cause


async def keep_note(store: ObjectStore, note: InboxNote) -> InboxNote:
    """Write an inbox note and return the one that stands."""
    return await _keep(store, keys.inbox_note(note.event_id), note)


async def load_note(store: ObjectStore, event_id: str) -> InboxNote | None:
    """Return the note of a submitted file, or None for a foreign producer's event."""
    return await _recall(store, keys.inbox_note(event_id), InboxNote)


async def note_link(store: ObjectStore, document_id: str, key: str) -> None:
    """Note that ``key`` lies outside the document's folder but belongs to it."""
    await store.create(keys.link(document_id, digest(key)), canonical_json(Link(key=key)))


async def links(store: ObjectStore, document_id: str) -> list[str]:
    """Return the keys outside the document's folder that belong to it."""
    noted = [key async for key in store.list(f"{keys.document(document_id)}/links")]
    found = [await _recall(store, key, Link) for key in noted]
    return sorted(link.key for link in found if link is not None)


async def _keep(store: ObjectStore, key: str, value: S) -> S:
    written = await store.create(key, seal(value))
    return parse(written.data, type(value), key)


async def _recall(store: ObjectStore, key: str, kind: type[F]) -> F | None:
    data = await store.fetch(key)
    return None if data is None else parse(data, kind, key)
