"""What every test shares."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Tests run on asyncio alone, as doctrail does."""
    return "asyncio"
