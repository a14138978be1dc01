"""What every store promises."""

from __future__ import annotations

import asyncio

import pytest

from schemas.canonical import sha256_hex
from schemas.errors import DigestMismatchError, InvariantError, MissingObjectError
from schemas.objects import ObjectRef
from store.plain_keys import InvalidKeyError
from store.protocol import ObjectStore
from tests.contract.store.tampering import Tampering

pytestmark = pytest.mark.anyio


async def listed(store: ObjectStore, prefix: str) -> list[str]:
    return [key async for key in store.list(prefix)]


async def test_a_created_object_is_read_back_under_its_reference(store: ObjectStore) -> None:
    created = await store.create("runs/a.json", b"{}", media_type="application/json")

    assert created.created
    assert created.data == b"{}"
    assert created.ref == ObjectRef(
        uri="runs/a.json", sha256=sha256_hex(b"{}"), size=2, media_type="application/json"
    )
    assert await store.read(created.ref) == b"{}"
    assert await store.fetch("runs/a.json") == b"{}"
    assert await store.head("runs/a.json") == 2


async def test_a_second_writer_gets_the_bytes_of_the_first(store: ObjectStore) -> None:
    await store.create("runs/a.json", b"first")

    second = await store.create("runs/a.json", b"second!")

    assert not second.created
    assert second.data == b"first"
    assert (second.ref.sha256, second.ref.size) == (sha256_hex(b"first"), 5)


async def test_of_many_writers_at_once_one_wins_and_all_see_its_bytes(store: ObjectStore) -> None:
    for turn in range(20):
        offers = [f"writer {n}".encode() for n in range(8)]
        async with asyncio.TaskGroup() as group:
            key = f"documents/d/runs/{turn}.json"
            tasks = [group.create_task(store.create(key, offer)) for offer in offers]
        results = [task.result() for task in tasks]

        assert sum(result.created for result in results) == 1
        assert {result.data for result in results} == {await store.fetch(key)}


async def test_an_empty_object_is_an_object(store: ObjectStore) -> None:
    created = await store.create("inbox/empty", b"")

    assert await store.read(created.ref) == b""
    assert await store.head("inbox/empty") == 0
    assert await listed(store, "inbox") == ["inbox/empty"]


async def test_what_is_not_there_is_none_or_missing_by_name(store: ObjectStore) -> None:
    ref = ObjectRef(uri="runs/no.json", sha256="0" * 64, size=1, media_type="text/plain")

    assert await store.fetch("runs/no.json") is None
    assert await store.head("runs/no.json") is None
    with pytest.raises(MissingObjectError, match=r"runs/no\.json"):
        await store.read(ref)


@pytest.mark.parametrize("bytes_there", [b"whole obj", b"", b"whole objecT", b"whole object and more"])
async def test_other_or_truncated_bytes_are_never_read_as_the_object(
    store: ObjectStore, tamper: Tampering, bytes_there: bytes
) -> None:
    created = await store.create("documents/d/original", b"whole object")
    tamper.put("documents/d/original", bytes_there)

    with pytest.raises(DigestMismatchError, match="documents/d/original"):
        await store.read(created.ref)


async def test_a_reference_of_the_wrong_size_is_refused_though_the_digest_agrees(store: ObjectStore) -> None:
    created = await store.create("inbox/a", b"abc")

    with pytest.raises(DigestMismatchError):
        await store.read(created.ref.model_copy(update={"size": 2}))


async def test_a_listing_holds_the_folders_keys_in_order_and_no_others(store: ObjectStore) -> None:
    keys = ["a/b/2", "a/b.json", "a/b/10", "a/b-c/1", "ab/1", "a/b/c/d", "z"]
    for key in keys:
        await store.create(key, b"x")

    assert await listed(store, "a") == sorted(key for key in keys if key.startswith("a/"))
    assert await listed(store, "a/b") == ["a/b/10", "a/b/2", "a/b/c/d"]
    assert await listed(store, "a/b/") == ["a/b/10", "a/b/2", "a/b/c/d"]
    assert await listed(store, "") == sorted(keys)
    assert await listed(store, "nothing/here") == []


async def test_a_listing_goes_beyond_a_page(store: ObjectStore) -> None:
    keys = [f"seen/{n:04d}" for n in range(1100)]
    async with asyncio.TaskGroup() as group:
        for key in keys:
            group.create_task(store.create(key, b"x"))

    assert await listed(store, "seen") == keys


async def test_folders_are_named_once_and_only_while_they_hold_objects(store: ObjectStore) -> None:
    for key in (
        "documents/b/original",
        "documents/b/runs/1",
        "documents/a/original",
        "documents/c/x/y",
        "top",
    ):
        await store.create(key, b"x")
    await store.delete("documents/a/original")

    assert [name async for name in store.folders("documents")] == ["b", "c"]
    assert [name async for name in store.folders("")] == ["documents"]
    assert [name async for name in store.folders("nowhere")] == []


async def test_deleting_removes_and_may_be_repeated(store: ObjectStore) -> None:
    await store.create("inbox/a", b"x")

    await store.delete("inbox/a")
    await store.delete("inbox/a")

    assert await store.fetch("inbox/a") is None
    assert await listed(store, "inbox") == []
    assert (await store.create("inbox/a", b"again")).created


async def test_replacing_writes_over_what_stands_there(store: ObjectStore) -> None:
    await store.replace("sessions/g/0.json", b"one")
    await store.replace("sessions/g/0.json", b"two")

    assert await store.fetch("sessions/g/0.json") == b"two"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/a",
        "a/",
        "a//b",
        "../a",
        "a/../b",
        "a/./b",
        ".staging/x",
        "a/.b",
        "a b",
        "a?b",
        "a#1",
        "ä",
        "a\nb",
        "a\\b",
        "a:b",
        "~a",
        "x" * 513,
    ],
)
async def test_a_key_that_is_not_plain_is_refused_everywhere(store: ObjectStore, key: str) -> None:
    ref = ObjectRef.model_construct(uri=key, sha256="0" * 64, size=0, media_type="text/plain")

    for attempt in (
        store.create(key, b""),
        store.fetch(key),
        store.head(key),
        store.delete(key),
        store.replace(key, b""),
        store.read(ref),
    ):
        with pytest.raises(InvalidKeyError):
            await attempt


@pytest.mark.parametrize("prefix", ["..", "a/../b", "/a", ".staging"])
async def test_a_prefix_leads_nowhere_outside_the_store(store: ObjectStore, prefix: str) -> None:
    with pytest.raises(InvalidKeyError):
        await listed(store, prefix)
    with pytest.raises(InvalidKeyError):
        [name async for name in store.folders(prefix)]


async def test_a_key_and_a_key_below_it_never_both_exist(store: ObjectStore) -> None:
    await store.create("a/b", b"x")

    with pytest.raises(InvariantError, match="at once"):
        await store.create("a/b/c", b"x")
    await store.create("c/d/e", b"x")
    with pytest.raises(InvariantError, match="at once"):
        await store.create("c/d", b"x")
    assert await store.fetch("c/d") is None
    assert await store.fetch("a/b/c") is None
    assert await store.head("c/d") is None


async def test_large_objects_come_back_whole(store: ObjectStore) -> None:
    data = bytes(range(256)) * 40_000

    created = await store.create("documents/d/original", data)

    assert await store.read(created.ref) == data
