"""The heartbeat that a process leaves in a file as long as it works; ``ops.health`` reads it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog

from ops.health import Heartbeat, Outage
from store.files import beside

log = structlog.get_logger("ops")

BEAT_SECONDS = 5.0
"""How often a process writes its heartbeat."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What can be seen of a process now.

    Attributes:
        turns: How often each of its loops has turned.
        down: Outside parts that do not answer.
    """

    turns: Mapping[str, int]
    down: Sequence[Outage] = ()


@dataclass(slots=True)
class Pacemaker:
    """Makes heartbeats of pulses: a loop has turned if it turned since the last look."""

    _turns: dict[str, int] = field(default_factory=dict)
    _turned: dict[str, datetime] = field(default_factory=dict)

    def beat(self, pulse: Pulse, now: datetime) -> Heartbeat:
        """Return the heartbeat of this moment."""
        for loop, turns in pulse.turns.items():
            if self._turns.get(loop) != turns:
                self._turns[loop], self._turned[loop] = turns, now
        return Heartbeat(now, dict(self._turned), tuple(pulse.down))


@asynccontextmanager
async def beating(path: Path, look: Callable[[], Pulse], now: Callable[[], datetime]) -> AsyncIterator[None]:
    """Leave a heartbeat at ``path`` as long as the block runs; it is taken away on exit.

    A disk that takes no heartbeat stops nobody's work: the silence tells of it, and a log line.
    """
    pacemaker = Pacemaker()

    async def beat() -> None:
        try:
            await asyncio.to_thread(write, path, pacemaker.beat(look(), now()))
        except OSError as error:
            log.warning("heartbeat.not_written", path=str(path), reason=error.strerror)

    async def beat_forever() -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await beat()

    await beat()
    async with asyncio.TaskGroup() as group:
        beats = group.create_task(beat_forever())
        try:
            yield
        finally:
            beats.cancel()
            with suppress(OSError):
                await asyncio.to_thread(path.unlink)


def write(path: Path, heartbeat: Heartbeat) -> None:
    """Write the file whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with beside(path) as aside:
        aside.write_text(heartbeat.as_json(), encoding="utf-8")
