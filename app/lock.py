"""One ``doctrail run`` per home: a lock that dies with its holder and names it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import PermanentError


class AlreadyRunningError(PermanentError):
    """Another process runs this home; stop it, or let it do the work."""

    def __init__(self, home: Path, pid: str) -> None:
        super().__init__(
            f"home {str(home)!r} is already run by process {pid}; stop it or use it", reason="locked"
        )
        self.pid = pid


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
            raise AlreadyRunningError(home, file.read().strip() or "unknown") from error
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
