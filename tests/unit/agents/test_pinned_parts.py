"""Opening the pinned parts of a run."""

from __future__ import annotations

import asyncio

import pytest

from agents.bundles import PinnedParts
from schemas.certificates import Certificates
from schemas.errors import DigestMismatchError
from store.bundles import publish_model
from store.counting import CountingStore
from store.memory import MemoryStore

pytestmark = pytest.mark.anyio
THRESHOLDS = Certificates(variant="s", certificates=()).model_dump_json().encode()


async def test_a_window_of_documents_opens_a_part_once() -> None:
    store = CountingStore(MemoryStore())
    ref = await publish_model(store, THRESHOLDS)
    parts = PinnedParts()

    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(parts.certificates(store, ref)) for _ in range(5)]

    assert store.calls["read"] == 1
    assert len({id(task.result()) for task in asked}) == 1


async def test_whoever_waited_for_one_that_failed_opens_it_itself() -> None:
    inner = MemoryStore()
    ref = await publish_model(inner, THRESHOLDS)
    inner.fail("read", error=lambda: DigestMismatchError(ref.uri, expected="a", found="b"))
    parts = PinnedParts()

    found = await asyncio.gather(
        parts.certificates(inner, ref), parts.certificates(inner, ref), return_exceptions=True
    )

    assert isinstance(found[0], DigestMismatchError)
    assert isinstance(found[1], Certificates)
