"""The database under the catalog: opening it, bringing it up to date, and saying what is wrong with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from schemas.errors import PermanentError, PipelineError, TransientError

HEAD = "0001"
"""The newest migration; asking Alembic itself would cost a third of a second at every start."""
BUSY_SECONDS = 20
_WRITE = "doctrail_write"
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


class CatalogUrlError(PermanentError):
    """The database's URL names nothing that exists here; correct DOCTRAIL_DATABASE_URL."""


class CatalogDeniedError(PermanentError):
    """The catalog's folder can't be made by this user; give him a writable one."""


class CatalogDamagedError(PermanentError):
    """The catalog's file is damaged; it holds nothing of its own: remove it and rebuild it."""


def open_engine(url: str) -> Engine:
    """Return an engine for ``url`` (``sqlite:///path``, relative as is, absolute with four slashes).

    Raises:
        CatalogUrlError: Unknown scheme, or no file named.
        CatalogDeniedError: The folder can't be made.
    """
    parsed = _parsed(url)
    with explained("open"):
        Path(parsed.database or "").absolute().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in a transaction that holds the write lock from its start."""
    with engine.connect().execution_options(**{_WRITE: True}) as connection, connection.begin():
        yield connection


def migrate(engine: Engine) -> None:
    """Bring the tables up to date; at most one process does, the others wait and find it done."""
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
    with writing(engine) as connection:
        revision = _revision(connection)
        if revision == HEAD:
            return
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "catalog:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    known = connection.execute(
        text("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'")
    ).scalar_one()
    if not known:
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, NoSuchModuleError) as error:
        raise CatalogUrlError(
            f"database URL {url!r} is no URL; use sqlite:///path", reason="database_url"
        ) from error
    if parsed.get_backend_name() != "sqlite":
        raise CatalogUrlError(
            f"database URL of scheme {parsed.drivername!r} is not known; use sqlite:///path",
            reason="database_url",
        )
    if not parsed.database or parsed.database == ":memory:":
        raise CatalogUrlError(
            f"database URL {url!r} names no file; use sqlite:///path", reason="database_url"
        )
    return parsed


def _prepare(connection: sqlite3.Connection, record: object) -> None:
    del record
    # SQLAlchemy's own transactions only: sqlite3 would commit before every change of a table.
    connection.isolation_level = None
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode != "wal":
        connection.execute("PRAGMA journal_mode = wal")
    # The offset moves once the catalog has answered, so what it answered must survive a power cut.
    connection.execute("PRAGMA synchronous = full")


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def explained(verb: str) -> Iterator[None]:
    """Translate the database's errors into ours; a statement it can't read is a defect and passes."""
    try:
        yield
    except (DBAPIError, OSError) as error:
        translated = _translated(verb, error)
        if translated is None:
            raise
        raise translated from error


def _translated(verb: str, error: DBAPIError | OSError) -> PipelineError | None:
    if isinstance(error, OSError):
        return CatalogDeniedError(
            f"the catalog's folder can't be made: {error.strerror}; give this user a writable folder",
            reason="catalog_denied",
        )
    name = getattr(error.orig, "sqlite_errorname", "")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return CatalogDamagedError(
            "the catalog's file is damaged; remove it and run doctrail catalog rebuild",
            reason="catalog_damaged",
        )
    for known, why in _WAITING_HELPS.items():
        if name.startswith(known):
            return TransientError(f"the catalog can't {verb} now: {why}", target="catalog")
    return None
