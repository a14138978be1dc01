"""A bucket that announces its objects on Kafka, and what becomes of them; all services real."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from app.buses import connect_bus, wanted_topics
from app.settings import Settings
from app.wiring import open_doctrail
from catalog import queries, waiting
from ops.ingest import overwritten_objects
from schemas.s3_events import ObjectsAnnounced
from schemas.topics import READ
from store.connect import connect
from tests.services import announcing_s3_server, lacking

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(lacking("s3") or lacking("kafka") or not os.environ.get("DOCTRAIL_SERVICES")),
        reason="needs scripts that start Kafka, and S3 announcing to it (DOCTRAIL_SERVICES)",
    ),
]

LETTER = "Dear Ms Hedge,\n\nthe hedge between our gardens is {height} m high.\n\nYours, A. Neighbour\n"
ARRIVAL_SECONDS = 120
ANNOUNCED = 6
"""Puts that the server tells of, each in a message of its own, in any order: all are waited for."""


@contextmanager
def environment(values: dict[str, str]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, value)
        yield


def doctrail(home: Path, settings: dict[str, str], *arguments: str) -> str:
    """Run a command to its end and return what it says."""
    ran = subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        env={**os.environ, **settings},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    (home / "log").write_text(ran.stdout + ran.stderr)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


async def announced_objects(settings: Settings, number: int) -> None:
    """Return once so many notifications lie on the topic."""
    seen, topics = 0, [ObjectsAnnounced.event]
    async with (
        connect_bus(settings) as bus,
        asyncio.timeout(ARRIVAL_SECONDS),
        bus.consumer(topics, "seen") as consumer,
    ):
        while seen < number:
            records = await consumer.poll(100, 0.5)
            seen += sum("in/" in record.body.decode() for record in records)


def fill(client: Any) -> None:
    """Put what a hurried producer puts: twice the same, one over another, one outside, a copy."""
    for height in (3, 4):
        client.put_object(Bucket="incoming", Key=f"in/letter {height}.txt", Body=LETTER.format(height=height))
    client.put_object(Bucket="incoming", Key="in/letter 4.txt", Body=LETTER.format(height=4))
    client.put_object(Bucket="incoming", Key="in/changed.txt", Body=LETTER.format(height=5))
    client.put_object(Bucket="incoming", Key="in/changed.txt", Body=LETTER.format(height=6))
    client.put_object(Bucket="incoming", Key="private-in/secret.txt", Body=LETTER.format(height=7))
    # The filter lets puts through; nobody hears of a copy.
    source = {"Bucket": "incoming", "Key": "private-in/secret.txt"}
    client.copy_object(Bucket="incoming", Key="in/copied.txt", CopySource=source)


async def test_announced_objects_become_records_once_and_a_listing_finds_the_unheard(
    kafka: str, tmp_path: Path
) -> None:
    values = {
        "DOCTRAIL_HOME": str(tmp_path / "home"),
        "DOCTRAIL_BUS_URL": f"kafka://{kafka}/{uuid.uuid4().hex[:12]}.",
        "DOCTRAIL_STORE_URL": "s3://doctrail/objects",
        "DOCTRAIL_INGEST_PREFIXES": "s3://incoming/in",
        "DOCTRAIL_TOPIC_PARTITIONS": "1",
        "DOCTRAIL_PAGE_WORKERS": "1",
        "DOCTRAIL_KAFKA_SESSION_SECONDS": "6",
    }
    with environment(values):
        settings = Settings(_env_file=None)
    async with connect_bus(settings) as bus:
        await bus.create_topics(wanted_topics(settings))
    events = tmp_path / "events.json"
    events.write_text(json.dumps({"s3:ObjectCreated:Put": True}))
    topic = settings.bus.rpartition("/")[2] + ObjectsAnnounced.event
    with announcing_s3_server(kafka, topic, events) as server, environment(server):
        client = boto3.session.Session().client("s3")
        for bucket in ("doctrail", "incoming"):
            client.create_bucket(Bucket=bucket)
        fill(client)
        await announced_objects(settings, ANNOUNCED)

        doctrail(tmp_path, values, "init")
        doctrail(tmp_path, values, "run", "--drain")
        first = doctrail(tmp_path, values, "ingest", "sync", "s3://incoming/in")
        doctrail(tmp_path, values, "run", "--drain")
        second = doctrail(tmp_path, values, "ingest", "sync", "s3://incoming/in")
        await found(settings)

    assert first == "1 object submitted; 3 already known\n"
    assert second == "0 objects submitted; 4 already known\n"


async def found(settings: Settings) -> None:
    """Look at everything that was left behind."""
    async with open_doctrail(settings) as opened:
        documents = [row async for row in queries.list_documents(opened.catalog)]
        letters = [row async for row in waiting.dead_letters(opened.catalog)]
        late = await overwritten_objects(opened.store, opened.catalog)
    store = connect(settings.store)
    objects = {key: await store.fetch(key) or b"" async for key in store.list("")}

    assert sorted(row.name or "" for row in documents) == [
        "changed.txt",
        "copied.txt",
        "letter 3.txt",
        "letter 4.txt",
    ]
    assert {row.state for row in documents} <= {"in_review", "accepted", "partial", "rejected"}
    assert [row.reason for row in letters] == ["source_refused"]
    assert [one.uri for one in late] == ["s3://incoming/in/changed.txt"]
    # Whoever holds a signed URL may use it: none is ever written down, none ever sent.
    written = [*objects.values(), *await everything_sent(settings)]
    assert [data for data in written if b"X-Amz-" in data or b"Signature=" in data] == []


async def everything_sent(settings: Settings) -> list[bytes]:
    """Return the body of every message on every topic."""
    bodies: list[bytes] = []
    async with connect_bus(settings) as bus, asyncio.timeout(ARRIVAL_SECONDS):
        unread = sum(lag.unread for lag in (await bus.lag("all", tuple(READ))).values())
        async with bus.consumer(tuple(READ), "all") as consumer:
            while len(bodies) < unread:
                bodies += [record.body for record in await consumer.poll(500, 0.5)]
    assert bodies
    return bodies
