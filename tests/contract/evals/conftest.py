"""What sets, registry and shadows are held against: stores in files and on S3, a queue in either database."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection

from review.queue.database import connect as connect_reviews
from review.queue.lanes import LanePolicy
from review.queue.queue import ReviewQueue
from store.connect import connect
from store.memory import MemoryStore
from store.protocol import ObjectStore
from tests import review_tables
from tests.services import bucket_on, lacking
from tests.unit.agents.workshop import Workshop
from tests.unit.evals.bench import Bench

PLACES = ["file"] + ([] if lacking("s3") else ["s3"])


@pytest.fixture(scope="session")
def evals_bucket(s3: dict[str, str]) -> Iterator[str]:
    """A bucket on a real server, while this process has what it takes to use it."""
    yield from bucket_on(s3, "doctrail-evals")


@pytest.fixture(params=PLACES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    """An empty store."""
    if request.param == "s3":
        yield connect(f"s3://{request.getfixturevalue('evals_bucket')}/t/{uuid.uuid4().hex}")
        return
    store = connect(f"file://{tmp_path}/objects")
    yield store
    store.close()  # type: ignore[attr-defined]  # the file adapter holds threads and a lock


@pytest.fixture
def bench(store: ObjectStore) -> Bench:
    """A production whose documents lie in that store."""
    return Bench(workshop=Workshop(store=cast("MemoryStore", store)))


@pytest.fixture
async def queue(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ReviewQueue]:
    """An empty review queue: beside a store on S3 one on a server, where there is any."""
    if request.node.callspec.params["store"] == "s3" and lacking("postgres") is None:
        server, schema = str(request.getfixturevalue("postgres")), f"t{uuid.uuid4().hex}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
        url = f"{server}?options=-csearch_path%3D{schema}"
    else:
        shutil.copy(review_tables.make(tmp_path / "made.db"), tmp_path / "reviews.db")
        url = f"sqlite:///{tmp_path}/reviews.db"
    async with connect_reviews(url, _noon) as database:
        yield ReviewQueue(database, LanePolicy(quotas={}))


def _noon(_: Connection) -> datetime:
    return datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
