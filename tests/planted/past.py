"""A healthy past that is made once and gone on from as often as one likes."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from catalog.connect import connect
from catalog.database import Catalog
from store import plain_keys
from store.memory import MemoryStore
from tests.planted.world import World


@dataclass
class Past:
    """A world with a healthy past, to be gone on from as often as one likes."""

    objects: dict[str, bytes]
    catalog: bytes
    world: World

    @asynccontextmanager
    async def again(self, folder: Path, *, seed: int) -> AsyncIterator[tuple[World, Catalog]]:
        """Open a copy of the world as it was."""
        path = folder / f"catalog-{seed}.db"
        path.write_bytes(self.catalog)
        async with connect(f"sqlite:///{path}") as opened:
            world = _copied(self.world, self.objects)
            world.chance = random.Random(seed)
            world.hear(opened)
            yield world, opened


def _copied(world: World, objects: dict[str, bytes]) -> World:
    store = MemoryStore()
    store.objects.update(objects)
    store._folders.update(folder for key in objects for folder in plain_keys.ancestors(key))
    found = World(store=store, time=world.time, today=world.today, offset=world.offset, per_day=world.per_day)
    found.submitted = world.submitted
    return found


async def healthy_past(folder: Path, days: int, per_day: int = 20) -> Past:
    """Return a world in which nothing went wrong for so many days."""
    world = World(per_day=per_day)
    path = folder / "past.db"
    async with connect(f"sqlite:///{path}") as opened:
        world.hear(opened)
        for _ in range(days):
            await world.pass_day()
    # Closed first: until then a part of it lies in the write-ahead log.
    return Past(dict(world.store.objects), path.read_bytes(), world)
