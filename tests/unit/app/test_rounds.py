"""Looking again and again, and what is seen of it from outside."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.rounds import in_rounds
from ops.health import complaint

pytestmark = pytest.mark.anyio

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class EnoughSeenError(Exception):
    """The test has seen what it wanted to."""


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_one_look_is_one_and_leaves_no_heartbeat(tmp_path: Path) -> None:
    async def look() -> list[Path]:
        return files_in(tmp_path)

    beat = tmp_path / "heartbeat.json"

    assert await in_rounds("alerts", look, every=None, heartbeat=beat, now=lambda: AT) == []


async def test_who_looks_again_and_again_is_told_to_be_well_meanwhile(tmp_path: Path) -> None:
    beat, told = tmp_path / "heartbeat.json", list[str | None]()

    async def look() -> None:
        told.append(complaint(beat, AT))
        if len(told) == 3:
            raise EnoughSeenError

    with pytest.RaisesGroup(EnoughSeenError):
        await in_rounds("alerts", look, every=0.001, heartbeat=beat, now=lambda: AT)

    assert told == [None, None, None]
    assert not beat.exists()


async def test_without_a_place_for_it_no_heartbeat_is_left_where_agents_have_theirs(tmp_path: Path) -> None:
    rounds = 0

    async def look() -> None:
        nonlocal rounds
        rounds += 1
        assert files_in(tmp_path) == []
        if rounds == 2:
            raise EnoughSeenError

    with pytest.raises(EnoughSeenError):
        await in_rounds("alerts", look, every=0.001, heartbeat=None, now=lambda: AT)
