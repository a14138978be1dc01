"""A document past a person, in the services of compose: dropped, routed, corrected by keys, record, trace.

``python -m tests.compose.loop FOLDER`` brings the services up apart from yours, records it (what the terminal
said in ``terminal.txt``, pictures of the page), and brings them down. ``make test-compose`` has it as a step.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from schemas.canonical import sha256_hex
from tests.browser.chromium import Window, open_browser, open_window
from tests.browser.loop import BY_KEYS, CORRECTED, DATE, LEASE, Recorded, correct
from tests.compose.stack import Failure, Stack, until

UP_SECONDS = 1500
REST_SECONDS = 600
"""When to give up, on a machine that has much else to do."""


def show(stack: Stack, pictures: Path | None = None) -> Recorded:
    """Take the lease past a person, and require that its record and its trace say so.

    Raises:
        Failure: They don't.
    """
    recorded = asyncio.run(_recorded(stack, pictures))
    fields = {one["field"]["name"]: one for one in recorded.record["fields"]}
    date = fields[DATE]
    found = (date["decision"], date["field"]["readings"][0]["value"])
    if found != ("human", CORRECTED):
        raise Failure(f"the record says of the date that was corrected: {found}")
    if "decided by a reviewer" not in recorded.trace or "decision_id" not in recorded.trace:
        raise Failure(f"the trace does not tell the decision: {recorded.trace}")
    return recorded


async def _recorded(stack: Stack, pictures: Path | None) -> Recorded:
    said: list[str] = []

    async def typed(*arguments: str) -> str:
        out = await asyncio.to_thread(stack.ask, *arguments)
        said.append(f"$ docker compose exec watch doctrail {' '.join(arguments)}\n{out.rstrip()}")
        return out

    async def drawn(name: str) -> None:
        if pictures is not None:
            await window.page.screenshot(path=pictures / f"{name}.png")

    document = sha256_hex(LEASE.read_bytes())
    shutil.copy(LEASE, stack.inbox / LEASE.name)
    said.append(f"# dropped into inbox/: {LEASE.name}")
    await asyncio.to_thread(_comes_to, stack, document, "in_review")
    await typed("reviews", "list")
    task = await asyncio.to_thread(_task_of, stack, document)
    async with open_browser() as browser, open_window(browser) as window:
        await _log_in(window, stack, f"/work/{task}")
        reason = await correct(window, drawn)
        said.append(BY_KEYS)
        window.require_steady()
    await asyncio.to_thread(_comes_to, stack, document, "accepted")
    await typed("records")
    trace = await typed("trace", LEASE.name)
    shown = json.loads(await asyncio.to_thread(stack.ask, "show", LEASE.name, "--json"))
    return Recorded(reason, shown["record"], trace, "\n\n".join(said))


async def _log_in(window: Window, stack: Stack, path: str) -> None:
    """Go where somebody who is not logged in wanted to go, by way of the door, with keys."""
    await window.page.goto(stack.review + path)
    await window.until("document.activeElement?.id === 'login-name'")
    await window.type("admin")
    await window.press("Tab")
    await window.type(stack.password)
    await window.press("Enter")
    await window.until("document.querySelector('.field.on .value') === document.activeElement")


def _comes_to(stack: Stack, document: str, state: str) -> None:
    def come() -> bool | None:
        try:
            return stack.trace(document)["state"] == state or None
        except Failure:
            # Nobody knows it yet.
            return None

    until(f"the lease is {state}", come, seconds=REST_SECONDS, every=2.0)


def _task_of(stack: Stack, document: str) -> str:
    """Return the task that holds the document's record up."""
    status, said, cookie = stack.api("POST", "/v1/session", {"name": "admin", "password": stack.password})
    if status >= 300:
        raise Failure(f"the admin gets {status}: {said}")

    def found() -> str | None:
        answer: tuple[int, Any, str] = stack.api("GET", "/v1/tasks?state=open", cookie=cookie)
        _, listed, _ = answer
        asked = [one for one in listed["tasks"] if one["document_id"] == document and one["lane"] == "routed"]
        return str(asked[0]["task_id"]) if asked else None

    return until("its review is in the queue", found, seconds=REST_SECONDS)


def main(folder: Path) -> None:
    """Bring the services up, record the loop into a folder, bring them down."""
    with tempfile.TemporaryDirectory(prefix="doctrail-compose-") as kept:
        stack = Stack(Path(kept))
        stack.prepare()
        try:
            stack.compose("up", "--build", "--detach", "--wait", seconds=UP_SECONDS)
            recorded = show(stack, folder)
        finally:
            stack.down()
    (folder / "terminal.txt").write_text(recorded.terminal + "\n", encoding="utf-8")
    print(recorded.terminal)


if __name__ == "__main__":
    chosen = Path(sys.argv[1])
    chosen.mkdir(parents=True, exist_ok=True)
    main(chosen)
