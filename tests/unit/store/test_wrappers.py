"""The stores that wrap or stand in for another: they say the same, and fail when told to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from schemas.errors import TransientError
from schemas.handling import Try
from store.counting import CountingStore
from store.memory import MemoryStore, Method, SimulatedCrash
from store.retrying import RetryingStore

pytestmark = pytest.mark.anyio
T = TypeVar("T")


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


class Twice:
    """A retry owner that tries twice."""

    def __init__(self) -> None:
        self.tries: list[Try] = []

    async def call(self, name: str, function: Callable[[], Awaitable[T]]) -> T:
        try:
            answer = await function()
        except TransientError as error:
            self.tries.append(Try(name, 1, 0.0, str(error)))
            answer = await function()
        self.tries.append(Try(name, 2, 0.0))
        return answer


async def test_every_call_of_a_handler_is_tried_again_and_recorded() -> None:
    inner, calls = MemoryStore(), Twice()
    store = RetryingStore(inner, calls)
    created = await store.create("a/b", b"1")
    methods: tuple[Method, ...] = ("create", "read", "fetch", "replace", "delete", "list", "head")
    for method in methods:
        inner.fail(method)
    inner.fail("create", moment="after")

    assert await store.fetch("a/b") == b"1"
    assert await store.read(created.ref) == b"1"
    assert await store.head("a/b") == 1
    assert [key async for key in store.list("a")] == ["a/b"]
    inner.fail("list")
    assert [name async for name in store.folders("")] == ["a"]
    await store.replace("a/b", b"2")
    await store.delete("a/b")
    inner._faults.clear()
    inner.fail("create", moment="after")
    again = await store.create("a/c", b"3")

    assert (again.created, again.data) == (False, b"3")
    failed = [one.call for one in calls.tries if one.error is not None]
    assert failed == [
        f"store.{name}" for name in ("fetch", "read", "head", "list", "list", "replace", "delete", "create")
    ]


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
