"""What the contract tests of the messages share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from schemas.publish import GOLDEN, PUBLISHED
from schemas.topics import TOPICS
from tests.contract.schemas.copying import Copy


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    shutil.copytree(PUBLISHED, tmp_path / "published")
    shutil.copytree(GOLDEN, tmp_path / "golden")
    return Copy(tmp_path, dict(TOPICS))
