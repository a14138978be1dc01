"""Noting in the store when a process waits for an outside part, from what its breakers tell."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

import structlog

from bus.breaker import BreakerTurn
from schemas.errors import PipelineError
from store.outages import OutageNote, note_outage, without_ids
from store.protocol import ObjectStore

log = structlog.get_logger("ops")

AGAIN_SECONDS = 5.0
"""How long to wait before a store that did not take a note is asked again."""
MOST_UNWRITTEN = 1000
"""Notes kept in memory while the store is down; of more, the oldest are given up."""


class OutageLog:
    """Notes every breaker that opens and closes, as soon as the store takes it.

    Args:
        process: Tells this process from every other.
        agents: What it runs.
        now: The clock.
    """

    def __init__(self, process: str, agents: Sequence[str], now: Callable[[], datetime]) -> None:
        self._process = process
        self._agents = tuple(agents)
        self._now = now
        self._open: dict[str, OutageNote] = {}
        self._unwritten: deque[OutageNote] = deque(maxlen=MOST_UNWRITTEN)
        self._wake = asyncio.Event()
        self._refused = False

    def turned(self, turn: BreakerTurn) -> None:
        """Remember that a breaker opened or closed; returns at once."""
        if turn.opened:
            self._open[turn.target] = self._note(
                OutageNote(
                    target=turn.target,
                    process=self._process,
                    agents=self._agents,
                    opened=self._now(),
                    failures=turn.failures,
                    reason=without_ids(turn.reason),
                )
            )
        elif turn.target in self._open:
            told = {"failures": turn.failures, "waited": turn.waited, "reason": without_ids(turn.reason)}
            self._end(turn.target, answered=True, **told)

    def _end(self, target: str, *, answered: bool, **told: object) -> None:
        note = self._open.pop(target)
        self._note(note.model_copy(update={"closed": self._now(), "answered": answered, **told}))

    def _note(self, note: OutageNote) -> OutageNote:
        self._unwritten.append(note)
        self._wake.set()
        return note

    async def keep(self, store: ObjectStore) -> None:
        """Write what is remembered whenever something is, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not await self.written(store):
                self._wake.set()
                await asyncio.sleep(AGAIN_SECONDS)

    async def leave(self, store: ObjectStore) -> None:
        """End what is open, for this process waits no longer, and write what the store takes at once."""
        for target in tuple(self._open):
            self._end(target, answered=False)
        await self.written(store)

    async def written(self, store: ObjectStore) -> bool:
        """Write what is remembered, the oldest first; False where the store does not take it."""
        while self._unwritten:
            note = self._unwritten[0]
            try:
                await note_outage(store, note)
            except (PipelineError, OSError) as error:
                # Nobody's work stops for it: what is down is told by the heartbeat, and this is tried again
                # every few seconds, which need not be told as often.
                if not self._refused:
                    log.warning("outage.not_noted", target=note.target, kind=type(error).__name__)
                self._refused = True
                return False
            self._refused = False
            with suppress(ValueError):
                self._unwritten.remove(note)
        return True
