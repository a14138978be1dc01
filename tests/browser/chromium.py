"""A real browser for tests: the system's Chromium, driven by Playwright; axe-core from a file or npm.

``DOCTRAIL_TEST_BROWSER`` names the program where it is not on the path, ``DOCTRAIL_TEST_AXE`` a file
``axe.min.js``. Without the latter it is had once from the npm registry into the user's cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Error, Page, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
)
AXE = "axe-core@4.14.1"
CHANGED = "ERR_NETWORK_CHANGED"
"""What a browser says while the machine's network is another one, as when containers come and go: all that is
under way ends there, loopback too. A test that met it is tried again."""
ANSWERED_MS = 5_000
"""After an answer about something typed, what moves is moved by it."""
GIVE_UP_MS = 90_000
"""Nothing takes this long but a machine that is starved."""

WATCH = """
window.seen = {shifts: [], answers: [], policy: [], executed: 0};
new PerformanceObserver(list => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.seen.shifts.push({
    at: one.startTime, value: one.value,
    moved: one.sources.map(source => source.node?.outerHTML?.slice(0, 80)),
  });
}).observe({type: 'layout-shift', buffered: true});
new PerformanceObserver(list => {
  for (const one of list.getEntries()) {
    if (one.name.endsWith('/check')) window.seen.answers.push(one.responseEnd);
  }
}).observe({type: 'resource', buffered: true});
document.addEventListener('securitypolicyviolation', event => {
  window.seen.policy.push(event.violatedDirective);
});
window.alert = window.confirm = window.prompt = () => { window.seen.executed += 1; };
"""


def program() -> str | None:
    """Return the browser's program; None where there is none."""
    named = os.environ.get("DOCTRAIL_TEST_BROWSER")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


def axe_script() -> Path | None:
    """Return the path of axe-core; None where it can't be had."""
    named = os.environ.get("DOCTRAIL_TEST_AXE")
    if named:
        return Path(named)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "doctrail", AXE)
    script = cache / "axe.min.js"
    if script.is_file():
        return script
    npm = shutil.which("npm")
    if npm is None:
        return None
    return script if _fetched(npm, cache, script) else None


def _fetched(npm: str, cache: Path, script: Path) -> bool:
    part = cache / f"part-{os.getpid()}"
    part.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            [npm, "pack", AXE, "--silent", "--pack-destination", str(part)],
            capture_output=True,
            timeout=120,
            check=False,
            cwd=part,
        )
        packed = next(part.glob("*.tgz"), None)
        if done.returncode or packed is None:
            return False
        with tarfile.open(packed) as archive:
            member = archive.extractfile("package/axe.min.js")
            if member is None:
                return False
            whole = part / "axe.min.js"
            whole.write_bytes(member.read())
        whole.replace(script)
    except (OSError, subprocess.TimeoutExpired, tarfile.TarError):
        return False
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return True


@dataclass
class Window:
    """A page with everything noted that it should not do.

    Attributes:
        wrong: Console errors and warnings, uncaught errors.
    """

    page: Page
    context: BrowserContext
    wrong: list[str] = field(default_factory=list)

    async def ask(self, expression: str, argument: Any = None) -> Any:
        """Return what an expression is in the page."""
        return await self.page.evaluate(expression, argument)

    async def until(self, expression: str, argument: Any = None) -> None:
        """Wait until an expression holds in the page, which its policy keeps from being a string there."""
        for _ in range(GIVE_UP_MS // 25):
            # While the page goes elsewhere there is nobody to ask.
            with suppress(Error):
                if await self.page.evaluate(expression, argument):
                    return
            await self.page.wait_for_timeout(25)
        where = await self.page.evaluate("document.body.innerText.slice(0, 600)")
        raise AssertionError(f"never true: {expression}\nthe page says: {where}\nwrong: {self.wrong}")

    async def press(self, *names: str) -> None:
        """Press keys one after the other."""
        for name in names:
            await self.page.keyboard.press(name)

    async def type(self, text: str) -> None:
        """Type a text, key by key."""
        await self.page.keyboard.type(text)

    async def harm(self) -> dict[str, Any]:
        """Return what must all be nothing: layout shift, policy violations, programs of documents run.

        What the server says of something typed belongs to the key: a busy machine paints it later than the
        half second in which a browser sees that by itself.
        """
        seen: dict[str, Any] = await self.page.evaluate("window.seen")
        self.require_steady()
        shifts = [
            one
            for one in seen["shifts"]
            if not any(0 <= one["at"] - answer < ANSWERED_MS for answer in seen["answers"])
        ]
        return {
            "shift": sum(one["value"] for one in shifts),
            "moved": [node for one in shifts for node in one["moved"]],
            "policy": seen["policy"],
            "executed": seen["executed"],
            "wrong": self.wrong,
        }

    def require_steady(self) -> None:
        """Say so where the machine's network changed: what is on the screen then is no fault of the page.

        Raises:
            AssertionError: It did.
        """
        assert not any(CHANGED in one for one in self.wrong), f"{CHANGED}: the machine's network changed"


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """Open the browser; its sandbox is off only where it can't work, as for root."""
    arguments = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program(), args=arguments, timeout=GIVE_UP_MS
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_window(browser: Browser, **settings: Any) -> AsyncIterator[Window]:
    """Open a window of its own, without anything kept from others."""
    context = await browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **settings})
    context.set_default_timeout(GIVE_UP_MS)
    await context.add_init_script(WATCH)
    window = Window(await context.new_page(), context)
    window.page.on("pageerror", lambda error: window.wrong.append(f"uncaught: {error}"))
    window.page.on(
        "console",
        lambda said: window.wrong.append(said.text) if said.type in ("error", "warning") else None,
    )
    try:
        yield window
    finally:
        await context.close()


if __name__ == "__main__":
    # Has axe-core been had, or can it be? Said by the exit code.
    sys.exit(axe_script() is None)
