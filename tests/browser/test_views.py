"""Every view and state, in light and dark: usable by everybody, and nothing on the console."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.browser.chromium import open_window
from tests.browser.counter import open_counter
from tests.browser.reviewing import Reviewing
from tests.browser.scenes import SCENES, WINDOWS, disagreement

pytestmark = pytest.mark.anyio

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

SAID = ("offline", "conflict", "failing", "gone", "loading", "ended", "kept", "partless")
"""Views that come of answers or files which a browser, or the page, notes on the console."""
CUT = """
[...document.querySelectorAll('.bar, .tools, .acts.record')]
  .filter(line => line.checkVisibility() && line.scrollWidth > line.clientWidth)
  .map(line => line.innerText)
"""
"""Lines of keys of which the end can't be seen; on the narrowest screens they are moved sideways."""


async def violations(desk: Reviewing, axe: str) -> list[str]:
    """Return what axe-core finds; its script comes by the debugger, past the page's policy."""
    await desk.window.page.evaluate(axe)
    found: dict[str, Any] = await desk.window.page.evaluate(
        "rules => axe.run(document, rules).then(({violations}) => ({violations}))", RULES
    )
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("size", WINDOWS)
@pytest.mark.parametrize("scene", SCENES)
async def test_a_view_has_no_barrier_and_fits(
    browser: Browser, migrated: Path, tmp_path: Path, axe: str, scene: str, size: str
) -> None:
    async with open_counter(migrated, tmp_path) as counter, open_window(browser, **WINDOWS[size]) as window:
        desk = Reviewing(window, counter)
        await SCENES[scene](desk)

        barriers = await violations(desk, axe)
        wide = await window.ask("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        cut = await window.ask(CUT) if size != "narrow" else []
    window.require_steady()
    assert barriers == []
    assert wide <= 0
    assert cut == []
    # A browser notes answers that say no by itself.
    assert scene in SAID or window.wrong == []


async def test_two_people_who_disagree_stand_side_by_side(desk: Reviewing, axe: str) -> None:
    await disagreement(desk)

    sides = await desk.window.ask(
        "[...document.querySelectorAll('.field.on .sides dd')].map(e => e.innerText)"
    )
    assert sides == ["Corner Bakery Ltd", "Alpha", "Beta"]
    assert await violations(desk, axe) == []
    await desk.window.press("ArrowDown", "ArrowDown", "Enter")
    await desk.is_empty()
    settled = (await desk.decided(3))[2]
    assert (settled["lane"], settled["fields"][0]["after"]) == ("adjudication", ["Beta"])
