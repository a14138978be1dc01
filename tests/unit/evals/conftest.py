"""What tests of evals share."""

from __future__ import annotations

import pytest

from tests.unit.evals.bench import Bench
from tests.unit.evals.street import Street, opened


@pytest.fixture
async def street() -> Street:
    return await opened(Bench())
