"""``doctrail init``: everything is there afterwards, however often; and who says what is live."""

from __future__ import annotations

import asyncio
import math
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.actions.init import answered, initialise
from app.cli import run
from app.clock import utc_now
from app.folders import TypeFoldersError
from app.live import NothingLiveError
from app.reviewing import open_queue
from app.settings import Settings
from app.wiring import release_parts, releases
from bus.protocol import BusError
from review.people.accounts import Accounts
from schemas.errors import TransientError
from store.connect import connect
from store.memory import MemoryStore
from tests.integration.installation import copy_of_types, settings_in


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path, doctypes=copy_of_types(tmp_path, ["receipt"], trained=False))


def init(settings: Settings, patience: float = 0.0) -> tuple[list[str], list[str]]:
    """Return what was told and what was remarked."""
    told: list[str] = []
    remarked: list[str] = []
    asyncio.run(initialise(settings, patience=patience, tell=told.append, remark=remarked.append))
    return told, remarked


def test_everything_is_made_once_and_then_found(settings: Settings) -> None:
    first, _ = init(settings)
    second, _ = init(settings)

    assert first[:3] == ["store: there", "bus: 10 topics, 10 made now", "catalog: up to date"]
    assert second[:3] == ["store: there", "bus: 10 topics, 0 made now", "catalog: up to date"]
    assert first[-1].endswith(" is live now")
    assert second[-1] == first[-1].replace("now", "already")


def test_the_first_admin_is_added_once_and_his_password_stands(settings: Settings) -> None:
    first, _ = init(settings.model_copy(update={"review_admin_password": SecretStr("made for this test")}))
    second, _ = init(settings.model_copy(update={"review_admin_password": SecretStr("another made later")}))
    without, _ = init(settings)

    async def admitted(password: str) -> bool:
        async with open_queue(settings) as queue:
            return await Accounts(queue.database).login("admin", password) is not None

    assert first[3] == "reviews: up to date, admin added now"
    assert second[3] == "reviews: up to date, admin is there"
    assert without[3] == "reviews: up to date"
    assert asyncio.run(admitted("made for this test"))
    assert not asyncio.run(admitted("another made later"))


def test_other_types_become_live_unless_a_person_has_published(settings: Settings) -> None:
    assert settings.doctypes is not None
    prompt = settings.doctypes / "receipt" / "prompt.md"
    first, _ = init(settings)
    prompt.write_text(prompt.read_text() + "\nRead carefully.\n")
    second, _ = init(settings)

    async def publish() -> None:
        await releases(settings, connect(settings.store)).publish(utc_now(), by="ada", mark="approved")

    asyncio.run(publish())
    prompt.write_text(prompt.read_text() + "\nRead twice.\n")
    third, _ = init(settings)

    assert first[-1] != second[-1]
    assert second[-1].endswith(" is live now")
    assert third[-1].endswith(" is live, published by ada; left as it is")


def test_what_can_never_be_made_is_said_at_once(settings: Settings) -> None:
    with pytest.raises(BusError, match="scheme 'pigeon'"):
        init(settings.model_copy(update={"bus_url": "pigeon://loft"}), patience=60)


def test_a_service_that_does_not_answer_is_waited_for_no_longer_than_asked(settings: Settings) -> None:
    unreachable = settings.model_copy(update={"bus_url": "kafka://127.0.0.1:1"})

    with pytest.raises(TransientError, match="did not answer"):
        init(unreachable)


def test_scaled_out_only_the_registry_says_what_is_live(settings: Settings) -> None:
    objects, scaled = MemoryStore(), settings.model_copy(update={"bus_url": "kafka://b:9092"})

    async def ask() -> tuple[str, str, str]:
        live = releases(scaled, objects)
        with pytest.raises(NothingLiveError, match="doctrail init"):
            await live.digest(utc_now())
        published, _ = await live.publish(utc_now(), by="ada", mark="approved")
        before = await live.digest(utc_now())
        prompt = release_parts(scaled).types / "receipt" / "prompt.md"
        prompt.write_text("An edit in this process's folder")
        return published, before, await live.digest(utc_now())

    published, before, after = asyncio.run(ask())

    assert published == before == after


def test_broken_types_are_not_made_live(settings: Settings) -> None:
    assert settings.doctypes is not None
    (settings.doctypes / "receipt" / "schema.json").write_text("{")

    with pytest.raises(TypeFoldersError):
        init(settings)


def test_health_says_in_a_sentence_that_nothing_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCTRAIL_HEARTBEAT", str(tmp_path / "beat"))

    assert run(["health"]) == 1
    assert "nothing runs here: no heartbeat at" in capsys.readouterr().err


def test_the_wait_for_a_service_is_told_once() -> None:
    calls: list[str] = []
    remarked: list[str] = []

    async def comes_late() -> str:
        calls.append("asked")
        if len(calls) < 3:
            raise TransientError("the store does not answer", target="store")
        return "made"

    made = asyncio.run(answered(comes_late, until=math.inf, remark=remarked.append, again=0.0))

    assert (made, len(calls)) == ("made", 3)
    assert remarked == ["the store does not answer; waiting for it"]
