"""Questions about the queue: which tasks there are, who has them, and who decided what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import gt, lt
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select, union_all

from review.queue.choosing import Claimant
from review.queue.database import Transaction
from review.queue.errors import RefusedError, UnknownTaskError
from review.queue.lanes import PRIMARY, Lane
from review.queue.tables import decisions, drafts, leases, outbox, tasks
from review.queue.tasks import Task, TaskState, Way, load_task, task_of
from review.queue.together import count_alike


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tasks to list.

    Attributes:
        holder: Only those that this person holds a lease on or has decided last.
        after: Id of the last task of the page before.
    """

    state: TaskState | None = None
    queue: str | None = None
    lane: Lane | None = None
    holder: str | None = None
    after: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """A task in a list, with whoever has it."""

    task: Task
    holder: str | None


def list_tasks(tx: Transaction, wanted: Wanted) -> list[Listed]:
    """Return a page of tasks in order of their rank; a person's own with the last he touched first.

    Raises:
        RefusedError: ``after`` names no task.
    """
    if wanted.holder is not None:
        found = [dict(row) for row in tx.connection.execute(_his(tx, wanted, wanted.holder)).mappings()]
    else:
        query = _after(tx, _listing(tx, wanted), wanted.after)
        query = query.order_by(tasks.c.rank.desc(), tasks.c.task_id).limit(wanted.limit)
        found = []
        # Each in the order of its index: sorting all that wait would take ever longer.
        for state in [wanted.state] if wanted.state else TaskState:
            for lane in [wanted.lane] if wanted.lane else Lane:
                part = query.where(tasks.c.state == state, tasks.c.lane == lane)
                found += [dict(row) for row in tx.connection.execute(part).mappings()]
        found.sort(key=lambda row: (-row["rank"], row["task_id"]))
    listed = []
    for row in found[: wanted.limit]:
        holder = row.pop("holder")
        listed.append(Listed(task_of(row), holder))
    return listed


def _listing(tx: Transaction, wanted: Wanted) -> Select[Any]:
    held = and_(leases.c.task_id == tasks.c.task_id, leases.c.until > tx.now)
    query = select(tasks, leases.c.reviewer_id.label("holder")).select_from(tasks.outerjoin(leases, held))
    if wanted.queue is not None:
        query = query.where(tasks.c.queue == wanted.queue)
    return query


def _his(tx: Transaction, wanted: Wanted, who: str) -> Select[Any]:
    """Return the question for what somebody holds or decided; never by what would tell a task's lane."""
    # What somebody has to do with is little; found by him, not by looking through all tasks.
    touched = union_all(
        select(leases.c.task_id, leases.c.since.label("at")).where(
            leases.c.reviewer_id == who, leases.c.until > tx.now
        ),
        select(decisions.c.task_id, decisions.c.decided_at.label("at")).where(decisions.c.reviewer_id == who),
    ).subquery()
    last = (
        select(touched.c.task_id, func.max(touched.c.at).label("at")).group_by(touched.c.task_id).subquery()
    )
    query = _listing(tx, wanted).join(last, last.c.task_id == tasks.c.task_id)
    query = query.where(or_(leases.c.reviewer_id == who, tasks.c.decided_by == who))
    for column, value in ((tasks.c.state, wanted.state), (tasks.c.lane, wanted.lane)):
        if value is not None:
            query = query.where(column == value)
    if wanted.after is not None:
        at = tx.connection.execute(select(last.c.at).where(last.c.task_id == wanted.after)).scalar()
        if at is None:
            raise RefusedError("the cursor names no task of yours; start from the first page")
        query = query.where(last.c.at <= at, or_(last.c.at < at, tasks.c.task_id > wanted.after))
    return query.order_by(last.c.at.desc(), tasks.c.task_id).limit(wanted.limit)


def _after(tx: Transaction, query: Select[Any], after: str | None) -> Select[Any]:
    if after is None:
        return query
    rank = tx.connection.execute(select(tasks.c.rank).where(tasks.c.task_id == after)).scalar()
    if rank is None:
        raise RefusedError("the cursor names no task; start from the first page")
    return query.where(tasks.c.rank <= rank, or_(tasks.c.rank < rank, tasks.c.task_id > after))


