"""The adapters that the contract is run against."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(params=["sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty bus; opening it again finds the same log. Another adapter adds its name here."""
    return {"sqlite": f"sqlite:///{tmp_path}/bus.db"}[request.param]
