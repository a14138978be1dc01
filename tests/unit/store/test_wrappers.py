"""The stores that wrap or stand in for another: they say the same, and fail when told to."""

from __future__ import annotations

import pytest

from schemas.errors import TransientError
from store.counting import CountingStore
from store.memory import MemoryStore, SimulatedCrash

pytestmark = pytest.mark.anyio


async def test_every_call_is_passed_on_and_counted() -> None:
    inner = MemoryStore()
    store = CountingStore(inner)

    created = await store.create("a/b", b"123")
    await store.replace("a/c", b"45")
    assert await store.read(created.ref) == b"123"
    assert await store.fetch("a/c") == b"45"
    assert await store.fetch("a/none") is None
    assert await store.head("a/b") == 3
    assert [key async for key in store.list("a")] == ["a/b", "a/c"]
    assert [name async for name in store.folders("")] == ["a"]
    await store.delete("a/b")

    assert inner.objects == {"a/c": b"45"}
    assert store.calls == {
        "create": 1, "replace": 1, "read": 1, "fetch": 2, "head": 1, "list": 2, "delete": 1
    }  # fmt: skip
    assert (store.written, store.read_bytes) == (5, 5)
    store.clear()
    assert (sum(store.calls.values()), store.written, store.read_bytes) == (0, 0, 0)


async def test_a_planned_fault_happens_as_often_as_planned_and_where() -> None:
    store = MemoryStore()
    store.fail("create", "/replies/", times=2)

    await store.create("documents/d/runs/1", b"")
    for _ in range(2):
        with pytest.raises(TransientError, match="planned"):
            await store.create("documents/d/replies/1", b"")
    assert (await store.create("documents/d/replies/1", b"")).created


async def test_a_crash_after_a_write_leaves_the_write() -> None:
    store = MemoryStore()
    for method in ("replace", "delete"):
        store.fail(method, moment="after", error=SimulatedCrash)

    with pytest.raises(SimulatedCrash):
        await store.replace("a", b"1")
    assert store.objects == {"a": b"1"}
    with pytest.raises(SimulatedCrash):
        await store.delete("a")
    assert store.objects == {}
