"""The database under the catalog: opening it, bringing it up to date, and saying what is wrong with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, column, event, inspect, make_url, select, table
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from catalog import sqlite
from catalog.errors import CatalogUrlError
from schemas.errors import PipelineError, TransientError

HEAD = "0001"
"""The newest migration; asking Alembic itself would cost a third of a second at every start."""


@dataclass(frozen=True, slots=True)
class Migrations:
    """How one room's tables come to be; several rooms may share a database.

    Attributes:
        scripts: Where Alembic finds the steps (``package:folder``).
        head: The newest of them; each is numbered in four digits, one up from the one before.
        table: Where the database remembers the step it is at.
    """

    scripts: str
    head: str
    table: str


CATALOG = Migrations("catalog:migrations", HEAD, "alembic_version")
_WRITE = "doctrail_write"
_KNOWN = "use sqlite:///path or postgresql://host/database"


def open_engine(url: str) -> Engine:
    """Return an engine for ``url``: ``sqlite:///path`` or ``postgresql://host/database``.

    Raises:
        CatalogUrlError: Unknown scheme, or nothing named.
        CatalogDeniedError: The file's folder can't be made.
    """
    parsed = _parsed(url)
    with explained("open"):
        if parsed.get_backend_name() == "sqlite":
            engine, begin = sqlite.open_file(parsed), sqlite.begin
        else:
            from catalog import postgres

            engine, begin = postgres.open_server(parsed), postgres.begin

    def begun(connection: Connection) -> None:
        begin(connection, write=bool(connection.get_execution_options().get(_WRITE, False)))

    event.listen(engine, "begin", begun)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in a transaction that holds the write lock from its start."""
    with engine.connect().execution_options(**{_WRITE: True}) as connection, connection.begin():
        yield connection


def migrate(engine: Engine, migrations: Migrations = CATALOG) -> None:
    """Bring the tables up to date; at most one process does, the others wait and find it done.

    Tables of a later version are left as they are: every step leaves what the release before uses, so that
    a process of it may start in the middle of a deploy, or after one was taken back.
    """
    with engine.connect() as connection:
        if _at_head(connection, migrations):
            return
    with writing(engine) as connection:
        if not _at_head(connection, migrations):
            _upgrade(connection, migrations)


def _at_head(connection: Connection, migrations: Migrations) -> bool:
    return (_revision(connection, migrations) or "") >= migrations.head


def _upgrade(connection: Connection, migrations: Migrations) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", migrations.scripts)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection, migrations: Migrations) -> str | None:
    if not inspect(connection).has_table(migrations.table):
        return None
    versions = table(migrations.table, column("version_num"))
    found = connection.execute(select(versions.c.version_num)).scalar()
    return None if found is None else str(found)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        # Not repeated: what can't be read may hold a password.
        raise CatalogUrlError(f"DOCTRAIL_DATABASE_URL is no URL; {_KNOWN}", reason="database_url") from error
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise CatalogUrlError(
            f"database URL of scheme {parsed.drivername!r} is not known; {_KNOWN}", reason="database_url"
        )
    return parsed


@contextmanager
def explained(verb: str, what: str = "the catalog") -> Iterator[None]:
    """Translate the database's errors into ours; a statement it can't read is a defect and passes.

    Args:
        verb: What can't be done.
        what: Who can't do it.
    """
    try:
        yield
    except PoolTimeoutError as error:
        raise TransientError(
            f"{what} can't {verb} now: all its connections are in use", target="catalog"
        ) from error
    except (DBAPIError, OSError) as error:
        translated = _translated(verb, error, what)
        if translated is None:
            raise
        raise translated from error


def _translated(verb: str, error: DBAPIError | OSError, what: str) -> PipelineError | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error | OSError):
        return sqlite.translated(verb, cause, what)
    import psycopg

    from catalog import postgres

    return postgres.translated(verb, cause, what) if isinstance(cause, psycopg.Error) else None
