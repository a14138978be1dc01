"""A queue of any length: tasks of real documents, multiplied; those in reach have documents of their own."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import insert, select, text

from app.reviewing import open_queue
from app.settings import Settings
from app.wiring import open_doctrail
from review.people.accounts import Accounts, Role
from review.queue.database import Transaction
from review.queue.lanes import Lane
from review.queue.tables import tasks
from review.queue.tasks import Task, TaskState, row_of, task_of
from schemas.canonical import derive_id, sha256_hex
from store import keys
from store.protocol import ObjectStore
from store.releases import load_run
from store.sealed import seal

DOCUMENTS = (
    "invoice-services.pdf",
    "invoice-supplies.pdf",
    "invoice-werkzeuge.pdf",
    "lease-apartment.pdf",
    "lease-workshop.pdf",
)
LANES = (*[Lane.ROUTED] * 14, Lane.AUDIT, Lane.DOUBLE)
_ROWS, _WRITERS = 2_000, 16


def read_documents(environment: Mapping[str, str]) -> None:
    """Let the agents read a few sample documents; everything in them is then asked of people."""
    folder = Path(__file__).parents[2] / "samples" / "documents"
    told = {**environment, "DOCTRAIL_REVIEW_AUDIT_RATE": "1", "DOCTRAIL_REVIEW_SERVE": "false"}
    for arguments in (["submit", *[str(folder / name) for name in DOCUMENTS]], ["run", "--drain"]):
        done = subprocess.run(
            [sys.executable, "-m", "app", *arguments], env=told, check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"the documents can't be read: {done.stderr[-2000:]}")


async def fill(settings: Settings, pending: int, reachable: int) -> None:
    """Multiply the tasks in the queue to ``pending``; the first ``reachable`` have all that they show."""
    async with open_doctrail(settings, needs_catalog=False) as doctrail, open_queue(settings) as queue:
        patterns = await queue.database.read("read", _patterns)
        for start in range(0, pending, _ROWS):
            made = [
                _copy(patterns[number % len(patterns)], number)
                for number in range(start, min(start + _ROWS, pending))
            ]
            await queue.database.write("fill", partial(_insert, made=made))
        # Just filled, a database plans as if it were empty, until it looks by itself a minute later.
        await queue.database.write("look at", lambda tx: tx.connection.execute(text("ANALYZE")))
        await _store(doctrail.store, patterns, range(min(reachable, pending)))


async def hire(settings: Settings, count: int) -> list[tuple[str, str]]:
    """Add reviewers; return their ids and the secrets of their tokens."""
    async with open_queue(settings) as queue:
        accounts = Accounts(queue.database)
        found = []
        for number in range(count):
            who = await accounts.add(f"reviewer-{number}", (Role.REVIEWER, Role.ADJUDICATOR))
            _, secret = await accounts.issue(who, "load", (Role.REVIEWER, Role.ADJUDICATOR), None)
            found.append((who, secret))
        return found


def _patterns(tx: Transaction) -> list[Task]:
    """Return one task of each document that was read."""
    found = {
        task.document_id: task
        for row in tx.connection.execute(select(tasks).where(tasks.c.state == TaskState.OPEN)).mappings()
        if (task := task_of(row)).asked
    }
    return [found[name] for name in sorted(found)]


def _copy(pattern: Task, number: int) -> Task:
    document_id = sha256_hex(f"load {number}".encode())
    return replace(
        pattern,
        task_id=derive_id("load task", number),
        lane=LANES[number % len(LANES)],
        document_id=document_id,
        run_id=derive_id("load run", number),
        review_id=derive_id("load review", number),
        rank=pattern.rank - 1 - number / 1000,
        requested_at=pattern.requested_at - timedelta(seconds=number % 3600),
        # A sixth of them ask the same: how many do is said at every claim.
        alike=sha256_hex(b"load") if number % 5 == 0 and LANES[number % len(LANES)] is Lane.ROUTED else None,
    )


def _insert(tx: Transaction, *, made: Sequence[Task]) -> None:
    tx.connection.execute(insert(tasks), [row_of(task) for task in made])


async def _store(store: ObjectStore, patterns: Sequence[Task], numbers: range) -> None:
    manifests = {task.run_id: await load_run(store, task.run_id) for task in patterns}
    originals = {task.document_id: await store.fetch(keys.original(task.document_id)) for task in patterns}
    left: Iterator[int] = iter(numbers)

    async def write() -> None:
        for number in left:
            pattern = patterns[number % len(patterns)]
            copy = _copy(pattern, number)
            manifest = manifests[pattern.run_id].model_copy(
                update={"run_id": copy.run_id, "document_id": copy.document_id}
            )
            data = originals[pattern.document_id]
            assert data is not None
            await store.create(keys.run(copy.run_id), seal(manifest))
            await store.create(keys.original(copy.document_id), data)

    async with asyncio.TaskGroup() as group:
        for _ in range(_WRITERS):
            group.create_task(write())
