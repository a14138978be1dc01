"""A bucket that keeps versions: the store behaves as in any other, and intake reads the version announced."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from store.connect import connect
from store.s3_source import BucketSource
from store.sources import Place
from tests.services import lacking, versioning_s3_server

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(lacking("s3") is not None, reason=f"s3: {lacking('s3')}"),
]

BUCKET = "versioned"


@pytest.fixture(scope="module")
def versioned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A bucket with versioning switched on, while this process has what it takes to use it."""
    with (
        versioning_s3_server(tmp_path_factory.mktemp("versions")) as server,
        pytest.MonkeyPatch.context() as environment,
    ):
        for name, value in server.items():
            environment.setenv(name, value)
        client = boto3.session.Session().client("s3")
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield BUCKET


async def test_an_object_is_written_once_replaced_and_removed_as_in_any_bucket(versioned: str) -> None:
    store = connect(f"s3://{versioned}/once")

    first = await store.create("documents/d/original", b"first")
    second = await store.create("documents/d/original", b"second")
    await store.replace("documents/d/note", b"old")
    await store.replace("documents/d/note", b"new")

    assert (first.created, second.created, second.data) == (True, False, b"first")
    assert await store.read(second.ref) == b"first"
    assert await store.fetch("documents/d/note") == b"new"
    assert [key async for key in store.list("documents")] == ["documents/d/note", "documents/d/original"]


async def test_what_was_removed_is_gone_although_its_versions_stay(versioned: str) -> None:
    store = connect(f"s3://{versioned}/gone")
    await store.create("documents/d/original", b"first")

    await store.delete("documents/d/original")
    gone = await store.fetch("documents/d/original"), [key async for key in store.list("documents")]

    assert gone == (None, [])


async def test_the_version_that_was_announced_is_read_although_another_lies_on_top(versioned: str) -> None:
    client = boto3.session.Session().client("s3")
    announced = client.put_object(Bucket=versioned, Key="in/lease.pdf", Body=b"announced")["VersionId"]
    client.put_object(Bucket=versioned, Key="in/lease.pdf", Body=b"overwritten")
    source = BucketSource([Place(versioned, "in")], max_bytes=1000)

    read = await source.fetch(f"s3://{versioned}/in/lease.pdf", etag=None, version_id=announced)

    source.close()
    assert read == b"announced"
