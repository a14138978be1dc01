from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import pytest
from rich.console import Console

from app.actions.run import look_for_release, look_for_topics
from app.live import NothingLiveError
from app.wiring import Doctrail
from bus.protocol import BusError
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


@dataclass
class Brokers:
    """A bus that answers after so many calls."""

    silent: int
    missing: bool = False

    @property
    def bus(self) -> Brokers:
        return self

    async def ensure_topics(self, names: Sequence[str]) -> None:
        assert names
        self.silent -= 1
        if self.silent >= 0:
            raise TransientError("bus kafka://b:1 did not list its topics", target="bus")
        if self.missing:
            raise BusError("bus kafka://b:1 has no topic documents.inbox")


async def test_a_bus_that_does_not_answer_yet_is_named_once_and_waited_for() -> None:
    said, brokers = io.StringIO(), Brokers(silent=3)

    await look_for_topics(cast("Doctrail", brokers), Console(file=said, width=200), rest=0.0)

    assert said.getvalue() == "bus kafka://b:1 did not list its topics; waiting for it\n"
    assert brokers.silent == -1


async def test_who_lacks_a_topic_does_not_start() -> None:
    lacking = Brokers(silent=0, missing=True)

    with pytest.raises(BusError, match="has no topic"):
        await look_for_topics(cast("Doctrail", lacking), Console(file=io.StringIO()))
