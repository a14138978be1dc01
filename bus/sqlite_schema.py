"""Opening the embedded log's file: settings, migrations, and what SQLite's errors mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from bus.protocol import BusError
from schemas.errors import InvariantError, PipelineError, TransientError

LOCK_SECONDS = 5.0
"""How long a writer waits for another process's transaction before it says so."""

_WAITING_HELPS = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space and work goes on by itself",
    sqlite3.SQLITE_BUSY: f"another process has held its lock for {LOCK_SECONDS:.0f} s",
    sqlite3.SQLITE_LOCKED: "it is locked",
    sqlite3.SQLITE_READONLY: "it is read-only; make the file and its folder writable again",
    sqlite3.SQLITE_IOERR: "the disk reports an I/O error",
    sqlite3.SQLITE_PROTOCOL: "its locks are contended",
}
_WAITING_IS_VAIN = {
    sqlite3.SQLITE_CANTOPEN: "can't be opened; the folder must exist and be writable",
    sqlite3.SQLITE_CORRUPT: "is damaged; restore it, or move it away and rebuild from the store",
    sqlite3.SQLITE_NOTADB: "is not a bus file; point the URL elsewhere or move the file away",
    sqlite3.SQLITE_PERM: "can't be opened; the folder must exist and be writable",
}


@contextmanager
def translating(path: Path) -> Iterator[None]:
    """Turn SQLite's errors inside into ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise translated(error, path) from error


def translated(error: sqlite3.Error, path: Path) -> PipelineError:
    """Return what ``error`` means: waiting helps, waiting is vain, or it is our own mistake."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _WAITING_HELPS:
        return TransientError(
            f"bus file {str(path)!r} does not take writes: {_WAITING_HELPS[code]}", target="bus"
        )
    if code in _WAITING_IS_VAIN:
        return BusError(f"bus file {str(path)!r} {_WAITING_IS_VAIN[code]}")
    return InvariantError(f"bus file {str(path)!r} refused a statement of ours: {error}")


def open_file(path: Path) -> sqlite3.Connection:
    """Return a connection to the log at ``path``, which is made or brought up to date first.

    Raises:
        BusError: The file can't be opened, is no bus file, or was written by a newer doctrail.
        TransientError: It can't be written now.
    """
    with suppress(OSError):
        # What is wrong with the folder is said by the attempt to open the file.
        path.parent.mkdir(parents=True, exist_ok=True)
    with translating(path):
        # Our own lock, not the module's check, keeps a connection to one thread at a time.
        connection = sqlite3.connect(path, LOCK_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _configure(connection, path)
            _migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _configure(connection: sqlite3.Connection, path: Path) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise BusError(
            f"bus file {str(path)!r} lies where SQLite can't keep a write-ahead log; use a local disk"
        )
    # FULL syncs the log at every commit: what was acknowledged survives a power cut, not only a kill.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA journal_size_limit = 67108864")


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    scripts = sorted(
        (entry for entry in (files("bus") / "migrations").iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )
    if _version(connection) == len(scripts):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Looked up again under the lock: another process may have done it meanwhile.
        _run_missing(connection, scripts, path)
        connection.execute("COMMIT")
    except BaseException:
        rollback(connection)
        raise


def _run_missing(connection: sqlite3.Connection, scripts: Sequence[Traversable], path: Path) -> None:
    version = _version(connection)
    if version > len(scripts):
        known = len(scripts)
        raise BusError(f"bus file {str(path)!r} has version {version}, not {known}: upgrade this doctrail")
    for script in scripts[version:]:
        for statement in _statements(script.read_text("utf-8")):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(scripts)}")


def rollback(connection: sqlite3.Connection) -> None:
    """End an open transaction without its effects; some errors have ended it already."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
