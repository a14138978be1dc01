from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bus.sqlite import SqliteBus
from catalog.database import Catalog
from ops.identify import UnknownIdError, identify
from ops.ingest import Synced, overwritten_objects, sync
from ops.show import load_shown, show_text
from ops.status import status
from schemas.documents import DocumentDropped
from schemas.handling import Outgoing
from store.sources import Listed, OverwrittenError, Place
from tests.unit.agents.fetching import let_fetch, workshop_with
from tests.unit.agents.slips import SURE
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
FOLDER = Place("incoming", "in")


class Bucket:
    """A bucket in memory: plain key to bytes; an etag is the bytes' own text."""

    def __init__(self, **objects: bytes) -> None:
        self.objects = {f"in/{name}.txt": data for name, data in objects.items()}

    def is_own(self, uri: str) -> bool:
        return False

    async def fetch(self, uri: str, *, etag: str | None, version_id: str | None) -> bytes:
        data = self.objects[uri.removeprefix("s3://incoming/")]
        if etag is not None and etag != etag_of(data):
            raise OverwrittenError("other bytes")
        return data

    async def list(self, folder: Place) -> AsyncIterator[Listed]:
        for age, (key, data) in enumerate(sorted(self.objects.items())):
            yield Listed(Place("incoming", key), etag_of(data), len(data), NOW - timedelta(days=age))


def etag_of(data: bytes) -> str:
    return f"{sum(data):x}"


class Inbox:
    """A bus that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    async def publish(self, messages: list[Outgoing]) -> None:
        self.sent += messages


async def synced(workshop: Workshop, bucket: Bucket, *, max_bytes: int = 1000) -> tuple[Synced, Inbox]:
    inbox = Inbox()
    done = await sync(
        workshop.store,
        inbox,  # type: ignore[arg-type]  # the one method of a bus that is needed
        bucket,
        FOLDER,
        now=workshop.now,
        max_bytes=max_bytes,
    )
    return done, inbox


async def test_a_listing_submits_what_no_event_announced_and_a_second_one_nothing() -> None:
    bucket = Bucket(a=SURE.encode(), b=b"SLIP\nshop: Other Ltd\ntotal: 1.00\n")
    workshop = workshop_with(bucket)
    first, inbox = await synced(workshop, bucket)
    await workshop.drive(inbox.sent)
    second, nothing = await synced(workshop, bucket)

    assert (first.sent, first.known, second.sent, second.known) == (2, 0, 0, 2)
    assert nothing.sent == []
    assert len(workshop.events("records.completed")) == 2


async def test_what_lies_there_anew_is_submitted_again() -> None:
    bucket = Bucket(a=SURE.encode())
    workshop = workshop_with(bucket)
    await workshop.drive((await synced(workshop, bucket))[1].sent)
    bucket.objects["in/a.txt"] = b"SLIP\nshop: Other Ltd\ntotal: 1.00\n"

    assert (await synced(workshop, bucket))[0].sent == 1


async def test_what_can_not_be_taken_is_told_in_a_sentence_each_and_folders_are_left_out() -> None:
    bucket = Bucket(a=b"x" * 11, b=b"ok")
    bucket.objects |= {"in/folder/": b"", "in/../up.txt": b"ok", f"in/{'x' * 1100}": b"ok"}
    done, inbox = await synced(workshop_with(bucket), bucket, max_bytes=10)

    assert [one.topic for one in inbox.sent] == [DocumentDropped.event]
    assert len(done.refused) == 3
    assert [word for word in ("'..'", "11 bytes", "1024") if any(word in one for one in done.refused)] == [
        "'..'",
        "11 bytes",
        "1024",
    ]


async def test_only_what_changed_lately_is_looked_at() -> None:
    bucket = Bucket(a=b"new", b=b"older")
    workshop, inbox = workshop_with(bucket), Inbox()
    done = await sync(
        workshop.store,
        inbox,  # type: ignore[arg-type]  # the one method of a bus that is needed
        bucket,
        FOLDER,
        now=workshop.now,
        max_bytes=1000,
        since=NOW - timedelta(hours=1),
    )

    assert (done.sent, done.older) == (1, 1)


async def test_what_came_too_late_is_listed_until_it_comes_in_after_all(
    catalog: Catalog, bus: SqliteBus, workshop: Workshop
) -> None:
    bucket = Bucket(a=SURE.encode())
    let_fetch(workshop, bucket)
    _, inbox = await synced(workshop, bucket)
    bucket.objects["in/a.txt"] = b"SLIP\nshop: Other Ltd\ntotal: 1.00\n"
    await workshop.drive(inbox.sent)

    assert [one.uri for one in await overwritten_objects(workshop.store, catalog)] == [
        "s3://incoming/in/a.txt"
    ]
    assert (await status(workshop.store, bus, catalog)).overwritten == 1
    with pytest.raises(UnknownIdError, match="overwritten or removed before it was read"):
        await identify(workshop.store, catalog, "s3://incoming/in/a.txt")

    await workshop.drive((await synced(workshop, bucket))[1].sent)
    found = await identify(workshop.store, catalog, "s3://incoming/in/a.txt")
    text = show_text(await load_shown(workshop.store, found.document_id))

    assert "another object was announced under s3://incoming/in/a.txt and gone before it was read" in text
    assert "“a.txt”" in text
