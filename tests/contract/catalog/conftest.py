"""The databases that the contract is run against."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from catalog.connect import connect
from catalog.database import Catalog


@pytest.fixture(params=["sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database; opening it again finds the same catalog. Another one adds its name here."""
    return {"sqlite": f"sqlite:///{tmp_path}/state/doctrail.db"}[request.param]


@pytest.fixture
async def catalog(url: str) -> AsyncIterator[Catalog]:
    async with connect(url) as opened:
        yield opened
