"""Documents that lie in a bucket: submits what no event announced, and tells what came too late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bus.protocol import Bus, Outgoing
from catalog import queries
from catalog.database import Catalog
from ops.submit import drop
from schemas.canonical import derive_id
from schemas.documents import DocumentDropped
from schemas.layout import Frozen
from schemas.s3_events import hexed, object_uri
from store import keys
from store.protocol import ObjectStore
from store.sources import ForeignBuckets, Listed, Place
from store.submissions import overwritten, submission_id_of

TOGETHER = 32
"""Objects looked up and announced at the same time."""


@dataclass(slots=True)
class Synced:
    """What a listing came to.

    Attributes:
        sent: Announced now.
        known: Submitted before, by an event or an earlier listing.
        older: Last changed before the moment asked for.
        refused: Why the others were not announced, a sentence each.
    """

    sent: int = 0
    known: int = 0
    older: int = 0
    refused: list[str] = field(default_factory=list)

    @property
    def listed(self) -> int:
        """Objects seen, folders left out."""
        return self.sent + self.known + self.older + len(self.refused)


class OverwrittenRow(Frozen):
    """An announced object that was gone before it was read."""

    submission_id: str
    uri: str
    etag: str | None
    at: datetime


async def sync(
    store: ObjectStore,
    bus: Bus,
    buckets: ForeignBuckets,
    folder: Place,
    *,
    now: Callable[[], datetime],
    max_bytes: int,
    since: datetime | None = None,
    progress: Callable[[Synced], None] = lambda _: None,
) -> Synced:
    """Announce every object of ``folder`` that is not submitted yet, just as an event would have.

    An object's submission follows from its uri and etag, so that a second listing, or an event that
    comes late, finds it.

    Args:
        store: Where the submissions lie.
        bus: Where objects are announced.
        buckets: Lists the objects.
        folder: What to list.
        now: The clock.
        max_bytes: Largest object taken.
        since: Only objects that were changed at this moment or later.
        progress: Called after each handful.

    Raises:
        SourceRefusedError: ``folder`` may not be listed.
        TransientError: Bucket, store or bus does not answer; doing it again goes on.
    """
    done = Synced()
    async for some in _handfuls(buckets.list(folder)):
        wanted: list[DocumentDropped] = []
        for listed in some:
            if since is not None and listed.modified < since:
                done.older += 1
                continue
            refusal = _refusal(listed, max_bytes)
            if refusal is None:
                wanted.append(DocumentDropped(uri=listed.place.uri, etag=hexed(listed.etag)))
            else:
                done.refused.append(refusal)
        known = await _known(store, wanted)
        fresh = [one for one in wanted if _submission_id(one) not in known]
        await bus.publish([_announcement(one, now()) for one in fresh])
        done.sent += len(fresh)
        done.known += len(known)
        progress(done)
    return done


async def overwritten_objects(store: ObjectStore, catalog: Catalog) -> list[OverwrittenRow]:
    """Return the announced objects that were gone before they were read, oldest first."""
    noted = await overwritten(store)
    standing = await queries.known_submissions(catalog, [one.submission_id for one in noted])
    return [
        OverwrittenRow(submission_id=one.submission_id, uri=one.uri, etag=one.etag, at=one.at)
        for one in noted
        if one.submission_id not in standing
    ]


async def _handfuls(objects: AsyncIterator[Listed]) -> AsyncIterator[list[Listed]]:
    some: list[Listed] = []
    async for listed in objects:
        if listed.is_folder:
            continue
        some.append(listed)
        if len(some) == TOGETHER:
            yield some
            some = []
    if some:
        yield some


def _refusal(listed: Listed, max_bytes: int) -> str | None:
    place = listed.place
    try:
        object_uri(place.bucket, place.key)
    except ValueError as error:
        return f"object {place.uri[:200]!r} is not announced: {error}"
    if {".", ".."} & set(place.key.split("/")):
        return f"object {place.uri!r} is not announced: its key leads through '.' or '..'"
    if listed.size > max_bytes:
        return (
            f"object {place.uri!r} is not announced: it has {listed.size} bytes, more than the limit of "
            f"{max_bytes} (DOCTRAIL_MAX_FILE_MB)"
        )
    return None


async def _known(store: ObjectStore, wanted: Sequence[DocumentDropped]) -> Collection[str]:
    async with asyncio.TaskGroup() as group:
        looks = {
            one: group.create_task(store.head(keys.submission(one))) for one in map(_submission_id, wanted)
        }
    return {one for one, look in looks.items() if look.result() is not None}


def _submission_id(dropped: DocumentDropped) -> str:
    return submission_id_of(dropped.uri or "", dropped.etag or "", None)


def _announcement(dropped: DocumentDropped, now: datetime) -> Outgoing:
    event_id = derive_id("listed", _submission_id(dropped))
    return drop(dropped, event_id=event_id, subject=event_id, now=now)
