"""Documents in foreign buckets, on a real server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from store.s3_source import BucketSource
from store.sources import OverwrittenError, Place, SourceRefusedError
from tests.services import lacking

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(lacking("s3") is not None, reason=f"s3: {lacking('s3')}"),
]

LIMIT = 100_000


@dataclass
class Inbox:
    """A folder of a bucket that somebody else fills."""

    client: Any
    place: Place

    def put(self, name: str, data: bytes) -> tuple[str, str]:
        """Write an object; return its uri and etag."""
        place = Place(self.place.bucket, f"{self.place.key}/{name}")
        answer = self.client.put_object(Bucket=place.bucket, Key=place.key, Body=data)
        return place.uri, answer["ETag"].strip('"')

    def remove(self, name: str) -> None:
        """Delete an object."""
        self.client.delete_object(Bucket=self.place.bucket, Key=f"{self.place.key}/{name}")


@pytest.fixture
def inbox(bucket: str) -> Inbox:
    return Inbox(boto3.session.Session().client("s3"), Place(bucket, f"in/{uuid.uuid4().hex}"))


@pytest.fixture
def source(inbox: Inbox) -> Iterator[BucketSource]:
    source = BucketSource([inbox.place], LIMIT)
    yield source
    source.close()


@pytest.mark.parametrize("name", ["a.pdf", "a b/ü+%.pdf", "a%2Fb", "plus+sign", "~tilde"])
async def test_an_announced_object_is_read_by_its_etag(source: BucketSource, inbox: Inbox, name: str) -> None:
    uri, etag = inbox.put(name, b"bytes")

    assert await source.fetch(uri, etag=etag, version_id=None) == b"bytes"
    assert await source.fetch(uri, etag=None, version_id=None) == b"bytes"


async def test_an_object_overwritten_or_removed_since_is_told_as_such(
    source: BucketSource, inbox: Inbox
) -> None:
    uri, etag = inbox.put("a.pdf", b"first")
    inbox.put("a.pdf", b"second")
    with pytest.raises(OverwrittenError, match="other bytes lie"):
        await source.fetch(uri, etag=etag, version_id=None)
    inbox.remove("a.pdf")
    with pytest.raises(OverwrittenError, match="nothing lies"):
        await source.fetch(uri, etag=etag, version_id=None)


async def test_what_was_never_announced_and_is_not_there_is_refused(
    source: BucketSource, inbox: Inbox
) -> None:
    uri, _ = inbox.put("a.pdf", b"first")
    inbox.remove("a.pdf")
    with pytest.raises(SourceRefusedError, match="there is no object") as caught:
        await source.fetch(uri, etag=None, version_id=None)

    assert caught.value.reason == "source_missing"


async def test_a_large_object_is_refused_by_its_header(source: BucketSource, inbox: Inbox) -> None:
    uri, etag = inbox.put("big.pdf", b"x" * (LIMIT + 1))
    with pytest.raises(SourceRefusedError, match=f"{LIMIT + 1} bytes, more than the limit"):
        await source.fetch(uri, etag=etag, version_id=None)


async def test_nothing_outside_the_prefix_is_read_or_listed(source: BucketSource, inbox: Inbox) -> None:
    beside = Place(inbox.place.bucket, f"{inbox.place.key}-private/a.pdf")
    with pytest.raises(SourceRefusedError, match="not from a configured source"):
        await source.fetch(beside.uri, etag=None, version_id=None)
    with pytest.raises(SourceRefusedError, match="not from a configured source"):
        _ = [one async for one in source.list(Place(inbox.place.bucket, ""))]


@pytest.mark.usefixtures("bucket")
async def test_a_missing_bucket_is_named() -> None:
    source = BucketSource([Place("no-such-bucket", "")], LIMIT)
    with pytest.raises(SourceRefusedError, match="no bucket 'no-such-bucket'"):
        await source.fetch("s3://no-such-bucket/a", etag=None, version_id=None)
    source.close()


async def test_a_listing_has_every_object_beyond_a_page_and_nothing_beside(
    source: BucketSource, inbox: Inbox
) -> None:
    with ThreadPoolExecutor(8) as pool:
        etags = dict(pool.map(lambda n: inbox.put(f"{n:04d}.txt", b"x"), range(1005)))
    inbox.client.put_object(Bucket=inbox.place.bucket, Key=f"{inbox.place.key}-beside/a", Body=b"x")
    inbox.client.put_object(Bucket=inbox.place.bucket, Key=f"{inbox.place.key}/folder/", Body=b"")
    listed = [one async for one in source.list(inbox.place)]
    objects = [one for one in listed if not one.is_folder]

    assert [(one.place.uri, one.etag) for one in objects] == sorted(etags.items())
    assert {one.size for one in objects} == {1}
    assert len(listed) == 1006
