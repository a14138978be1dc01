"""A task as the queue keeps it, and what a claim hands out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, select

from review.queue.database import Transaction
from review.queue.errors import UnknownTaskError
from review.queue.lanes import Lane
from review.queue.tables import tasks
from schemas.objects import ObjectRef


class TaskState(StrEnum):
    """Where a task is."""

    OPEN = "open"
    HELD = "held"
    DONE = "done"
    CLOSED = "closed"


class Way(StrEnum):
    """Where a decision is on its way out."""

    HELD = "held"
    RELEASED = "released"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Task:
    """Something a person is asked.

    Attributes:
        version: Grows with every change; a decision names the one it was made on.
        record: The draft or record that is looked at.
        standing: A newer revision of it that came meanwhile.
        asked: Fields that must be decided; empty where the type itself is.
        inclusion: Per field, the probability that a person is asked about it; see ``lanes.Draw``.
        rank: Place in the queue, higher first.
        alike: The same for tasks that ask the same about the same values; None for one that has to be
            decided by itself.
    """

    task_id: str
    lane: Lane
    queue: str
    state: TaskState
    version: int
    document_id: str
    run_id: str
    run_number: int
    review_id: str
    record: ObjectRef
    standing: ObjectRef | None
    cause_id: str
    traceparent: str
    asked: tuple[str, ...]
    inclusion: dict[str, float]
    worth: float
    worth_said: str
    rank: float
    requested_at: datetime
    due_at: datetime
    decided_by: str | None = None
    closed_because: str | None = None
    gold_id: str | None = None
    alike: str | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """A person's hold on a task; its token proves it.

    Attributes:
        soft: Prefetched: it ends soon unless a heartbeat makes it a real one.
    """

    task_id: str
    reviewer_id: str
    token: str
    soft: bool
    since: datetime
    until: datetime


def task_of(row: Mapping[Any, Any]) -> Task:
    """Return the task in a row of the table."""
    found: dict[str, Any] = dict(row)
    found["lane"], found["state"] = Lane(found["lane"]), TaskState(found["state"])
    found["record"] = ObjectRef.model_validate(found["record"])
    standing = found["standing"]
    found["standing"] = None if standing is None else ObjectRef.model_validate(standing)
    found["asked"] = tuple(found["asked"])
    return Task(**found)


def row_of(task: Task) -> dict[str, Any]:
    """Return the row of a task."""
    row = {name: getattr(task, name) for name in Task.__dataclass_fields__}
    row["record"] = task.record.model_dump(mode="json", exclude_none=True)
    row["standing"] = task.standing and task.standing.model_dump(mode="json", exclude_none=True)
    row["asked"] = list(task.asked)
    return row


def load_task(tx: Transaction, task_id: str, *, lock: bool = False) -> Task:
    """Return a task; ``lock`` keeps others from changing it until the transaction ends.

    Raises:
        UnknownTaskError: There is none.
    """
    query = tx.locked(_ONE, tasks) if lock else _ONE
    row = tx.connection.execute(query, {"task_id": task_id}).mappings().first()
    if row is None:
        raise UnknownTaskError(f"there is no task {task_id!r}")
    return task_of(row)


_ONE = select(tasks).where(tasks.c.task_id == bindparam("task_id"))
