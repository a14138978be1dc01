"""What the contract tests of the messages share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from schemas.publish import GOLDEN, PUBLISHED
from schemas.topics import TOPICS
from tests.contract.schemas.copying import CLASSIFIED, Copy


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    for folder in (PUBLISHED, GOLDEN):
        shutil.copytree(folder / CLASSIFIED, tmp_path / folder.name / CLASSIFIED)
    return Copy(tmp_path, {CLASSIFIED: TOPICS[CLASSIFIED]})
