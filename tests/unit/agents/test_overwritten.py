"""What becomes of an announced object that is not there any more when it is to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from agents.intake.sources import ConfiguredSources, FolderSource
from schemas.documents import DocumentDropped
from schemas.handling import Outgoing
from schemas.message import encode, new_traceparent, seal
from store.sources import OverwrittenError, SourceRefusedError
from store.submissions import load_submission, overwritten, submission_id_of
from tests.unit.agents.fetching import workshop_with
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio

SLIP = b"SLIP\nshop: Corner Ltd\ntotal: 9.00\n"
URI = "s3://incoming/in/slip.txt"
ETAG = b"one".hex()
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@dataclass
class Shelf:
    """A bucket with one object under every uri, which can be taken away or replaced."""

    etag: str | None = "one"
    reads: list[tuple[str | None, str | None]] = field(default_factory=list)

    def is_own(self, uri: str) -> bool:
        return False

    async def fetch(self, uri: str, *, etag: str | None, version_id: str | None) -> bytes:
        self.reads.append((etag, version_id))
        if self.etag is None or etag not in (None, self.etag):
            raise OverwrittenError("not there any more")
        return SLIP


def dropped(name: str, **values: str) -> Outgoing:
    envelope = seal(
        DocumentDropped(uri=URI, **values),
        event_id=name * 64,
        source="doctrail/submit",
        subject=name * 64,
        time=NOW,
        traceparent=new_traceparent(name),
    )
    return Outgoing(DocumentDropped.event, name * 64, name * 64, encode(envelope))


async def notes(workshop: Workshop) -> Sequence[tuple[str, str | None]]:
    return [(one.uri, one.etag) for one in await overwritten(workshop.store)]


async def test_an_object_overwritten_before_it_was_read_ends_as_overwritten_and_once() -> None:
    workshop = workshop_with(Shelf(etag="two"))
    await workshop.drive([dropped("a", etag=ETAG)])
    await workshop.drive([dropped("a", etag=ETAG)])

    assert await notes(workshop) == [(URI, "one")]
    assert workshop.published == []
    assert not [key for key in workshop.store.objects if key.startswith(("documents/", "dead_letters/"))]


async def test_what_was_read_once_goes_on_whatever_lies_there_later() -> None:
    shelf = Shelf()
    workshop = workshop_with(shelf)
    await workshop.drive([dropped("a", etag=ETAG)])
    shelf.etag = None
    await workshop.drive([dropped("b", etag=ETAG)])

    assert await notes(workshop) == []
    assert len(shelf.reads) == 1
    assert [one.get("known") for one in workshop.events("documents.submitted")] == [None, True]


async def test_the_same_bytes_put_back_and_announced_again_are_taken_after_all() -> None:
    shelf = Shelf(etag=None)
    workshop = workshop_with(shelf)
    await workshop.drive([dropped("a", etag=ETAG)])
    shelf.etag = "one"
    await workshop.drive([dropped("b", etag=ETAG)])
    submission = await load_submission(workshop.store, submission_id_of(URI, ETAG, None))

    assert submission is not None
    assert (submission.source.name, submission.source.uri) == ("slip.txt", URI)
    assert len(workshop.events("records.completed")) == 1


async def test_a_version_is_asked_for_by_its_plain_name() -> None:
    shelf = Shelf()
    await workshop_with(shelf).drive([dropped("a", etag=ETAG, version_id=b"v1.x".hex())])

    assert shelf.reads == [("one", "v1.x")]


@pytest.mark.parametrize("etag", [b"a\r\nX: y".hex(), "ff", b'a"b'.hex()])
async def test_what_no_store_calls_its_content_by_is_refused(etag: str) -> None:
    with pytest.raises(SourceRefusedError, match="no etag"):
        await workshop_with(Shelf()).drive([dropped("a", etag=etag)])


async def test_without_configured_prefixes_no_bucket_is_read() -> None:
    sources = ConfiguredSources(FolderSource(None, 1000))
    with pytest.raises(SourceRefusedError, match="not from a configured source; allowed: nothing"):
        await workshop_with(sources).drive([dropped("a", etag=ETAG)])
