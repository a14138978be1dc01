from __future__ import annotations

import pytest

from tests.unit.agents.workshop import Workshop


@pytest.fixture
def workshop() -> Workshop:
    """The four agents on doubles; a test whose agents need more makes its own."""
    return Workshop()
