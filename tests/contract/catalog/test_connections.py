"""Connections to PostgreSQL that somebody else ended."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DBAPIError

from catalog.postgres import open_server
from tests.contract.catalog.conftest import DATABASES

pytestmark = pytest.mark.skipif("postgres" not in DATABASES, reason="no PostgreSQL here")


def test_a_connection_that_was_cut_is_replaced_before_it_is_used(postgres: str) -> None:
    engine = open_server(make_url(postgres), trusted=0)
    cut = _cut(postgres, _asked(engine))

    assert _asked(engine) != cut

    engine.dispose()


def test_one_that_is_cut_just_after_its_use_fails_once(postgres: str) -> None:
    engine = open_server(make_url(postgres), trusted=3600)
    cut = _cut(postgres, _asked(engine))

    with pytest.raises(DBAPIError):
        _asked(engine)

    assert _asked(engine) != cut
    engine.dispose()


def _asked(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def _cut(server: str, pid: int) -> int:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    return pid
