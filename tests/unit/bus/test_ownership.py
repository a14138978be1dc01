"""Taking over and giving up, when a stop and a rebalance meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bus.breaker import Breakers
from bus.commits import Commits
from bus.ownership import Ownership
from bus.poison import PoisonGuard
from bus.protocol import Partition, Span
from bus.retry import RetrySettings, Steadfast
from bus.window import Window
from store.memory import MemoryStore
from tests.contract.bus.support import now

pytestmark = pytest.mark.anyio

PARTITION = Partition("documents.submitted", 0)
SPANS = {PARTITION: Span(0, 0)}


@asynccontextmanager
async def owning(store: MemoryStore) -> AsyncIterator[tuple[Ownership, Window]]:
    window = Window(4)
    steady = Steadfast(RetrySettings(), Breakers())
    guard = PoisonGuard(store, group="reader", owner="me", window=4)
    commits = Commits(window, steady, interval=0.01, on_commit=lambda: None)
    async with asyncio.TaskGroup() as tasks:
        ownership = Ownership(
            window,
            guard,
            commits,
            tasks,
            agent="reader",
            parked={},
            drain=1.0,
            now=now,
            on_ready=lambda: None,
        )
        yield ownership, window


async def test_a_stop_in_the_middle_of_a_rebalance_gives_everything_up_once() -> None:
    store = MemoryStore()
    async with owning(store) as (ownership, window):
        await ownership.assigned(SPANS)
        async with asyncio.TaskGroup() as both:
            both.create_task(ownership.revoked([PARTITION]))
            both.create_task(ownership.close())

    assert window.partitions == {}
    assert store.objects == {}


async def test_what_is_dealt_after_the_stop_is_not_taken_up() -> None:
    store = MemoryStore()
    async with owning(store) as (ownership, window):
        await ownership.close()
        await ownership.assigned(SPANS)

    assert window.partitions == {}
    assert store.objects == {}
