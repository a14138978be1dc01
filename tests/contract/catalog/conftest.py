"""The databases that the contract is run against."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from catalog.connect import connect
from catalog.database import Catalog
from tests.services import lacking

DATABASES = ["sqlite"] + ([] if lacking("postgres") else ["postgres"])


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database; opening it again finds the same catalog. Another one adds its name here."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state/doctrail.db"
    server, schema = str(request.getfixturevalue("postgres")), f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
    return f"{server}?options=-csearch_path%3D{schema}"


@pytest.fixture
async def catalog(url: str) -> AsyncIterator[Catalog]:
    async with connect(url) as opened:
        yield opened
