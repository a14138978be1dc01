"""A home of one's own, for commands that are typed in the test's process."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and a working folder without settings of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCTRAIL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def made_home(home: Path) -> Path:
    """A home that was made and holds nothing."""
    home.mkdir()
    return home
