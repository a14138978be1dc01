"""An S3 in trouble: busy, silent, cut off half-way, with other credentials; on a real server."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest

from bus.breaker import Breakers
from bus.retry import Retrier, RetrySettings
from schemas.errors import TransientError
from store.protocol import HalfKeptError, StoreDeniedError
from store.retrying import RetryingStore
from store.s3 import IN_ONE_PUT, S3Store
from store.s3_source import BucketSource
from store.sources import Place
from tests.faulty_proxy import Fault, FaultyProxy
from tests.services import LIMITED, lacking, s3_folder

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(lacking("s3") is not None, reason=f"s3: {lacking('s3')}"),
]

KEY = "documents/d/original"


@pytest.fixture
def place(bucket: str) -> Place:
    return Place(bucket, f"t/{uuid.uuid4().hex}")


@pytest.fixture
async def proxy(s3: dict[str, str]) -> AsyncIterator[FaultyProxy]:
    port = urlsplit(s3["AWS_ENDPOINT_URL_S3"]).port
    async with FaultyProxy(port or 80) as running:
        yield running


@pytest.fixture
def behind(place: Place) -> S3Store:
    """The store, straight at the server."""
    return S3Store(place.bucket, place.key)


@pytest.fixture
def store(place: Place, proxy: FaultyProxy, behind: S3Store) -> Iterator[S3Store]:
    """A store whose every call goes through the proxy."""
    del behind  # made before the proxy is where all look
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL_S3", proxy.url)
        yield S3Store(place.bucket, place.key, patience=timedelta(seconds=10))


@pytest.fixture
def half_keep(s3: dict[str, str], place: Place) -> Callable[[], None]:
    """Takes the object of KEY and leaves its etag, as a kill of the server in the middle of a put does."""
    folder = s3_folder(s3["AWS_ENDPOINT_URL_S3"])
    if folder is None:
        pytest.skip("the S3 server is not ours, so its folder can't be reached")
    return (folder / place.bucket / place.key / KEY).unlink


def retrier() -> Retrier:
    """Return a retry owner that waits for nothing."""

    async def at_once(_: float) -> None:
        return

    return Retrier(RetrySettings(), Breakers(), sleep=at_once)


async def test_a_busy_server_is_asked_again_and_every_try_is_recorded(
    store: S3Store, proxy: FaultyProxy
) -> None:
    calls = retrier()
    proxy.faults.extend(["unavailable", "unavailable"])
    created = await RetryingStore(store, calls).create(KEY, b"bytes")

    assert created.created
    assert [(one.number, one.error is None) for one in calls.tries] == [(1, False), (2, False), (3, True)]
    assert str(calls.tries[0].error).endswith(": it answered with status 503")
    assert proxy.methods == ["PUT", "PUT", "PUT"]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("fault", ["unavailable", "cut answer", "silent"])
async def test_trouble_that_lasts_ends_after_four_tries_as_a_passing_one(
    place: Place, behind: S3Store, proxy: FaultyProxy, fault: Fault
) -> None:
    await behind.create(KEY, b"b" * 1000)
    store = S3Store(place.bucket, place.key, patience=timedelta(seconds=0.3))
    calls = retrier()
    proxy.always = fault
    with pytest.raises(TransientError) as caught:
        await RetryingStore(store, calls).fetch(KEY)

    assert caught.value.target == "store"
    assert "Error" not in str(caught.value)
    assert [one.number for one in calls.tries] == [1, 2, 3, 4]
    assert len(proxy.methods) == 4


async def test_clocks_that_are_apart_are_a_passing_trouble_that_is_named(
    store: S3Store, proxy: FaultyProxy
) -> None:
    proxy.always = "skewed"

    calls = store.create(KEY, b"bytes"), store.fetch(KEY), store.head(KEY), store.replace(KEY, b"bytes")
    for call in calls:
        with pytest.raises(TransientError, match="set the clock"):
            await call


async def test_a_put_that_is_cut_half_way_is_never_acknowledged_and_leaves_nothing(
    store: S3Store, behind: S3Store, proxy: FaultyProxy
) -> None:
    data = b"half" * 500_000
    proxy.faults.append("cut request")
    with pytest.raises(TransientError):
        await store.create(KEY, data)

    assert await behind.fetch(KEY) is None
    assert (await store.create(KEY, data)).created
    assert await behind.fetch(KEY) == data


async def test_a_put_whose_answer_was_lost_is_found_to_stand_by_the_next_try(
    store: S3Store, proxy: FaultyProxy
) -> None:
    proxy.faults.append("lost answer")
    calls = retrier()
    found = await RetryingStore(store, calls).create(KEY, b"bytes")

    assert found.data == b"bytes"
    assert proxy.methods == ["PUT", "PUT", "GET"]
    assert [one.error is None for one in calls.tries] == [False, True]


@pytest.mark.slow
async def test_a_large_object_goes_up_in_parts_whole_or_not_at_all(
    store: S3Store, behind: S3Store, proxy: FaultyProxy
) -> None:
    data = bytes(range(256)) * (IN_ONE_PUT // 256 + 1)
    proxy.faults.extend(["none", "none", "none", "cut request"])
    with pytest.raises(TransientError):
        await store.create(KEY, data)
    assert await behind.fetch(KEY) is None
    created = await behind.create(KEY, data)

    assert created.created
    assert await behind.read(created.ref) == data
    assert not (await behind.create(KEY, data)).created
    assert "POST" in proxy.methods


@pytest.mark.parametrize("fault", ["unavailable", "cut answer"])
async def test_a_foreign_bucket_in_trouble_is_waited_for_by_its_name(
    place: Place, proxy: FaultyProxy, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = boto3.session.Session().client("s3")
    client.put_object(Bucket=place.bucket, Key=f"{place.key}/a", Body=b"b" * 1000)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy.url)
    source = BucketSource([place], 10_000)
    proxy.faults.append(fault)
    with pytest.raises(TransientError) as caught:
        await source.fetch(f"{place.uri}/a", etag=None, version_id=None)

    assert caught.value.target == f"source:{place.bucket}"
    assert await source.fetch(f"{place.uri}/a", etag=None, version_id=None) == b"b" * 1000
    source.close()


async def test_credentials_that_change_in_their_file_are_used_at_once_where_the_old_are_refused(
    place: Place, s3: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(key: str, secret: str) -> None:
        file.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n")

    file = tmp_path / "credentials"
    owner = (s3.get("AWS_ACCESS_KEY_ID", "doctrail"), s3.get("AWS_SECRET_ACCESS_KEY", "doctrail-secret"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    for name in LIMITED:
        monkeypatch.delenv(name)
    write("nobody", "who")
    store, source = S3Store(place.bucket, place.key), BucketSource([place], 1000)
    with pytest.raises(StoreDeniedError):
        await store.create("runs/a.json", b"bytes")
    write(*owner)
    calls = retrier()
    created = await RetryingStore(store, calls).create("runs/a.json", b"bytes")

    assert created.created
    assert [one.error is None for one in calls.tries] == [False, True]
    assert await source.fetch(f"{place.uri}/runs/a.json", etag=None, version_id=None) == b"bytes"
    source.close()


async def test_what_a_server_that_died_began_is_finished_by_the_same_bytes(
    behind: S3Store, half_keep: Callable[[], None]
) -> None:
    await behind.create(KEY, b"bytes")
    half_keep()
    absent = await behind.fetch(KEY)
    found = await behind.create(KEY, b"bytes")

    assert absent is None
    assert (found.data, found.created) == (b"bytes", False)
    assert await behind.read(found.ref) == b"bytes"


async def test_what_was_put_without_an_answer_is_finished_before_other_bytes_take_its_place(
    store: S3Store, proxy: FaultyProxy, behind: S3Store, half_keep: Callable[[], None]
) -> None:
    proxy.faults.append("lost answer")
    with pytest.raises(TransientError):
        await store.create(KEY, b"at first")
    half_keep()
    found = await store.create(KEY, b"a run later")

    assert (found.data, found.created) == (b"at first", False)
    assert await behind.read(found.ref) == b"at first"


async def test_a_half_kept_key_of_unknown_bytes_is_named_and_free_once_somebody_put_and_deleted_it(
    behind: S3Store, half_keep: Callable[[], None]
) -> None:
    await behind.create(KEY, b"of another process")
    half_keep()
    with pytest.raises(HalfKeptError, match=KEY) as caught:
        await behind.create(KEY, b"bytes")
    await behind.delete(KEY)
    with pytest.raises(HalfKeptError):
        await behind.create(KEY, b"bytes")
    await behind.replace(KEY, b"anything")
    await behind.delete(KEY)

    assert caught.value.target != "store"
    assert (await behind.create(KEY, b"bytes")).created


async def test_bytes_that_stand_are_never_replaced_by_an_older_put_without_an_answer(
    store: S3Store, proxy: FaultyProxy, behind: S3Store
) -> None:
    proxy.faults.append("cut request")
    with pytest.raises(TransientError):
        await store.create(KEY, b"at first" * 1000)
    await behind.create(KEY, b"of another process")
    found = await store.create(KEY, b"a run later")

    assert (found.data, found.created) == (b"of another process", False)
