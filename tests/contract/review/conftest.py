"""The databases that the queue's contract is run against, and a clock that only the test moves."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection

from review.queue.choosing import Claimant
from review.queue.database import Database, connect
from review.queue.lanes import Lane, LanePolicy
from review.queue.queue import ReviewQueue
from review.queue.submitting import Handed
from review.queue.tasks import Lease, Task, TaskState
from schemas.objects import ObjectRef
from store.protocol import ref_of
from tests import review_tables
from tests.services import lacking

DATABASES = ["sqlite"] + ([] if lacking("postgres") else ["postgres"])
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ANNA, BERT, CARLA = Claimant("anna"), Claimant("bert"), Claimant("carla", adjudicates=True)


@dataclass
class Hand:
    """The time, moved by hand."""

    now: datetime = field(default=NOW)

    def __call__(self, connection: Connection) -> datetime:
        return self.now

    def seconds(self) -> float:
        """Return it as monotonic seconds."""
        return self.now.timestamp()

    def on(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the tables in it."""
    return review_tables.make(tmp_path_factory.mktemp("migrated") / "reviews.db")


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> str:
    """URL of an empty database."""
    if request.param == "sqlite":
        shutil.copy(migrated, tmp_path / "reviews.db")
        return f"sqlite:///{tmp_path}/reviews.db"
    server, schema = str(request.getfixturevalue("postgres")), f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
    return f"{server}?options=-csearch_path%3D{schema}"


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
async def database(url: str, clock: Hand) -> AsyncIterator[Database]:
    async with connect(url, clock) as opened:
        yield opened


@pytest.fixture
def queue(database: Database) -> ReviewQueue:
    """A queue whose reserved lanes ask for nothing, so that each test says what comes."""
    return ReviewQueue(database, LanePolicy(quotas={}))


async def claimed(queue: ReviewQueue, who: Claimant) -> tuple[Task, Lease]:
    """Claim one task, which has to be there."""
    found = await queue.claim(who)
    assert found
    return found[0]


def ref(name: str) -> ObjectRef:
    return ref_of(f"documents/{name}", name.encode())


def task(name: str, **changes: object) -> Task:
    """Return an open task about a document of its own."""
    plain: dict[str, object] = {
        "task_id": name,
        "lane": Lane.ROUTED,
        "queue": "invoice",
        "state": TaskState.OPEN,
        "version": 1,
        "document_id": f"doc-{name}",
        "run_id": f"run-{name}",
        "run_number": 1,
        "review_id": f"review-{name}",
        "record": ref(name),
        "standing": None,
        "cause_id": "cause",
        "traceparent": "00-0-0-01",
        "asked": ("total",),
        "inclusion": {"total": 1.0},
        "worth": 1.0,
        "worth_said": "",
        "rank": 1.0,
        "requested_at": NOW,
        "due_at": NOW + timedelta(days=1),
        **changes,
    }
    return Task(**plain)  # type: ignore[arg-type]


def handed(lease: Lease, total: str = "1.00", **changes: object) -> Handed:
    """Return a decision of a task's one field under its lease."""
    plain: dict[str, object] = {
        "task_id": lease.task_id,
        "reviewer_id": lease.reviewer_id,
        "version": 1,
        "token": lease.token,
        "idempotency_key": f"key-{lease.token}",
        "request_digest": total,
        "kind": "fields",
        "body": {"kind": "fields", "fields": [decided(total)]},
        "sent": {"total": total},
        "active_ms": 4000,
        **changes,
    }
    return Handed(**plain)  # type: ignore[arg-type]


def decided(total: str) -> dict[str, object]:
    return {"path": "total", "before": ["1.00"], "after": [total], "action": "correct", "ms": 900}
