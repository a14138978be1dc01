"""``doctrail alerts run``: what it looks at is asked anew, and what is down does not end it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.actions.alerts import watch
from app.settings import Settings
from app.wiring import Doctrail, open_doctrail, utc_now
from ops.alerts.work import Round
from schemas.errors import TransientError
from store.knowledge import SLOT, Knowledge, publish_knowledge, publish_part
from store.memory import MemoryStore, Method
from store.registry import Registry, Statement
from tests.integration.installation import copy_of_types

pytestmark = pytest.mark.anyio


def ignored(done: Round) -> None:
    """Show nothing."""


async def loaded(store: MemoryStore, ago: timedelta, what: bytes) -> None:
    """Load vendors as they were so long ago."""
    ref = await publish_part(store, "db", what)
    known = await publish_knowledge(store, Knowledge(parts={"db": ref}, told={"db": "vendors"}))
    await Registry(store).append(SLOT, Statement(at=utc_now() - ago, what=known, mark="approved", by="ann"))


async def fired(doctrail: Doctrail) -> set[str]:
    done = await watch(doctrail, every=None, on_round=ignored)
    assert done is not None
    return {alert.rule for alert in done.firing}


async def test_a_store_that_is_down_from_the_start_ends_no_look(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None, home=tmp_path, doctypes=copy_of_types(tmp_path, ["receipt"], trained=False)
    )
    methods: tuple[Method, ...] = ("fetch", "list", "read", "create", "replace")
    async with open_doctrail(settings) as opened:
        store = MemoryStore()
        for method in methods:
            store.fail(method, times=10_000, error=lambda: TransientError("no answer", target="store"))
        done = await watch(replace(opened, store=store), every=None, on_round=ignored)

    assert done is not None
    assert done.firing == ()


async def test_reference_data_loaded_since_end_the_alert_about_their_age(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None, home=tmp_path, doctypes=copy_of_types(tmp_path, ["receipt"], trained=False)
    )
    async with open_doctrail(settings) as opened:
        store = MemoryStore()
        doctrail = replace(opened, store=store)
        await loaded(store, timedelta(days=60), b"old")
        before = await fired(doctrail)
        await loaded(store, timedelta(), b"new")
        later = utc_now() + timedelta(hours=1)
        await fired(replace(doctrail, now=lambda: later))
        after = await fired(replace(doctrail, now=lambda: later + timedelta(hours=1)))

    assert "reference-too-old" in before
    assert "reference-too-old" not in after