def list_decisions(
    tx: Transaction,
    document_id: str | None,
    task_id: str | None,
    after: str | None,
    limit: int,
    *,
    newest: bool = False,
) -> list[dict[str, Any]]:
    """Return a page of decisions, each with what became of it; oldest first, or newest first.

    Raises:
        RefusedError: ``after`` names no decision.
    """
    query = select(
        decisions,
        outbox.c.state,
        outbox.c.release_at,
        outbox.c.published_at,
        outbox.c.problem,
        tasks.c.inclusion,
        tasks.c.asked,
    ).select_from(
        decisions.join(outbox, outbox.c.decision_id == decisions.c.decision_id).join(
            tasks, tasks.c.task_id == decisions.c.task_id
        )
    )
    if document_id is not None:
        query = query.where(decisions.c.document_id == document_id)
    if task_id is not None:
        query = query.where(decisions.c.task_id == task_id)
    at, number = decisions.c.decided_at, decisions.c.decision_id
    if after is not None:
        seen = tx.connection.execute(select(at).where(number == after)).scalar()
        if seen is None:
            raise RefusedError("the cursor names no decision; start from the first page")
        beyond = lt if newest else gt
        query = query.where(or_(beyond(at, seen), and_(at == seen, beyond(number, after))))
    query = query.order_by(*((at.desc(), number.desc()) if newest else (at, number))).limit(limit)
    return [_told(dict(row)) for row in tx.connection.execute(query).mappings()]


def sides(tx: Transaction, run_id: str) -> list[dict[str, Any]]:
    """Return what two people said of a run, without saying who: first what counts, then the second look."""
    query = (
        select(decisions.c.lane, decisions.c.body, decisions.c.decided_at)
        .select_from(decisions.join(outbox, outbox.c.decision_id == decisions.c.decision_id))
        .where(
            decisions.c.run_id == run_id,
            decisions.c.lane.in_((*PRIMARY, Lane.DOUBLE)),
            outbox.c.state != Way.UNDONE,
        )
        .order_by(decisions.c.decided_at, decisions.c.decision_id)
    )
    newest = {row.lane == Lane.DOUBLE: row for row in tx.connection.execute(query)}
    return [
        {
            name: row.body.get(name)
            for name in ("kind", "doc_type", "ranges", "fields", "comment")
            if row.body.get(name) is not None
        }
        for _, row in sorted(newest.items())
    ]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    body = dict(row.pop("body"))
    body.pop("sent", None)
    for name in ("idempotency_key", "request_digest"):
        row.pop(name)
    for name in ("claimed_at", "decided_at", "release_at", "published_at"):
        row[name] = None if row[name] is None else row[name].isoformat()
    return {**row, **body}


@dataclass(frozen=True, slots=True)
class Around:
    """What is shown to a person beside tasks.

    Attributes:
        now: The time by the database's clock.
        drafts: By task, what he entered so far.
        alike: By task, how many others wait for him that ask the same.
    """

    now: datetime
    drafts: dict[str, dict[str, Any]]
    alike: dict[str, int]


def around(tx: Transaction, who: Claimant, shown: Sequence[Task]) -> Around:
    """Return what is shown to a person beside tasks."""
    asked = {"ids": [task.task_id for task in shown], "who": who.reviewer_id}
    found = {row.task_id: row.body for row in tx.connection.execute(_HIS_DRAFTS, asked)} if shown else {}
    return Around(tx.now, found, {task.task_id: count_alike(tx, who, task) for task in shown})


_HIS_DRAFTS = select(drafts.c.task_id, drafts.c.body).where(
    drafts.c.task_id.in_(bindparam("ids", expanding=True)), drafts.c.reviewer_id == bindparam("who")
)


def known_to(tx: Transaction, reviewer_id: str | None, task_id: str) -> Task:
    """Return a task; for a person only where he holds, held last, drafted or decided it.

    Raises:
        UnknownTaskError: There is none, or he has nothing to do with it.
    """
    task = load_task(tx, task_id)
    if reviewer_id is not None and not _involved(tx, reviewer_id, task_id):
        raise UnknownTaskError(f"there is no task {task_id!r}")
    return task


def _involved(tx: Transaction, reviewer_id: str, task_id: str) -> bool:
    asked = {"task_id": task_id, "who": reviewer_id}
    return any(tx.connection.execute(way, asked).first() is not None for way in _WAYS)


_WAYS = tuple(
    select(one.c.task_id)
    .where(one.c.task_id == bindparam("task_id"), one.c.reviewer_id == bindparam("who"))
    .limit(1)
    for one in (leases, drafts, decisions)
)
