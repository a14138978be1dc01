"""``python -m tests.browser FOLDER [SCENE…]``: a picture of every view and state in every window."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from tests import review_tables
from tests.browser.chromium import open_browser, open_window
from tests.browser.counter import open_counter
from tests.browser.reviewing import Reviewing
from tests.browser.scenes import SCENES, WINDOWS


async def draw(folder: Path, wanted: list[str]) -> None:
    """Draw the scenes that are wanted, all of them where none is named."""
    with tempfile.TemporaryDirectory() as kept:
        migrated = review_tables.make(Path(kept) / "tables.db")
        async with open_browser() as browser:
            for scene in wanted or SCENES:
                for size, settings in WINDOWS.items():
                    async with (
                        open_counter(migrated, Path(kept)) as counter,
                        open_window(browser, **settings) as window,
                    ):
                        await SCENES[scene](Reviewing(window, counter))
                        await window.page.wait_for_timeout(400)
                        await window.page.screenshot(path=folder / f"{scene}-{size}.png")


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1]), sys.argv[2:]))
