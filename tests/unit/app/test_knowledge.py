"""Loading knowledge: published as snapshots, pinned by the releases that follow, all or nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.actions.audit import references
from app.actions.knowledge import Files, files_in, known, load_knowledge
from app.knowledge import SERVERS, open_toolbox, urls_of
from app.settings import Settings
from app.wiring import open_doctrail
from mcp_servers.errors import BrokenKnowledgeError
from ops.gates.fresh import loaded_at
from schemas.errors import PermanentError
from store.knowledge import SLOT, live_knowledge
from store.pools import Pool, pool_of, pool_secret
from store.registry import RELEASE_SLOT, MovedOnError, Registry
from store.releases import load_release
from store.reviewed import keep_reviewed
from tests.unit.mcp_servers.knowledge import FILES
from tests.unit.mcp_servers.test_pools import reviewed

pytestmark = pytest.mark.anyio


def settings(folder: Path) -> Settings:
    """Return settings of a new home."""
    # A starved machine takes its time; nothing here is about that.
    return Settings(home=folder / "home", mcp_seconds=600)


async def test_what_is_loaded_is_live_and_asked_in_process(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    async with open_doctrail(chosen, needs_bus=False) as doctrail:
        loaded = await load_knowledge(doctrail, Files(FILES), by="ann")
        again = await load_knowledge(doctrail, Files(FILES), by="ann")
        parts = (await live_knowledge(doctrail.store, Registry(doctrail.store))).parts
        async with open_toolbox(chosen, doctrail.store, "test") as toolbox:
            snapshots = {name: ref.sha256 for name, ref in parts.items()}
            answer = await toolbox.call("find_vendor", {"name": "Nordlicht Tools"}, snapshots)
        listed = await known(doctrail.store)

    assert (loaded.changed, again.changed) == (True, False)
    assert {part.server for part in loaded.parts} == set(SERVERS)
    assert [part.digest for part in listed] == [part.digest for part in loaded.parts]
    assert (answer.content or {})["vendor"]["vendor_id"] == "V1"


async def test_files_of_one_server_leave_the_others_as_they_are(tmp_path: Path) -> None:
    async with open_doctrail(settings(tmp_path), needs_bus=False) as doctrail:
        first = await load_knowledge(doctrail, Files(FILES), by="ann")
        changed = {"db/vendors.csv": FILES["db/vendors.csv"] + b"V3,Third Ltd,,GB,,,active\n"}
        second = await load_knowledge(doctrail, Files(changed), by="ben")

    before, after = ({part.server: part.digest for part in one.parts} for one in (first, second))
    assert {server for server in before if before[server] != after[server]} == {"db"}


async def test_clauses_stay_where_master_data_are_loaded_and_records_were_reviewed(tmp_path: Path) -> None:
    async with open_doctrail(settings(tmp_path), needs_bus=False) as doctrail:
        await load_knowledge(doctrail, Files(FILES), by="ann")
        secret = await pool_secret(doctrail.store)
        family = next(name for name in map(str, range(50)) if pool_of(secret, name) is Pool.TRAINING)
        record = await reviewed(doctrail.store, "Landlord 1")
        await keep_reviewed(doctrail.store, record.model_copy(update={"family": family}))
        vendors = {"db/vendors.csv": FILES["db/vendors.csv"]}
        again = await load_knowledge(doctrail, Files(vendors), by="ben")

    told = {part.server: part.told for part in again.parts}
    assert told["rag"] == "3 clauses, 1 reviewed records of the training pool"


async def test_data_are_as_old_as_their_own_newest_loading_though_they_are_the_same(tmp_path: Path) -> None:
    days = iter(range(1, 100))
    start = datetime(2026, 1, 1, tzinfo=UTC)
    async with open_doctrail(settings(tmp_path), needs_bus=False) as opened:
        doctrail = replace(opened, now=lambda: start + timedelta(days=next(days)))
        first = await load_knowledge(doctrail, Files(FILES), by="ann")
        digest = {part.server: part.digest for part in first.parts}
        aged = [await loaded_at(doctrail.store, "db", digest["db"])]
        clauses = {"clauses/more.jsonl": b'{"id": "a", "topic": "t", "text": "x"}'}
        await load_knowledge(doctrail, Files(clauses), by="ann")
        aged.append(await loaded_at(doctrail.store, "db", digest["db"]))
        again = {name: data for name, data in FILES.items() if name.startswith("db/")}
        same = await load_knowledge(doctrail, Files(again), by="ann")
        aged.append(await loaded_at(doctrail.store, "db", digest["db"]))
        told = {name: at for name, at, _ in await references(doctrail)}

    assert not same.changed
    first_load, other_load, last_load = aged
    assert first_load == other_load == told["knowledge_graph"]
    assert last_load == told["db"]
    assert told["knowledge_graph"] < told["db"]


async def test_of_two_who_load_at_once_nobody_loses_what_he_was_told_is_live(tmp_path: Path) -> None:
    async with open_doctrail(settings(tmp_path), needs_bus=False) as doctrail:
        loads = [
            load_knowledge(doctrail, Files({n: d for n, d in FILES.items() if n.startswith(of)}), by=of)
            for of in ("db/", "graph/")
        ]
        done = await asyncio.gather(*loads, return_exceptions=True)
        parts = (await live_knowledge(doctrail.store, Registry(doctrail.store))).parts

    loaded = [part.server for one in done if not isinstance(one, BaseException) for part in one.parts]
    assert set(loaded) <= set(parts)
    assert [type(one) for one in done if isinstance(one, BaseException)] in ([], [MovedOnError])


async def test_a_broken_file_leaves_everything_as_it_was(tmp_path: Path) -> None:
    async with open_doctrail(settings(tmp_path), needs_bus=False) as doctrail:
        await load_knowledge(doctrail, Files(FILES), by="ann")
        with pytest.raises(BrokenKnowledgeError):
            await load_knowledge(doctrail, Files({**FILES, "db/invoices.csv": b"what"}), by="ann")
        entries = [entry async for entry in Registry(doctrail.store).entries(SLOT)]

    assert len(entries) == 1


async def test_the_next_submission_is_judged_with_what_another_process_loaded(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    async with open_doctrail(chosen, needs_bus=False) as running:
        before = await running.live.digest(running.now())
        async with open_doctrail(chosen, needs_bus=False) as other:
            loaded = await load_knowledge(other, Files(FILES), by="ann")
        after = await running.live.digest(running.now())
        releases = [await load_release(running.store, digest) for digest in (before, after)]
        entries = [entry async for entry in Registry(running.store).entries(RELEASE_SLOT)]

    assert (releases[0].knowledge, set(releases[1].knowledge)) == ({}, set(SERVERS))
    assert after == loaded.release
    assert releases[0].bundles == releases[1].bundles
    assert [entry.statement.what for entry in entries] == [before, after]


async def test_master_data_may_lie_in_a_database_of_their_own(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'erp.db'}"
    chosen = settings(tmp_path).model_copy(
        update={"mcp_database_url": Settings(mcp_database_url=url).mcp_database_url}
    )
    async with open_doctrail(chosen, needs_bus=False) as doctrail:
        loaded = await load_knowledge(doctrail, Files(FILES), by="ann")
        digest = {part.server: part.digest for part in loaded.parts}
        async with open_toolbox(chosen, doctrail.store, "test") as toolbox:
            found = await toolbox.call("get_purchase_order", {"order_number": "PO 712"}, digest)
            lost = await toolbox.call("get_purchase_order", {"order_number": "PO 712"}, {"db": "0" * 64})

    assert (found.content or {})["order"]["total"] == "950.00"
    assert (lost.content, "no fallback" in str(lost.problem)) == (None, True)


def test_servers_with_a_url_are_not_built_here() -> None:
    chosen = Settings(mcp_db_url="http://127.0.0.1:9/mcp")

    assert urls_of(chosen) == {"db": "http://127.0.0.1:9/mcp"}


def test_a_folder_that_is_none_is_named_and_samples_are_made_where_none_is_given(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="is no folder"):
        files_in(tmp_path / "nowhere", 5)
    assert "graph/companies.nt" in files_in(None, 5).files
