"""What the tables under the queue promise, on every database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from catalog.engine import open_engine
from review.queue.choosing import Claimant
from review.queue.database import REVIEW, connect
from review.queue.lanes import LanePolicy
from review.queue.queue import ReviewQueue
from review.queue.tables import metadata
from review.queue.tasks import TaskState
from tests.contract.review.conftest import Hand, handed, task

pytestmark = pytest.mark.anyio


async def test_the_migrations_make_exactly_the_tables_that_the_code_uses(url: str) -> None:
    async with connect(url):
        pass
    engine = open_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": REVIEW.table})
        differences = compare_metadata(context, metadata)
        current = context.get_current_revision()
    engine.dispose()

    assert differences == []
    assert current == REVIEW.head


async def test_the_database_tells_the_time(url: str) -> None:
    async with connect(url) as database:
        earlier = await ReviewQueue(database, LanePolicy()).now()
        later = await ReviewQueue(database, LanePolicy()).now()

    assert earlier <= later
    assert earlier.utcoffset() == timedelta(0)


async def test_what_was_written_is_there_after_opening_again(url: str, clock: Hand) -> None:
    async with connect(url, clock) as database:
        queue = ReviewQueue(database, LanePolicy(quotas={}))
        await queue.enrol([task("a")])
        ((_, lease),) = await queue.claim(Claimant("anna"))
        await queue.submit(handed(lease))
    async with connect(url, clock) as database:
        found = await ReviewQueue(database, LanePolicy()).task("a")

    assert (found.state, found.version, found.asked) == (TaskState.HELD, 2, ("total",))
