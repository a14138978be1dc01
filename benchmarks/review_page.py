"""The review page in a real browser, by keys alone: keystrokes against the table, and times till painted.

``python -m benchmarks.review_page [RECORDS]``. Times are from the key to the end of the first frame on the
page's main thread, measured in the page; the queue, the server and the browser share this machine.
``--before FOLDER`` names another checkout: both are measured in turns, told side by side.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, CDPSession

from tests import review_tables
from tests.browser.chromium import open_browser, open_window
from tests.browser.counter import Counter, open_counter
from tests.browser.orders import Order, order
from tests.browser.reviewing import Reviewing

ASKED = ("seller", "number", "net", "total")
RECORDS = 50
COLD = 5
ROUNDS = 3
_ALONE = """
import asyncio, sys, tempfile
from pathlib import Path
from benchmarks.review_page import open_browser, open_counter, review_tables, session

async def alone():
    with tempfile.TemporaryDirectory() as folder:
        migrated = review_tables.make(Path(folder) / "tables.db")
        async with open_browser() as browser, open_counter(migrated, Path(folder)) as counter:
            await session(counter, browser, int(sys.argv[1]), 1)

asyncio.run(alone())
"""
"""What a checkout of before can do too."""


async def main(records: int) -> None:
    """Run every part and print its figures."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        migrated = review_tables.make(home / "tables.db")
        async with open_browser() as browser:
            for slow in (1, 4):
                async with open_counter(migrated, home) as counter:
                    await session(counter, browser, records, slow)
            for pages in (1, 40):
                times = [await cold(migrated, home, browser, pages) for _ in range(COLD)]
                print(f"cold start, {pages:>2} pages: {spread(times)} (target: 800 ms p95)")
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")


async def session(counter: Counter, browser: Browser, records: int, slow: int) -> None:
    """Work through records of one to four doubts, some corrected, by keys alone."""
    await counter.add(*(made(number) for number in range(records)))
    async with open_window(browser) as window:
        desk = Reviewing(window, counter)
        if slow > 1:
            devtools = await window.context.new_cdp_session(window.page)
            await devtools.send("Emulation.setCPUThrottlingRate", {"rate": slow})
        await desk.open()
        devtools = await window.context.new_cdp_session(window.page)
        await devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        before, wanted = await busy(devtools), 0
        for number in range(records):
            await desk.shows(name(number))
            keys = keys_for(number)
            wanted += len(keys)
            await window.press(*keys)
        await desk.is_empty()
        decided = await desk.decided(records)
        used = sum(one["keystrokes"] for one in decided)
        measured = await window.ask(
            "performance.getEntriesByType('measure').map(one => [one.name, one.duration])"
        )
        hits = await window.ask("performance.getEntriesByName('ahead').length")
        harm = await window.harm()
        spent = await busy(devtools) - before
    shown = [time for what, time in measured if what == "record"][1:]
    print(f"\n{records} records, page's processor slowed {slow}×")
    print(f"  keystrokes: {used} used, {wanted} by the table")
    print(f"  submit to next record painted: {spread(shown)} (targets: p95 100, p99 250 ms)")
    print(
        f"  focus to evidence painted: {spread([t for what, t in measured if what == 'evidence'])} (p95 50)"
    )
    print(f"  images there when the next record was: {hits} of {records - 1} (target: 95 %)")
    print(f"  processor time of the page's main thread: {1000 * spent / records:.0f} ms a record, all told")
    print(f"  layout shift {harm['shift']} {harm['moved'] or ''}")
    print(f"  policy violations {len(harm['policy'])}, console {harm['wrong']}")


async def busy(devtools: CDPSession) -> float:
    """Return the processor seconds that the page's main thread has spent, however busy the machine is."""
    found = (await devtools.send("Performance.getMetrics"))["metrics"]
    return float(next(one["value"] for one in found if one["name"] == "TaskDuration"))


def made(number: int) -> Order:
    """Return record ``number``: one to four doubts."""
    asked = ASKED[: 1 + number % 4]
    return order(asked, name=name(number), others={"seller": ["Corner Supply Ltd"]})


def name(number: int) -> str:
    """Return what record ``number`` is called."""
    return f"record-{number}.pdf"


def keys_for(number: int) -> list[str]:
    """Return the keys that record ``number`` takes; some take an alternative, some are typed."""
    keys = ["Enter"] * (1 + number % 4)
    if number % 5 == 4:
        return ["ArrowDown", *keys]
    return [*"Alpha", *keys] if number % 7 == 6 else keys


async def cold(migrated: Path, home: Path, browser: Browser, pages: int) -> float:
    """Return milliseconds from asking for the page to the first record painted, nothing cached anywhere."""
    async with open_counter(migrated, home) as counter, open_window(browser) as window:
        await counter.add(order(("seller",), pages=pages))
        desk = Reviewing(window, counter)
        await desk.open()
        await desk.shows("order.pdf")
        painted: list[Any] = await window.ask(
            "performance.getEntriesByName('record').map(one => one.startTime + one.duration)"
        )
        return float(painted[0])


def spread(times: Sequence[float]) -> str:
    """Return the middle and the slow end of times."""
    ordered = sorted(times)

    def at(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    return f"p50 {at(0.5):.0f}, p95 {at(0.95):.0f}, p99 {at(0.99):.0f} ms"


def in_turns(records: int, before: Path) -> None:
    """Print what both checkouts take, measured in turns, so that the machine's mood meets both alike."""
    for number in range(1, ROUNDS + 1):
        for which, folder in (("before", before), ("after", Path.cwd())):
            command = [sys.executable, "-c", _ALONE, str(records)]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
            for what in ("submit to next", "focus to evidence", "processor time"):
                line = next(one for one in done.stdout.splitlines() if what in one)
                told = re.sub(r" \(.*|, all told", "", line.partition(": ")[2])
                print(f"{number} {which:<7} {what:<18} {told}", flush=True)
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.review_page")
    parser.add_argument("records", type=int, nargs="?", default=RECORDS)
    parser.add_argument("--before", type=Path, help="another checkout, measured in turns with this one")
    given = parser.parse_args()
    if given.before:
        in_turns(given.records, given.before)
    else:
        asyncio.run(main(given.records))
