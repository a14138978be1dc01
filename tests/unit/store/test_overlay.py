from __future__ import annotations

import asyncio

from store.memory import MemoryStore
from store.overlay import OverlayStore


def test_what_is_written_over_a_store_is_seen_above_and_leaves_what_lies_below_as_it_was() -> None:
    async def scene() -> None:
        below = MemoryStore()
        await below.create("runs/a.json", b"old")
        await below.create("runs/b.json", b"kept")
        before = dict(below.objects)
        over = OverlayStore(below)
        await over.replace("runs/a.json", b"new")
        made = await over.create("runs/c.json", b"third")
        lost = await over.create("runs/b.json", b"other")

        assert await over.fetch("runs/a.json") == b"new"
        assert await over.read(made.ref) == b"third"
        assert await over.read((await below.create("runs/b.json", b"")).ref) == b"kept"
        assert (lost.created, lost.data) == (False, b"kept")
        assert [key async for key in over.list("runs")] == ["runs/a.json", "runs/b.json", "runs/c.json"]
        assert [await over.head(f"runs/{name}.json") for name in "abcd"] == [3, 4, 5, None]
        assert below.objects == before

    asyncio.run(scene())


def test_what_is_hidden_or_deleted_can_be_written_anew_while_it_stays_below() -> None:
    async def scene() -> None:
        below = MemoryStore()
        for name in ("a/results/1", "a/inputs/1", "b/inputs/1"):
            await below.create(f"documents/{name}", b"below")
        over = OverlayStore(below, hidden=lambda key: "/results/" in key)
        await over.delete("documents/b/inputs/1")

        assert [key async for key in over.list("documents")] == ["documents/a/inputs/1"]
        assert [name async for name in over.folders("documents")] == ["a"]
        assert (await over.create("documents/a/results/1", b"again")).created
        assert await over.fetch("documents/b/inputs/1") is None
        assert set(below.objects.values()) == {b"below"}

    asyncio.run(scene())


def test_what_goes_through_is_kept_below() -> None:
    async def scene() -> None:
        below = MemoryStore()
        over = OverlayStore(below, through=lambda key: key.startswith("replies/"))
        await over.create("replies/1", b"paid")
        await over.create("replies/2", b"taken back")
        await over.delete("replies/2")
        await over.create("results/1", b"scratch")

        assert below.objects == {"replies/1": b"paid"}
        assert await over.fetch("replies/1") == b"paid"

    asyncio.run(scene())
