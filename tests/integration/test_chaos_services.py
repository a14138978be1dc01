"""A little of ``python -m tests.chaos.services`` in every run: processes die while real services work."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.chaos.harm import agents
from tests.chaos.running import carry_out, prepared
from tests.chaos.scaled import Places
from tests.services import lacking

NEEDED = ("kafka", "s3", "postgres")

pytestmark = pytest.mark.skipif(any(lacking(service) for service in NEEDED), reason="real services needed")


@contextmanager
def database_of_its_own(server: str, name: str) -> Iterator[str]:
    """Yield the URL of a new database; dropped afterwards."""
    database = sql.Identifier(name)
    with psycopg.connect(server, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE DATABASE {}").format(database))
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database))


@pytest.mark.slow
def test_nothing_is_lost_or_doubled_when_processes_on_real_services_are_killed(
    kafka: str, s3: dict[str, str], postgres: str, tmp_path: Path
) -> None:
    # A second attempt shares nothing with the first.
    name = f"chaos-{uuid.uuid4().hex[:8]}"
    with database_of_its_own(postgres, name) as database:
        places = Places(kafka, name, s3, database)
        run = prepared(places, tmp_path, seed=1, documents=4, kills=2, away=0)
        well, findings, words = carry_out(run, 1, agents)

    assert vars(findings) == {name: [] for name in vars(findings)}
    assert well, words
