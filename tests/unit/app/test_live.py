"""The live release of an embedded installation follows its folders."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.live import FolderReleases
from app.wiring import release_parts
from store.memory import MemoryStore
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
