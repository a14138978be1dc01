from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from app.patience import patient
from bus.retry import RetrySettings
from schemas.errors import TransientError
from store.memory import MemoryStore

pytestmark = pytest.mark.anyio

AT_ONCE = RetrySettings(first=0.0)


async def test_a_command_goes_on_where_the_store_stumbles_and_says_so() -> None:
    store = MemoryStore()
    store.fail("fetch", times=2)
    store.fail("create", moment="after")
    tried = patient(store, AT_ONCE)

    with capture_logs() as told:
        before = await tried.fetch("inbox/a")
        written = await tried.create("inbox/a", b"bytes")

    assert (before, written.data) == (None, b"bytes")
    assert [(line["event"], line["call"]) for line in told] == [
        ("call.retried", "store.fetch"),
        ("call.retried", "store.fetch"),
        ("call.retried", "store.create"),
    ]


async def test_a_store_that_stays_away_ends_the_command_after_four_tries() -> None:
    store = MemoryStore()
    store.fail("fetch", times=4)

    with capture_logs() as told, pytest.raises(TransientError):
        await patient(store, AT_ONCE).fetch("inbox/a")

    assert [line["number"] for line in told] == [1, 2, 3, 4]
    assert await store.fetch("inbox/a") is None
