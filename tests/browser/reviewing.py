"""Somebody at the review page: what is on the screen, and keys until something is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.browser.chromium import GIVE_UP_MS, Window
from tests.browser.counter import Counter

ARMED = 200
"""Milliseconds after which a new record takes Enter."""
NOTHING = {"shift": 0, "moved": [], "policy": [], "executed": 0, "wrong": []}
"""What ``Window.harm`` says of a page that did none."""


@dataclass
class Reviewing:
    """The desk in a window."""

    window: Window
    counter: Counter

    async def open(self, path: str = "/work") -> None:
        """Open the desk and wait for what it shows."""
        await self.window.page.goto(self.counter.url + path)
        await self.settled()

    async def settled(self) -> None:
        """Wait until a record, or that there is none, is on the screen, and keys count."""
        await self.window.until("document.querySelector('.desk').dataset.state !== 'loading'")
        await self.window.page.wait_for_timeout(ARMED)

    async def shows(self, name: str) -> None:
        """Wait until a record is on the screen and takes keys."""
        await self.window.until(
            "name => document.querySelector('.desk').dataset.state === 'record'"
            " && document.querySelector('.rec h1')?.textContent === name",
            name,
        )
        await self.window.page.wait_for_timeout(ARMED)

    async def ahead(self, images: int) -> None:
        """Wait until so many page images were fetched, those of records to come included."""
        await self.window.until(
            "count => performance.getEntriesByType('resource')"
            ".filter(one => one.name.includes('/v1/pages/') && one.responseEnd).length >= count",
            images,
        )

    async def is_empty(self) -> None:
        """Wait until nothing is left to do."""
        await self.window.until("document.querySelector('.desk').dataset.state === 'empty'")

    async def decided(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many decisions were taken, and return them."""
        for _ in range(GIVE_UP_MS // 25):
            found = await self.counter.decisions()
            if len(found) >= count:
                return found
            await self.window.page.wait_for_timeout(25)
        raise AssertionError(f"{len(found)} of {count} decisions; {self.window.wrong}")

    async def field(self) -> str:
        """Return which field has the focus."""
        found: str = await self.window.ask(
            "document.activeElement.closest('.field')?.dataset.path ?? document.activeElement.className"
        )
        return found

    async def judged(self) -> None:
        """Wait until what was typed has been judged by the server."""
        await self.window.until("!document.querySelector('.field.on .norm')?.textContent.includes('being')")
