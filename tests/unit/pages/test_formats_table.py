from __future__ import annotations

from pathlib import Path

import pytest

from pages.formats import CONTAINERS
from tests.unit.pages.formats_table import page

DOCUMENTED = (Path(__file__).parents[3] / "docs" / "formats.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_documented_table_of_formats_is_what_reading_them_shows() -> None:
    # Renew it by: python -m tests.unit.pages.formats_table
    assert page(DOCUMENTED) == DOCUMENTED


def test_every_container_is_documented() -> None:
    assert [row.name for row in CONTAINERS.values() if row.name not in DOCUMENTED] == []
