"""What ``doctrail backfill`` does: sends, waits for its turn, does the work unless another process does."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from app.engine import LOOK_SECONDS, Engine
from app.lock import AlreadyRunningError, agents_here
from app.settings import Settings
from app.wiring import Doctrail, open_doctrail
from ops.backfill import Backfill, Tally
from ops.backfill_selection import Candidate, Selection, candidates, start
from ops.types import require_known
from ops.words import short
from store.submissions import Cause

FOLLOW_SECONDS = 1.0
"""How often it is tried to do the work while another process does it."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a backfill ended; ``cause_id`` is None for a dry run of one that was never started."""

    cause_id: str | None
    tally: Tally

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        tally = self.tally
        return {
            "id": self.cause_id,
            "finished": tally.complete,
            "selected": tally.selected,
            "unchanged": tally.unchanged,
            "already": tally.already,
            "sent": tally.sent,
            "ended": {end.value: count for end, count in sorted(tally.ended.items())},
        }


def run_backfill(
    settings: Settings, selection: Selection, *, rate: int, restart: str | None, dry_run: bool
) -> Done:
    """Run, restart or try a backfill and return how it ended."""
    return asyncio.run(_run(settings, selection, rate=rate, restart=restart, dry_run=dry_run))


async def _run(
    settings: Settings, selection: Selection, *, rate: int, restart: str | None, dry_run: bool
) -> Done:
    console = Console(file=sys.stderr, highlight=False)
    async with open_doctrail(settings) as doctrail:
        # A backfill that is restarted keeps the release it was started with.
        known = restart is not None and selection == Selection()
        release = "" if known else await doctrail.live.digest(doctrail.now())
        if selection.doc_type is not None:
            await require_known(doctrail.store, doctrail.catalog, selection.doc_type)
        if dry_run and restart is None:
            cause = Cause(
                cause_id="dry-run", kind="backfill", release_digest=release, at=doctrail.now(), selection={}
            )
        else:
            cause, selection = await start(
                doctrail.store, selection, release_digest=release, now=doctrail.now(), cause_id=restart
            )
        work = _Work(doctrail, cause, selection, rate, console)
        documents = candidates(doctrail.catalog, selection)
        if dry_run:
            return Done(restart, await work.backfill.count(documents))
        what = f"backfill {cause.cause_id} ({selection.words()})"
        console.print(f"{what} to release {short(cause.release_digest)}", soft_wrap=True)
        await work.do(documents)
        return Done(cause.cause_id, work.backfill.tally)


class _Work:
    """A backfill and whoever does its work: this process, where nobody else runs the home."""

    def __init__(
        self, doctrail: Doctrail, cause: Cause, selection: Selection, rate: int, console: Console
    ) -> None:
        self._doctrail = doctrail
        self._stop = asyncio.Event()
        self._line = console.status("starting")
        self.backfill = Backfill(
            store=doctrail.store,
            bus=doctrail.bus,
            catalog=doctrail.catalog,
            cause=cause,
            selection=selection,
            now=doctrail.now,
            pause=self._pause,
            rate=rate,
        )

    async def do(self, documents: AsyncIterator[Candidate]) -> None:
        """Send what is to be sent and see it to its end, or stop where the operator interrupts."""
        with self._line:
            async with asyncio.TaskGroup() as group:
                sending = group.create_task(self.backfill.run(documents))
                group.create_task(self._serve(sending))

    async def _serve(self, sending: asyncio.Task[Tally]) -> None:
        """Run the agents while something is being sent, whenever nobody else does."""

        async def until_sent(engine: Engine) -> None:
            while not sending.done() and not engine.interrupted.is_set():
                await engine.pause()
            if engine.interrupted.is_set():
                self._stop.set()

        while not sending.done() and not self._stop.is_set():
            try:
                with agents_here(self._doctrail.settings):
                    await Engine(self._doctrail).run(until_sent)
            except AlreadyRunningError:
                await asyncio.wait([sending], timeout=FOLLOW_SECONDS)

    async def _pause(self) -> bool:
        tally = self.backfill.tally
        first = f", {tally.waiting_for} live documents go first" if tally.waiting_for else ""
        self._line.update(f"{tally.sent} sent, {tally.finished} at rest{first}")
        await asyncio.sleep(LOOK_SECONDS)
        return self._stop.is_set()
