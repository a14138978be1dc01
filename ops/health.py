"""Whether a running process makes progress, told by the heartbeat that it leaves in a file.

A health check is asked every few seconds, of every container: this module needs Python alone, and what it
imports must not need more (a test holds it).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from ops.words import several, visible

LONGEST = timedelta(seconds=90)
"""Silence after which a process, or one of its loops, no longer counts as making progress."""


class Outage(NamedTuple):
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


class Heartbeat(NamedTuple):
    """What a process last said of itself.

    Attributes:
        at: When.
        turned: When each of its loops was last seen to have turned.
        down: What it waits for: outside parts that do not answer.
    """

    at: datetime
    turned: Mapping[str, datetime]
    down: tuple[Outage, ...] = ()

    def as_json(self) -> str:
        """Return it as it stands in the file."""
        turned = {loop: at.isoformat() for loop, at in self.turned.items()}
        return json.dumps(
            {"at": self.at.isoformat(), "turned": turned, "down": [one._asdict() for one in self.down]}
        )


class Outages(NamedTuple):
    """What the process of this home waits for, as far as it can be told.

    Attributes:
        down: Outside parts that do not answer.
        unknown: Why nothing can be told; None where it can. Not to know is no good news.
    """

    down: tuple[Outage, ...] = ()
    unknown: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {"down": [one._asdict() for one in self.down], "unknown": self.unknown}


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
        heartbeat = _heartbeat(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return f"nothing runs here: no heartbeat at {str(path)!r}; doctrail run and doctrail watch leave one"
    except OSError as error:
        return f"heartbeat {str(path)!r} can't be read: {(error.strerror or 'error').lower()}"
    except (ValueError, TypeError, RecursionError):
        return f"{str(path)!r} is no heartbeat of this version; remove it and start the process again"
    silence = now - heartbeat.at
    if silence > LONGEST:
        return f"the process has given no sign of life for {_seconds(silence)}; start it again"
    return heartbeat


def _seconds(time: timedelta) -> str:
    return f"{time.total_seconds():.0f} s"


def _heartbeat(said: Any) -> Heartbeat:
    """Return what a heartbeat's JSON says.

    Raises:
        ValueError: It is none.
        TypeError: A time of it is none.
    """
    match said:
        case {"at": at, "turned": dict(turned), "down": list(down)}:
            times = {loop: _moment(when) for loop, when in turned.items()}
            return Heartbeat(_moment(at), times, tuple(map(_outage, down)))
    raise ValueError("not a heartbeat")


def _outage(said: Any) -> Outage:
    match said:
        case {"target": str(target), "state": str(state), "waiting": int(waiting), "reason": str() | None}:
            return Outage(target, state, waiting, said["reason"])
    raise ValueError("not an outage")


def _moment(said: str) -> datetime:
    found = datetime.fromisoformat(said)
    if found.tzinfo is None:
        raise ValueError("a time without its zone")
    return found
