"""A document past a person, as a user sees it: submitted, routed, corrected by keys, its record, its trace.

``python -m tests.browser.loop FOLDER`` records it: what the terminal said in ``terminal.txt``, and pictures
of the page before, during and after the keys.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import doctypes
from schemas.canonical import sha256_hex
from tests.browser.chromium import Window, open_browser, open_window
from tests.browser.reviewing import ARMED
from tests.integration.installation import SAMPLES
from tests.integration.terminal import Terminal, until

LEASE = SAMPLES / "lease-numeric-dates.pdf"
"""Its date, 01/06/2020, can be read in two ways; everything else is beyond doubt."""
DATE = "agreement_date"
CORRECTED = "2020-06-01"
BY_KEYS = f"# on the page, by keys alone: ↓ (it is {CORRECTED}), Enter"
_HELD = "document.querySelector('.toast .quiet') && !document.querySelector('.toast .quiet').hidden"
_DONE = f"({_HELD} || document.querySelector('.desk').dataset.state === 'empty')"
_FIELD = "document.querySelector('.field.on')?.dataset.path"
_PLACE = "document.querySelector('.count span')?.innerText"
"""Which of the fields that are asked is in hand: *1 of 2*."""


@dataclass(frozen=True)
class Recorded:
    """What was seen.

    Attributes:
        reason: Why the page says that somebody should look.
        record: The record as the one downstream reads it.
        trace: What ``doctrail trace`` says at the end.
        terminal: Every command with what it said.
    """

    reason: str
    record: dict[str, Any]
    trace: str
    terminal: str


def terminal_in(folder: Path) -> Terminal:
    """Return a terminal whose installation serves the page on a port of its own."""
    more = {
        "DOCTRAIL_ACCEPT_GENERATED_CERTIFICATES": "true",
        "DOCTRAIL_REVIEW_SERVE": "true",
        "DOCTRAIL_REVIEW_PORT": "0",
        "DOCTRAIL_REVIEW_RELEASE_SECONDS": "1",
    }
    return Terminal(folder, Path(doctypes.__file__).parent, more)


async def record_loop(window: Window, terminal: Terminal, pictures: Path | None = None) -> Recorded:
    """Submit a lease, correct it on the page that ``doctrail run`` serves, and read what became of it."""
    said: list[str] = []

    async def typed(*arguments: str) -> str:
        out = await asyncio.to_thread(_heard, terminal, *arguments)
        said.append(f"$ doctrail {' '.join(arguments)}\n{out.rstrip()}")
        return out

    async def drawn(name: str) -> None:
        if pictures is not None:
            await window.page.screenshot(path=pictures / f"{name}.png")

    document = sha256_hex(LEASE.read_bytes())
    terminal.folder.joinpath(LEASE.name).write_bytes(LEASE.read_bytes())
    await typed("submit", LEASE.name)
    process = terminal.start("run")
    try:
        (line,) = await asyncio.to_thread(lambda: list(until(process, "review page: ")))
        await window.page.goto(line.removeprefix("review page: ").strip() + "work")
        await window.until("document.querySelector('.field.on .value') === document.activeElement")
        await typed("reviews", "list")
        reason = await correct(window, drawn)
        said.append(BY_KEYS)
        revisions = terminal.objects / "documents" / document / "revisions"
        while not any(revisions.glob("*.json")):
            assert process.poll() is None, "doctrail run ended"
            await asyncio.sleep(0.1)
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.communicate)
    await typed("records")
    trace = await typed("trace", LEASE.name)
    record = json.loads(await asyncio.to_thread(_heard, terminal, "show", LEASE.name, "--json"))["record"]
    return Recorded(reason, record, trace, "\n\n".join(said))


def _heard(terminal: Terminal, *arguments: str) -> str:
    process = terminal.start(*arguments)
    out, complained = process.communicate()
    assert process.returncode == 0, complained
    return out


async def correct(window: Window, drawn: Callable[[str], Awaitable[None]]) -> str:
    """Take the right date of two, submit, and return the reason that was given; ``drawn`` takes pictures."""
    await window.until("document.querySelector('.stage canvas') !== null")
    # A new record takes no Enter at once.
    await window.page.wait_for_timeout(ARMED)
    # A record drawn for a look at every field begins with others.
    while await window.ask(_FIELD) != DATE:
        before = await window.ask(_FIELD)
        await window.press("Tab")
        await window.until(f"{_FIELD} !== '{before}'")
    reason: str = await window.ask("document.querySelector('.field.on .reason').innerText")
    await drawn("1-asked")
    await window.press("Enter")
    assert "correct" in await window.ask("document.querySelector('.field.on .norm').innerText")
    await window.press("ArrowDown")
    await window.until("document.querySelector('.field.on .norm b')?.textContent === '" + CORRECTED + "'")
    await drawn("2-corrected")
    # What else is asked is right as it was read; how much that is depends on the lease's model.
    while not await window.ask(f"Boolean({_DONE})"):
        place = await window.ask(_PLACE)
        await window.press("Enter")
        await window.until(f"{_DONE} || {_PLACE} !== '{place}'")
    await drawn("3-submitted")
    return reason


async def main(folder: Path) -> str:
    """Draw it into a folder, and return what the terminal said."""
    with tempfile.TemporaryDirectory() as home:
        async with open_browser() as browser, open_window(browser) as window:
            return (await record_loop(window, terminal_in(Path(home)), folder)).terminal


if __name__ == "__main__":
    chosen = Path(sys.argv[1])
    chosen.mkdir(parents=True, exist_ok=True)
    recorded = asyncio.run(main(chosen))
    (chosen / "terminal.txt").write_text(recorded + "\n", encoding="utf-8")
    print(recorded)
