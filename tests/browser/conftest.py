"""One browser for all tests of a worker; a queue and a window for each.

``make test`` takes the tests named in ``COMPACT``; ``make test-page`` (``DOCTRAIL_THOROUGH=1``) takes all.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests import review_tables
from tests.browser.chromium import CHANGED, Window, axe_script, open_browser, open_window, program
from tests.browser.counter import Counter, open_counter
from tests.browser.reviewing import Reviewing
from tests.services import required

COMPACT = frozenset(
    {
        "test_a_record_takes_as_many_keys_as_it_has_doubts",
        "test_each_way_to_correct_a_field_takes_its_keys",
        "test_a_table_is_mended_by_keys_with_its_running_total",
        "test_a_curve_is_mended_by_keys_and_undone_as_it_was_drawn",
        "test_a_session_that_ends_in_the_middle_of_a_record_costs_nothing",
        "test_a_record_that_others_changed_is_the_next_item_and_asks_what_clashes",
        "test_nothing_that_a_document_says_is_ever_run",
        "test_a_view_has_no_barrier_and_fits[field-light]",
        "test_a_view_has_no_barrier_and_fits[table-dark]",
    }
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the compact selection, unless everything is wanted."""
    here = [one for one in items if one.path.is_relative_to(Path(__file__).parent)]
    # A marker overrules the command: what --reruns grants every test is granted here too.
    which = {} if config.getoption("reruns", None) else {"only_rerun": CHANGED}
    for one in here:
        one.add_marker(pytest.mark.flaky(reruns=3, **which))
    if os.environ.get("DOCTRAIL_THOROUGH"):
        return
    left = [one for one in here if one.name not in COMPACT]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [one for one in items if one not in left]


def _need(found: object, service: str, how: str) -> None:
    if found is None:
        (pytest.fail if service in required() else pytest.skip)(f"no {service}: {how}")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the tables in it."""
    return review_tables.make(tmp_path_factory.mktemp("migrated") / "reviews.db")


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    """The system's browser.

    Of a module: while an asynchronous fixture lives, all tests share one task, and what one left on it. One
    of the whole session made a timeout in a test of another room, long after, end everything that followed.
    """
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
