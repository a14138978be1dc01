"""Loading knowledge: published as snapshots, pinned by the releases that follow, all or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.actions.knowledge import Files, files_in, known, load_knowledge
from app.knowledge import SERVERS, open_toolbox, urls_of
from app.settings import Settings
from app.wiring import open_doctrail
from mcp_servers.errors import BrokenKnowledgeError
from schemas.errors import PermanentError
from store.knowledge import SLOT, live_knowledge
from store.registry import RELEASE_SLOT, Registry
from store.releases import load_release
from tests.unit.mcp_servers.knowledge import FILES

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
