"""A workshop of agents, and the catalog and bus beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bus.sqlite import SqliteBus
from catalog.connect import connect
from catalog.database import Catalog
from catalog.projector import Projector
from schemas.topics import READ
from tests.unit.agents.workshop import Workshop
from tests.unit.ops.watching import World

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def workshop() -> Workshop:
    """The four agents on doubles."""
    return Workshop()


@pytest.fixture
async def catalog(tmp_path: Path, workshop: Workshop) -> AsyncIterator[Catalog]:
    """A catalog that hears what the workshop publishes."""
    async with connect(f"sqlite:///{tmp_path}/catalog.db") as opened:
        workshop.handlers = (*workshop.handlers, Projector(opened, workshop.store))
        yield opened


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[SqliteBus]:
    """A bus of its own, empty."""
    async with SqliteBus(tmp_path / "bus.db", now=lambda: NOW) as opened:
        await opened.ensure_topics(tuple(READ))
        yield opened


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A watched folder, empty."""
    (tmp_path / "in").mkdir()
    return World(tmp_path / "in")
