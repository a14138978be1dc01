"""The way up from every earlier revision: what was written under it stays, and old code still runs."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import JSON, Column, Engine, MetaData, Table, column, table

from catalog.engine import CATALOG, Migrations, migrate, open_engine, writing
from review.queue.database import REVIEW

MOMENT = "2026-11-21T12:00:00.000000Z"
UNSAFE = re.compile(r"op\.(?:drop_(?!index)|rename_|alter_column)|nullable=False(?!.*server_default)")
"""What code of the release before, which runs while a new one is rolled out, does not survive.

Without an index it is slower for that while, and as right.
"""
NEW_TABLE = re.compile(r"^    op\.create_table\(\n.*?^    \)\n", re.MULTILINE | re.DOTALL)


def scripts(migrations: Migrations) -> list[Script]:
    """Return the steps, oldest first."""
    config = Config()
    config.set_main_option("script_location", migrations.scripts)
    return list(reversed(list(ScriptDirectory.from_config(config).walk_revisions())))


STEPS = [(room, script.revision) for room in (CATALOG, REVIEW) for script in scripts(room)]
LATER = [Path(script.path) for room in (CATALOG, REVIEW) for script in scripts(room)[1:]]


def at_revision(engine: Engine, migrations: Migrations, revision: str) -> dict[str, dict[str, Any]]:
    """Bring an empty database to a revision, and put a row into every table; return the rows."""
    with writing(engine) as connection:
        config = Config()
        config.set_main_option("script_location", migrations.scripts)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        known = MetaData()
        known.reflect(connection)
        rows = {}
        for table in known.sorted_tables:
            if table.name != migrations.table:
                rows[table.name] = {column.name: something(column) for column in table.columns}
                connection.execute(table.insert().values(rows[table.name]))
        return rows


def something(column: Column[Any]) -> Any:
    """Return a value that fits: the same for columns of a kind, so that references hold."""
    if isinstance(column.type, JSON):
        return {"a": 1}
    kind = column.type.python_type
    if kind is str:
        return MOMENT if column.name.endswith("_at") else "x"
    return {bool: True, bytes: b"x", datetime: MOMENT}.get(kind, 1)


@pytest.mark.parametrize(("room", "revision"), STEPS, ids=[f"{room.table}-{name}" for room, name in STEPS])
def test_what_an_earlier_revision_holds_survives_the_way_up(
    url: str, room: Migrations, revision: str
) -> None:
    engine = open_engine(url)
    try:
        rows = at_revision(engine, room, revision)

        migrate(engine, room)

        with engine.connect() as connection:
            for name, row in rows.items():
                table = Table(name, MetaData(), autoload_with=connection)
                (found,) = connection.execute(table.select()).mappings().all()
                assert {column: found[column] for column in row} == row
    finally:
        engine.dispose()


@pytest.mark.parametrize("room", [CATALOG, REVIEW], ids=lambda room: room.table)
def test_a_process_of_the_release_before_starts_on_the_tables_of_the_next(url: str, room: Migrations) -> None:
    engine = open_engine(url)
    try:
        migrate(engine, room)
        versions = table(room.table, column("version_num"))
        with writing(engine) as connection:
            connection.execute(versions.update().values(version_num="9999"))

        migrate(engine, room)

        with engine.connect() as connection:
            assert connection.execute(versions.select()).scalar() == "9999"
    finally:
        engine.dispose()


def test_a_step_up_leaves_what_the_release_before_uses() -> None:
    for path in LATER:
        upgrade = path.read_text(encoding="utf-8").partition("def upgrade")[2].partition("def downgrade")[0]
        # What is new altogether, the release before does not touch.
        assert UNSAFE.findall(NEW_TABLE.sub("", upgrade)) == [], path.name
