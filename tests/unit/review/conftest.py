"""An API over a workshop of agents, on loopback and behind a login."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import review_tables
from tests.unit.review.api import Desk, open_desk


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the tables in it."""
    return review_tables.make(tmp_path_factory.mktemp("migrated") / "reviews.db")


@pytest.fixture
def folder(tmp_path: Path, migrated: Path) -> Path:
    """A folder with an empty queue in it."""
    shutil.copy(migrated, tmp_path / "reviews.db")
    return tmp_path


@pytest.fixture
async def desk(folder: Path) -> AsyncIterator[Desk]:
    """An API for whoever sits at the machine."""
    async with open_desk(folder) as opened:
        yield opened


@pytest.fixture
async def door(folder: Path) -> AsyncIterator[Desk]:
    """An API where everybody says who he is."""
    async with open_desk(folder, auth=True) as opened:
        yield opened
