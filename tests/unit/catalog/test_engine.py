"""The database under the catalog: up to date, quick to open, and clear about what is wrong."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from catalog.connect import connect
from catalog.database import Batch
from catalog.engine import HEAD, explained, open_engine
from catalog.errors import CatalogDamagedError, CatalogDeniedError, CatalogUrlError
from catalog.facts import fact_of
from catalog.queries import counts
from catalog.tables import metadata
from schemas.documents import DocumentDropped
from schemas.errors import TransientError
from schemas.message import new_traceparent, seal
from tests.contract.catalog.telling import Story

pytestmark = pytest.mark.anyio

OPENS = """
import asyncio, sys
from catalog.connect import connect
async def main():
    async with connect(sys.argv[1]):
        pass
asyncio.run(main())
"""


async def test_the_migrations_make_exactly_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/c.db"
    async with connect(url):
        pass
    engine = open_engine(url)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, metadata)
        current = context.get_current_revision()
    engine.dispose()

    config = Config()
    config.set_main_option("script_location", "catalog:migrations")
    assert differences == []
    assert current == HEAD == ScriptDirectory.from_config(config).get_current_head()


async def test_an_up_to_date_catalog_opens_without_loading_the_migration_tool(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/c.db"
    async with connect(url):
        pass
    code = OPENS + "sys.exit(any(name.split('.')[0] == 'alembic' for name in sys.modules))"

    assert subprocess.run([sys.executable, "-c", code, url], check=False).returncode == 0  # noqa: ASYNC221 (our own child)


async def test_many_processes_that_open_a_new_catalog_at_once_all_find_it_ready(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/deep/er/c.db"
    children = [subprocess.Popen([sys.executable, "-c", OPENS, url]) for _ in range(4)]  # noqa: ASYNC220 (our own children)

    assert [child.wait(120) for child in children] == [0, 0, 0, 0]
    async with connect(url) as catalog:
        assert await counts(catalog) == ()


async def test_two_open_catalogs_write_side_by_side(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/c.db"
    async with connect(url) as one, connect(url) as other:
        for n in range(10):
            await Story(f"one {n}").submitted().into(one)
            await Story(f"other {n}").submitted().into(other)

        assert [count.number for count in await counts(one)] == [20]


async def test_what_was_kept_is_there_after_reopening(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/c.db"
    async with connect(url) as catalog:
        await Story("a").submitted().into(catalog)

    async with connect(url) as catalog:
        assert [count.number for count in await counts(catalog)] == [1]


async def test_a_batch_that_could_not_be_written_fails_alone_and_can_be_kept_again(tmp_path: Path) -> None:
    async with connect(f"sqlite:///{tmp_path}/c.db") as catalog:
        good, bad = Story("good").submitted(), Story("bad").submitted()
        broken = Batch([replace(bad.facts[0], at=None)])  # type: ignore[arg-type]  # breaks the table's own rule
        with pytest.raises(Exception, match="NOT NULL"):
            await catalog.keep(broken)
        await good.into(catalog)
        await bad.into(catalog)

        assert [count.number for count in await counts(catalog)] == [2]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://host/db", "'mysql' is not known"),
        ("no url at all", "is no URL"),
        ("postgresql://ann:secret@host:port/x", "^DOCTRAIL_DATABASE_URL is no URL; use"),
        ("postgresql//ann:secret@host/x", "^DOCTRAIL_DATABASE_URL is no URL; use"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("postgresql://ann:secret@host", r"ann:\*\*\*@host' names no database"),
    ],
)
async def test_an_unknown_url_is_one_clear_sentence(url: str, says: str) -> None:
    with pytest.raises(CatalogUrlError, match=says) as caught:
        async with connect(url):
            pass
    assert "secret" not in str(caught.value)


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "c.db").write_bytes(b"this is not a database, and long enough to look like one " * 20)

    with pytest.raises(CatalogDamagedError, match="catalog rebuild"):
        async with connect(f"sqlite:///{tmp_path}/c.db"):
            pass


async def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(CatalogDeniedError, match="writable folder"):
        async with connect(f"sqlite:///{tmp_path}/taken/c.db"):
            pass


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SQLITE_FULL", TransientError),
        ("SQLITE_BUSY", TransientError),
        ("SQLITE_IOERR_WRITE", TransientError),
        ("SQLITE_READONLY", TransientError),
        ("SQLITE_CANTOPEN", TransientError),
        ("SQLITE_CORRUPT", CatalogDamagedError),
        ("SQLITE_ERROR", OperationalError),
    ],
)
def test_the_databases_refusals_are_told_apart(name: str, kind: type[Exception]) -> None:
    cause = sqlite3.OperationalError("as the database says it")
    cause.sqlite_errorname = name

    with pytest.raises(kind), explained("write"):
        raise OperationalError("SELECT 1", {}, cause)


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (psycopg.errors.AdminShutdown("as the server says it"), TransientError),
        (psycopg.errors.DiskFull("as the server says it"), TransientError),
        (psycopg.errors.DeadlockDetected("as the server says it"), TransientError),
        (psycopg.OperationalError("connection refused"), TransientError),
        (psycopg.OperationalError("FATAL: password authentication failed for user"), CatalogDeniedError),
        (psycopg.errors.InsufficientPrivilege("as the server says it"), CatalogDeniedError),
        (psycopg.errors.SyntaxError("as the server says it"), DBAPIError),
    ],
)
def test_the_servers_refusals_are_told_apart(cause: psycopg.Error, kind: type[Exception]) -> None:
    with pytest.raises(kind), explained("write"):
        raise DBAPIError("SELECT 1", {}, cause)


def test_a_pool_that_is_used_up_is_worth_waiting_for() -> None:
    with pytest.raises(TransientError, match="all its connections are in use"), explained("answer"):
        raise PoolTimeoutError


def test_a_message_that_the_catalog_keeps_nothing_of_is_a_defect() -> None:
    event_id = Story("x").document_id
    envelope = seal(
        DocumentDropped(uri="file:///in/a.pdf"),
        event_id=event_id,
        source="doctrail/submit",
        subject=event_id,
        time=Story("x").at,
        traceparent=new_traceparent(event_id),
    )

    with pytest.raises(TypeError, match="DocumentDropped"):
        fact_of(envelope)
