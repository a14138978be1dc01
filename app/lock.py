"""One ``doctrail run`` per home: a lock that dies with its holder and names it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.settings import Settings
from schemas.errors import PermanentError


class AlreadyRunningError(PermanentError):
    """Somebody else runs the agents; stop them, or let them do the work.

    Attributes:
        who: In words, at the beginning of a sentence in the singular.
    """

    def __init__(self, message: str, *, who: str) -> None:
        super().__init__(message, reason="locked")
        self.who = who


@contextmanager
def agents_here(settings: Settings) -> Iterator[None]:
    """Hold the right to run every agent in this process, beside whatever else it does.

    Raises:
        AlreadyRunningError: Another process holds it; or the bus is one that services of their own
            read, which a command that comes and goes would only disturb.
    """
    if not settings.embedded:
        raise AlreadyRunningError(
            "the agents of this bus are services of their own: doctrail run", who="whoever runs the agents"
        )
    with run_lock(settings.home):
        yield


@contextmanager
def run_lock(home: Path) -> Iterator[None]:
    """Hold the right to run ``home``.

    Raises:
        AlreadyRunningError: Another living process holds it.
    """
    home.mkdir(parents=True, exist_ok=True)
    path = home / "run.lock"
    # Opened without truncation: the holder's pid must survive our look at it.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = file.read().strip() or "unknown"
            sentence = f"home {str(home)!r} is already run by process {pid}; stop it or use it"
            raise AlreadyRunningError(sentence, who=f"process {pid}") from error
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.seek(0)
            file.truncate()


def lock_holder(home: Path) -> str | None:
    """Return the pid of the process that runs ``home``, or None where nobody does."""
    try:
        pid = (home / "run.lock").read_text().strip()
        with (home / "run.lock").open() as file:
            if not pid:
                return None
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return pid
    except OSError:
        return None
    return None
