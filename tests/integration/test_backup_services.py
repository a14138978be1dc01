"""The drill on real services: bucket, topics and tables are lost, and everything comes back into new ones."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.integration.installation import copy_of_types
from tests.integration.terminal import Terminal
from tests.services import lacking

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        any(lacking(one) for one in ("kafka", "s3", "postgres")), reason="needs Kafka, S3 and PostgreSQL"
    ),
]
LETTER = "Dear Ms Hedge,\n\nthe hedge between our gardens is 2 m high.\n\nYours, {name}\n"


def place(kafka: str, s3: dict[str, str], postgres: str) -> dict[str, str]:
    """Return the settings of an installation of which nothing is there yet."""
    name = f"drill{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(name)))
    return {
        **s3,
        "DOCTRAIL_BUS_URL": f"kafka://{kafka}/{name}.",
        "DOCTRAIL_STORE_URL": f"s3://{name}/kept",
        "DOCTRAIL_DATABASE_URL": f"{postgres}?options=-csearch_path%3D{name}",
        "DOCTRAIL_TOPIC_PARTITIONS": "1",
        "DOCTRAIL_KAFKA_SESSION_SECONDS": "6",
    }


def test_an_installation_on_services_comes_back_with_what_was_under_way(
    kafka: str, s3: dict[str, str], postgres: str, tmp_path: Path
) -> None:
    types = copy_of_types(tmp_path, trained=False)
    terminal = Terminal(tmp_path, types, place(kafka, s3, postgres))
    for name in ("ann", "ben"):
        (tmp_path / f"{name}.txt").write_text(LETTER.format(name=name))
    terminal.type("init")
    terminal.type("submit", "ann.txt")
    terminal.type("run", "--drain")
    records = terminal.type("records")
    terminal.type("submit", "ben.txt")
    said = terminal.type("backup", "copy")

    lost = replace(terminal, more=place(kafka, s3, postgres))
    restored = lost.type("restore", "copy")
    lost.type("init")

    assert "of topics that agents lag behind in" in said
    assert "restored the backup" in restored
    assert lost.type("records") == records
    assert lost.ask("reviews", "stats")["waiting"] == terminal.ask("reviews", "stats")["waiting"]
    lost.type("run", "--drain")
    assert sum(lost.states().values()) == 2
    assert lost.type("verify", "--all")

    # The same copy comes back on a laptop, too.
    laptop = replace(terminal, more={})
    laptop.type("restore", "copy")
    assert laptop.type("records") == records
    laptop.work()
    assert sum(laptop.states().values()) == 2
