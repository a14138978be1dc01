"""The catalog in an SQLite file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from catalog.errors import CatalogDamagedError, CatalogDeniedError, CatalogUrlError
from schemas.errors import PipelineError, TransientError

BUSY_SECONDS = 20
_WAITING_HELPS = {
    "SQLITE_FULL": "the disk is full; free some space and work goes on by itself",
    "SQLITE_IOERR": "the disk reports an I/O error",
    "SQLITE_BUSY": f"another process has held its lock for {BUSY_SECONDS} s",
    "SQLITE_LOCKED": "it is locked",
    **dict.fromkeys(
        ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM"),
        "its file or folder is not writable for this user; make it so and work goes on by itself",
    ),
}


def open_file(url: URL) -> Engine:
    """Return an engine for ``url`` (``sqlite:///path``, relative as is, absolute with four slashes).

    Raises:
        CatalogUrlError: No file named.
        OSError: The folder can't be made.
    """
    if not url.database or url.database == ":memory:":
        raise CatalogUrlError(
            f"database URL {str(url)!r} names no file; use sqlite:///path", reason="database_url"
        )
    Path(url.database).absolute().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    return engine


def begin(connection: Connection, *, write: bool) -> None:
    """Begin a transaction; one that writes holds the file's write lock from its start."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def translated(verb: str, error: sqlite3.Error | OSError, what: str = "the catalog") -> PipelineError | None:
    """Return our error for the file's; None for a statement it can't read, which is a defect."""
    if isinstance(error, OSError):
        return CatalogDeniedError(
            f"{what}'s folder can't be made: {error.strerror}; give this user a writable folder",
            reason="catalog_denied",
        )
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_ERROR" and str(error).startswith("no such table"):
        return CatalogDamagedError(
            "the catalog's file was removed or replaced; run doctrail catalog rebuild",
            reason="catalog_damaged",
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return CatalogDamagedError(
            "the catalog's file is damaged; remove it and run doctrail catalog rebuild",
            reason="catalog_damaged",
        )
    for known, why in _WAITING_HELPS.items():
        if name.startswith(known):
            return TransientError(f"{what} can't {verb} now: {why}", target="catalog")
    return None


def _prepare(connection: sqlite3.Connection, record: object) -> None:
    del record
    # SQLAlchemy's own transactions only: sqlite3 would commit before every change of a table.
    connection.isolation_level = None
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode != "wal":
        connection.execute("PRAGMA journal_mode = wal")
    # The offset moves once the catalog has answered, so what it answered must survive a power cut.
    connection.execute("PRAGMA synchronous = full")
