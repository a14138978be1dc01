"""The doctor: every part exercised, whatever fails named, the rest looked at all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from bus.protocol import Bus, Lag
from bus.sqlite import SqliteBus
from catalog.connect import connect
from catalog.queries import counts
from inference.protocol import ModelReply, ModelRequest
from inference.scripted import ScriptedModel, tool_reply
from ops import doctor
from ops.doctor import Check, NotWorkingError, Scarce, examine, try_bus, try_catalog, try_clock, try_store
from ops.doctor_parts import (
    tiny_layout,
    tiny_pdf,
    try_classifier,
    try_extractor,
    try_native_pages,
    try_ocr,
    try_splitter,
    try_types,
)
from pages.reader import PageReader, ReadLimits
from schemas.errors import PermanentError, TransientError
from schemas.handling import Outgoing
from store.memory import MemoryStore
from store.protocol import Created
from store.registry import RELEASE_SLOT, Registry, Statement
from tests.unit.agents.bindery import Bindery
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PROBE = "a" * 32


class Overwriting(MemoryStore):
    """A store whose second write wins."""

    async def create(self, key: str, data: bytes, *, media_type: str = "application/json") -> Created:
        """Write whatever stands there."""
        await self.delete(key)
        return await super().create(key, data, media_type=media_type)


class Silent:
    """A bus that takes messages and never gives one."""

    async def ensure_topics(self, names: Sequence[str]) -> None:
        """Do as if."""

    async def publish(self, messages: Sequence[Outgoing]) -> None:
        """Lose them."""

    @asynccontextmanager
    async def consumer(self, topics: Sequence[str], group: str) -> AsyncIterator[Silent]:
        """Return itself."""
        del topics, group
        yield self

    async def poll(self, max_records: int, timeout: float) -> Sequence[object]:  # noqa: ASYNC109 (the seam's)
        """Return nothing."""
        del max_records, timeout
        return ()

    async def commit(self, offsets: Mapping[object, int]) -> None:
        """Do as if."""

    async def lag(self, group: str, topics: Sequence[str]) -> Mapping[str, Lag]:
        """Return nothing."""
        del group
        return dict.fromkeys(topics, Lag(0))


async def live_slips(workshop: Workshop) -> None:
    statement = Statement(at=NOW, what=await workshop.digest(NOW), mark="dev", by="test")
    await Registry(workshop.store).append(RELEASE_SLOT, statement)


async def test_a_sound_store_is_left_as_it_was() -> None:
    store = MemoryStore()

    assert await try_store(store, PROBE) == "write, create-once, read, list, delete"
    assert store.objects == {}


async def test_a_store_that_overwrites_is_named() -> None:
    with pytest.raises(NotWorkingError, match="create-once overwrote an object"):
        await try_store(Overwriting(), PROBE)


async def test_a_store_that_keeps_what_was_deleted_is_named() -> None:
    class Hoarder(MemoryStore):
        async def delete(self, key: str) -> None:
            del key

    with pytest.raises(NotWorkingError, match="a deleted object is still there"):
        await try_store(Hoarder(), PROBE)


async def test_a_sound_bus_passes_again_and_again(tmp_path: Path) -> None:
    async with SqliteBus(tmp_path / "bus.db", now=lambda: NOW) as bus:
        assert [await try_bus(bus, probe) for probe in ("a", "b")] == ["publish, consume, commit"] * 2


async def test_a_bus_that_loses_a_message_is_named() -> None:
    seconds = iter(range(0, 1000, 4))

    with pytest.raises(NotWorkingError, match="did not arrive within 10 s"):
        await try_bus(cast("Bus", Silent()), PROBE, clock=lambda: next(seconds))


async def test_a_sound_catalog_is_left_as_it_was(tmp_path: Path) -> None:
    async with connect(f"sqlite:///{tmp_path}/catalog.db") as catalog:
        said = [await try_catalog(catalog) for _ in range(2)]

        assert said == ["tables up to date, write and take back; 0 submissions"] * 2
        assert await counts(catalog) == ()


async def test_a_clock_behind_the_live_release_is_named() -> None:
    workshop = Workshop()
    await live_slips(workshop)

    assert await try_clock(workshop.store, NOW) == "2026-11-21 12:00:00 UTC"
    with pytest.raises(NotWorkingError, match="but the live release was published 2026-11-21 12:00 UTC"):
        await try_clock(workshop.store, NOW - timedelta(hours=1))
    with pytest.raises(NotWorkingError, match="before doctrail existed"):
        await try_clock(MemoryStore(), datetime(1970, 1, 1, tzinfo=UTC))


def test_too_little_memory_is_scarce_and_the_folder_need_not_exist(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"

    assert "of disk free" in doctor.look_at_room(folder, memory_needed=0)
    with pytest.raises(Scarce, match="a page reader may take"):
        doctor.look_at_room(folder, memory_needed=1 << 60)
    assert not folder.exists()


async def test_one_failing_part_keeps_no_other_from_being_looked_at() -> None:
    async def fine() -> str:
        return "works"

    async def permanent() -> str:
        raise PermanentError("it is broken", reason="broken")

    async def transient() -> str:
        raise TransientError("it does not answer", target="store")

    async def scarce() -> str:
        raise Scarce("12 B free")

    async def defect() -> str:
        raise ZeroDivisionError("division by zero")

    checks = [Check(f.__name__, "mend it", f) for f in (permanent, transient, scarce, defect, fine)]
    findings = await examine(checks)

    assert [(f.part, f.state, f.detail, f.remedy) for f in findings] == [
        ("permanent", "fail", "it is broken", "mend it"),
        ("transient", "fail", "it does not answer", "mend it"),
        ("scarce", "warn", "12 B free", "mend it"),
        ("defect", "fail", "a defect of our own: ZeroDivisionError: division by zero", "mend it"),
        ("fine", "ok", "works", None),
    ]


async def test_every_type_that_ships_passes_and_a_broken_folder_is_named(tmp_path: Path) -> None:
    from doctypes.folder import ROOT

    (tmp_path / "slip").mkdir()
    (tmp_path / "slip" / "schema.json").write_text("{}")

    assert "keys agree" in await try_types(ROOT)
    with pytest.raises(PermanentError, match=r"slip/prompt\.md does not exist"):
        await try_types(tmp_path)


async def test_live_models_are_asked_about_a_tiny_document() -> None:
    workshop = Workshop()
    await live_slips(workshop)

    assert await try_classifier(workshop.store, workshop.model) == "answers a tiny document"
    assert "answers a tiny document" in await try_extractor(workshop.store, workshop.model, "slip")


async def test_a_release_made_before_there_was_a_splitter_is_said_to_have_none() -> None:
    workshop = Workshop()
    await live_slips(workshop)

    assert "taken for one document" in await try_splitter(workshop.store, workshop.model)


async def test_the_live_splitter_is_asked_about_a_tiny_document() -> None:
    workshop = Bindery()
    await live_slips(workshop)

    assert await try_splitter(workshop.store, workshop.model) == "answers a tiny document"


async def test_a_model_that_answers_beside_the_question_is_named() -> None:
    workshop = Workshop()
    await live_slips(workshop)

    def beside(request: ModelRequest) -> ModelReply:
        return tool_reply("something_else", {}, model=request.model)

    with pytest.raises(PermanentError, match="did not use the tool"):
        await try_classifier(workshop.store, ScriptedModel(beside))


async def test_without_a_live_release_no_model_can_be_asked() -> None:
    with pytest.raises(NotWorkingError, match="no release is live yet"):
        await try_classifier(MemoryStore(), Workshop().model)


async def test_a_tiny_document_is_read_natively() -> None:
    assert tiny_pdf().startswith(b"%PDF")
    assert len(tiny_layout().pages) == 1

    async with PageReader(ReadLimits(), workers=1) as reader:
        assert await try_native_pages(reader) == "reads a tiny PDF in a process of its own"


@pytest.mark.slow
async def test_the_tiny_scan_is_read_by_ocr() -> None:
    async with PageReader(ReadLimits(), workers=1) as reader:
        assert await try_ocr(reader) == "reads a tiny scan in a process of its own"


async def test_a_reader_that_refuses_is_named() -> None:
    async with PageReader(ReadLimits(file_bytes=10), workers=1) as reader:
        with pytest.raises(NotWorkingError, match="a tiny PDF was refused"):
            await try_native_pages(reader)
