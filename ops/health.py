"""Whether a running process makes progress, told by the heartbeat that it leaves in a file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from pydantic import AwareDatetime, ValidationError

from ops.words import several, visible
from schemas.layout import Frozen

log = structlog.get_logger("ops")

BEAT_SECONDS = 5.0
"""How often a process writes its heartbeat."""

LONGEST = timedelta(seconds=90)
"""Silence after which a process, or one of its loops, no longer counts as making progress."""


class Outage(Frozen):
    """An outside part that a process waits for.

    Attributes:
        target: What it is.
        state: Of its breaker: open, or half open while one message probes.
        waiting: Messages behind it.
        reason: How the last call failed.
    """

    target: str
    state: str
    waiting: int
    reason: str | None


class Heartbeat(Frozen):
    """What a process last said of itself.

    Attributes:
        at: When.
        turned: When each of its loops was last seen to have turned.
        down: What it waits for: outside parts that do not answer.
    """

    at: AwareDatetime
    turned: Mapping[str, AwareDatetime]
    down: tuple[Outage, ...] = ()


class Outages(Frozen):
    """What the process of this home waits for, as far as it can be told.

    Attributes:
        down: Outside parts that do not answer.
        unknown: Why nothing can be told; None where it can. Not to know is no good news.
    """

    down: tuple[Outage, ...] = ()
    unknown: str | None = None


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
        return Heartbeat(at=now, turned=dict(self._turned), down=tuple(pulse.down))


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
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(heartbeat.model_dump_json(), encoding="utf-8")
    part.replace(path)


def complaint(path: Path, now: datetime) -> str | None:
    """Return in a sentence why the process that beats at ``path`` makes no progress; None where it does."""
    heartbeat = _last(path, now)
    if isinstance(heartbeat, str):
        return heartbeat
    stuck = {loop: now - at for loop, at in heartbeat.turned.items() if now - at > LONGEST}
    if not stuck:
        return None
    loop, waited = max(stuck.items(), key=lambda one: one[1])
    down = ", ".join(visible(one.target) for one in heartbeat.down)
    why = f": {down} does not answer" if down else ""
    return f"{loop} has not asked for work for {_seconds(waited)}{why}"


def outages(path: Path, now: datetime) -> Outages:
    """Return what the process that beats at ``path`` waits for."""
    heartbeat = _last(path, now)
    return Outages(unknown=heartbeat) if isinstance(heartbeat, str) else Outages(down=heartbeat.down)


def outage_words(found: Outages) -> list[str]:
    """Return one sentence for each outside part that does not answer, or the one why that is not known."""
    if found.unknown is not None:
        return [f"whether outside parts answer is not known: {found.unknown}"]
    return [
        f"{visible(one.target)} does not answer ({one.state.replace('_', ' ')}, "
        f"{several(one.waiting, 'message')} waiting)" + (f": {visible(one.reason)}" if one.reason else "")
        for one in found.down
    ]


def _last(path: Path, now: datetime) -> Heartbeat | str:
    """Return the last heartbeat, or in a sentence why there is none that counts."""
    try:
        heartbeat = Heartbeat.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return f"nothing runs here: no heartbeat at {str(path)!r}; doctrail run and doctrail watch leave one"
    except OSError as error:
        return f"heartbeat {str(path)!r} can't be read: {(error.strerror or 'error').lower()}"
    except ValidationError:
        return f"{str(path)!r} is no heartbeat of this version; remove it and start the process again"
    silence = now - heartbeat.at
    if silence > LONGEST:
        return f"the process has given no sign of life for {_seconds(silence)}; start it again"
    return heartbeat


def _seconds(time: timedelta) -> str:
    return f"{time.total_seconds():.0f} s"
