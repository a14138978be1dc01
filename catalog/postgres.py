"""The catalog in PostgreSQL, by psycopg."""

from __future__ import annotations

import time
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import InvalidatePoolError

from catalog.errors import CatalogDeniedError, CatalogUrlError
from schemas.errors import PipelineError, TransientError

CONNECT_SECONDS = 10
POOL_SECONDS = 20
CONNECTIONS = 5
TRUSTED_SECONDS = 1.0
"""Asking each time whether a connection still lives is another way there and back."""
_USED = "used"
WRITE_LOCK = 0x0D0C_7A11
"""Key of the advisory lock that every writing transaction holds, as a writer of SQLite holds the file's."""

_WAITING_HELPS = {
    "08": "its connection was lost",
    "40": "another transaction was in the way",
    "53": "the server is out of disk, memory or connections",
    "55P03": "another process holds its lock",
    "57": "the server is shutting down or starting up",
    "58": "the server reports an I/O error",
}
_DENIED = ("28", "42501", "3D", "25006")
# What a refused connection says; libpq gives no code for it.
_REFUSED = ("authentication failed", "does not exist", "no pg_hba.conf entry", "no password supplied")


def open_server(url: URL, *, trusted: float = TRUSTED_SECONDS) -> Engine:
    """Return an engine for ``url`` (``postgresql://user:password@host/database``); nothing connects yet.

    Args:
        url: Where the database is.
        trusted: A connection that was used within so many seconds is taken as it is.

    Raises:
        CatalogUrlError: No database named.
    """
    if not url.database:
        raise CatalogUrlError(
            f"database URL {url.render_as_string()!r} names no database; use postgresql://host/database",
            reason="database_url",
        )
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": CONNECT_SECONDS},
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        # The one used last knows its plans; taken in turns, each would make them anew for a while.
        pool_use_lifo=True,
    )

    def taken(connection: Any, record: Any, proxy: Any) -> None:
        # A connection that a fail-over or a firewall cut is replaced before it is used.
        del proxy
        if time.monotonic() - record.info[_USED] > trusted:
            try:
                engine.dialect.do_ping(connection)
            except psycopg.Error as error:
                raise InvalidatePoolError from error

    def used(connection: Any, record: Any) -> None:
        del connection
        record.info[_USED] = time.monotonic()

    event.listen(engine, "connect", used)
    event.listen(engine, "checkin", used)
    event.listen(engine, "checkout", taken)
    return engine


def begin(connection: Connection, *, write: bool) -> None:
    """Begin a transaction; writers take turns: two that derive one document's row would lose an update."""
    if write:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")


def translated(verb: str, error: psycopg.Error, what: str = "the catalog") -> PipelineError | None:
    """Return our error for the server's; None for a statement it can't read, which is a defect."""
    code = error.sqlstate
    if (code or "").startswith(_DENIED) or (code is None and any(said in str(error) for said in _REFUSED)):
        return CatalogDeniedError(
            f"{what}'s server does not let this user {verb} its database; correct user, password and "
            "database of DOCTRAIL_DATABASE_URL, or grant what doctrail doctor names",
            reason="catalog_denied",
        )
    if code is None and isinstance(error, psycopg.OperationalError):
        return TransientError(f"{what} can't {verb} now: its server can't be reached", target="catalog")
    for known, why in _WAITING_HELPS.items():
        if (code or "").startswith(known):
            return TransientError(f"{what} can't {verb} now: {why}", target="catalog")
    return None
