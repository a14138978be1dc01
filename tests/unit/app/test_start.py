from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import pytest
from rich.console import Console

from app.actions.run import look_for_release
from app.live import NothingLiveError
from app.wiring import Doctrail
from schemas.errors import PipelineError, TransientError

pytestmark = pytest.mark.anyio


@dataclass
class Unopened:
    """An installation whose live release can't be told."""

    error: PipelineError

    @property
    def live(self) -> Unopened:
        return self

    def now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC)

    async def digest(self, now: datetime) -> str:
        del now
        raise self.error


async def test_a_store_that_does_not_answer_is_named_and_keeps_nobody_from_starting() -> None:
    said = io.StringIO()
    away = Unopened(
        TransientError("the store failed to read 'a': it answered with status 503", target="store")
    )

    await look_for_release(cast("Doctrail", away), Console(file=said, width=200))

    assert said.getvalue() == "the store failed to read 'a': it answered with status 503\n"


async def test_who_has_no_release_does_not_start() -> None:
    nothing = Unopened(NothingLiveError())

    with pytest.raises(NothingLiveError):
        await look_for_release(cast("Doctrail", nothing), Console(file=io.StringIO()))
