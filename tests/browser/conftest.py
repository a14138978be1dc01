"""One browser for all tests of a worker; a queue and a window for each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests import review_tables
from tests.browser.chromium import Window, axe_script, open_browser, open_window, program
from tests.browser.counter import Counter, open_counter
from tests.browser.reviewing import Reviewing
from tests.services import required


def _need(found: object, service: str, how: str) -> None:
    if found is None:
        (pytest.fail if service in required() else pytest.skip)(f"no {service}: {how}")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the tables in it."""
    return review_tables.make(tmp_path_factory.mktemp("migrated") / "reviews.db")


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The system's browser."""
    _need(program(), "browser", "install Chromium, or name its program in DOCTRAIL_TEST_BROWSER")
    async with open_browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def axe() -> str:
    """The text of axe-core."""
    found = axe_script()
    _need(found, "axe", "name an axe.min.js in DOCTRAIL_TEST_AXE, or install npm")
    assert found is not None
    return found.read_text(encoding="utf-8")


@pytest.fixture
async def counter(migrated: Path, tmp_path: Path) -> AsyncIterator[Counter]:
    """A queue for whoever sits at the machine."""
    async with open_counter(migrated, tmp_path) as opened:
        yield opened


@pytest.fixture
async def window(browser: Browser) -> AsyncIterator[Window]:
    """A window of its own."""
    async with open_window(browser) as opened:
        yield opened


@pytest.fixture
def desk(window: Window, counter: Counter) -> Reviewing:
    """Somebody at the desk."""
    return Reviewing(window, counter)
