"""The live release of an embedded installation follows its folders."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.folders import TypeFoldersError
from app.live import FolderReleases
from app.wiring import release_parts
from inference.router.table import parse_table
from schemas.canonical import sha256_hex
from store import keys
from store.bundles import publish_bundle
from store.lineages import ModelLineage, lineage_file, lineage_of
from store.memory import MemoryStore
from store.protocol import Created
from store.registry import RELEASE_SLOT, Registry
from store.releases import load_release, publish_release
from tests.integration.installation import copy_of_types, settings_in

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 21, tzinfo=UTC)


async def test_submissions_that_come_in_together_all_see_an_edit_made_before_them(tmp_path: Path) -> None:
    types = copy_of_types(tmp_path, trained=False)
    releases = FolderReleases(MemoryStore(), release_parts(settings_in(tmp_path, doctypes=types)))
    before = await releases.digest(NOW)
    prompt = types / "lease" / "prompt.md"
    prompt.write_text(prompt.read_text(encoding="utf-8") + "\nRead slowly.\n", encoding="utf-8")

    async with asyncio.TaskGroup() as tasks:
        found = [tasks.create_task(releases.digest(NOW)) for _ in range(5)]

    assert len({task.result() for task in found}) == 1
    assert found[0].result() != before


async def promoted(store: MemoryStore, name: str) -> str:
    """Make a variant of a type live that no folder holds, and return the release's digest."""
    registry = Registry(store)
    live = await registry.live(RELEASE_SLOT)
    assert live is not None
    release = await load_release(store, live.statement.what)
    parts = {part: await store.read(ref) for part, ref in release.bundles[name].parts.items()}
    bundle = await publish_bundle(store, name, {**parts, "prompt.md": parts["prompt.md"] + b"\nOther.\n"})
    changed = release.model_copy(update={"bundles": {**release.bundles, name: bundle}})
    digest, _ = await publish_release(store, changed)
    said = live.statement.model_copy(update={"what": digest, "by": "anna"})
    await registry.append(RELEASE_SLOT, said, after=live)
    return digest


async def test_a_promotion_is_read_at_the_next_submission_and_stays_beside_edits(tmp_path: Path) -> None:
    types, store = copy_of_types(tmp_path, trained=False), MemoryStore()
    parts = release_parts(settings_in(tmp_path, doctypes=types))
    releases = FolderReleases(store, parts)
    await releases.digest(NOW)

    digest = await promoted(store, "invoice")

    assert await releases.digest(NOW) == digest
    assert await FolderReleases(store, parts).digest(NOW) == digest
    assert (await FolderReleases(store, parts).publish(NOW, by="bea", mark="approved"))[0] == digest
    challenger = (await load_release(store, digest)).bundles["invoice"]
    prompt = types / "lease" / "prompt.md"
    prompt.write_text(prompt.read_text(encoding="utf-8") + "\nRead slowly.\n", encoding="utf-8")
    edited = await load_release(store, await releases.digest(NOW))
    assert edited.bundles["invoice"] == challenger
    assert edited.bundles["lease"] != (await load_release(store, digest)).bundles["lease"]
    prompt = types / "invoice" / "prompt.md"
    prompt.write_text(prompt.read_text(encoding="utf-8") + "\nRead slowly.\n", encoding="utf-8")
    assert (await load_release(store, await releases.digest(NOW))).bundles["invoice"] != challenger


async def test_what_a_model_learned_from_is_kept_with_it_and_a_broken_file_is_named(tmp_path: Path) -> None:
    types, store = copy_of_types(tmp_path, trained=True), MemoryStore()
    parts = release_parts(settings_in(tmp_path, doctypes=types))
    model = sha256_hex((types / "receipt" / "model").read_bytes())
    told = ModelLineage(model=model, doc_type="receipt", parent=None, learned_from=(), data=("f" * 64,))
    (types / "receipt" / "lineage.json").write_bytes(lineage_file(told))
    (types / "invoice" / "lineage.json").write_bytes(lineage_file(told))
    _, release = await FolderReleases(store, parts).publish(NOW, by="bea", mark="approved")

    assert await lineage_of(store, model) == told
    assert await lineage_of(store, release.bundles["invoice"].parts["model"].sha256) is None
    assert "lineage.json" not in release.bundles["receipt"].parts

    (types / "receipt" / "lineage.json").write_bytes(b"{}")
    with pytest.raises(TypeFoldersError, match=r"receipt: .* does not say what its model learned"):
        await FolderReleases(store, parts).publish(NOW, by="bea", mark="approved")


class Overtaken(MemoryStore):
    """A store in which somebody promotes a variant just before the second entry is written."""

    overtaken = False

    async def create(self, key: str, data: bytes, *, media_type: str = "application/json") -> Created:
        if key == keys.registry_entry(RELEASE_SLOT, 2) and not self.overtaken:
            self.overtaken = True
            await promoted(self, "invoice")
        return await super().create(key, data, media_type=media_type)


async def test_an_edit_that_a_promotion_overtakes_is_laid_beside_it(tmp_path: Path) -> None:
    types, store = copy_of_types(tmp_path, trained=False), Overtaken()
    releases = FolderReleases(store, release_parts(settings_in(tmp_path, doctypes=types)))
    await releases.digest(NOW)
    prompt = types / "lease" / "prompt.md"
    prompt.write_text(prompt.read_text(encoding="utf-8") + "\nRead slowly.\n", encoding="utf-8")
    both = await load_release(store, await releases.digest(NOW))

    assert b"Read slowly" in await store.read(both.bundles["lease"].parts["prompt.md"])
    assert b"Other" in await store.read(both.bundles["invoice"].parts["prompt.md"])
    live = await Registry(store).live(RELEASE_SLOT)
    assert live is not None
    assert live.number == 3


async def test_the_router_is_pinned_with_known_prices_and_an_edit_of_it_is_another_release(
    tmp_path: Path,
) -> None:
    types, store = copy_of_types(tmp_path, trained=False), MemoryStore()
    table = tmp_path / "router.json"
    table.write_text('{"models": [{"model": "claude-haiku-4-5"}]}')
    parts = release_parts(settings_in(tmp_path, doctypes=types, router=table))
    releases = FolderReleases(store, parts)
    first = await load_release(store, await releases.digest(NOW))
    table.write_text('{"models": [{"model": "claude-haiku-4-5"}], "ceiling": 0.01}')
    second = await load_release(store, await releases.digest(NOW))

    assert first.router is not None
    assert second.router is not None
    assert first.router.sha256 != second.router.sha256
    pinned = parse_table(await store.read(second.router))
    assert (str(pinned.ceiling), pinned.models[0].price is not None) == ("0.01", True)


async def test_a_broken_router_is_reported_and_what_was_live_stays(tmp_path: Path) -> None:
    types, store = copy_of_types(tmp_path, trained=False), MemoryStore()
    table, told = tmp_path / "router.json", list[str]()
    table.write_text('{"models": [{"model": "claude-haiku-4-5"}]}')
    parts = release_parts(settings_in(tmp_path, doctypes=types, router=table))
    releases = FolderReleases(store, parts, told.append)
    before = await releases.digest(NOW)
    table.write_text('{"models": [{"model": "claude-haiku-4-5", "eror": 0.1}]}')

    assert await releases.digest(NOW) == before
    table.write_text('{"models": [{"model": "claude-haiku-4-5"}], "types": ["receipt", "invioce"]}')
    assert await releases.digest(NOW) == before
    assert told[0] == "router.json: models.0.eror: Extra inputs are not permitted"
    assert told[1].startswith("the router's types name 'invioce'; there are ")
