"""Questions about the queue: what waits, who decided what, how fast and how well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

from sqlalchemy import and_, func, or_, select

from review.database import Transaction
from review.errors import RefusedError
from review.lanes import PRIMARY, Lane
from review.tables import decisions, drafts, leases, outbox, tasks
from review.tasks import Task, TaskState, Way, task_of

HURRIED_MS = 400
"""A median below it per field is no reading: that person is to be talked to."""
_LOOKED_AT = 20_000


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
    """Return a page of tasks in order of their rank.

    Raises:
        RefusedError: ``after`` names no task.
    """
    held = and_(leases.c.task_id == tasks.c.task_id, leases.c.until > tx.now)
    query = select(tasks, leases.c.reviewer_id.label("holder")).select_from(tasks.outerjoin(leases, held))
    for column, value in (
        (tasks.c.state, wanted.state),
        (tasks.c.queue, wanted.queue),
        (tasks.c.lane, wanted.lane),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.holder is not None:
        query = query.where(or_(leases.c.reviewer_id == wanted.holder, tasks.c.decided_by == wanted.holder))
    if wanted.after is not None:
        rank = tx.connection.execute(select(tasks.c.rank).where(tasks.c.task_id == wanted.after)).scalar()
        if rank is None:
            raise RefusedError("the cursor names no task; start from the first page")
        query = query.where(
            or_(tasks.c.rank < rank, and_(tasks.c.rank == rank, tasks.c.task_id > wanted.after))
        )
    query = query.order_by(tasks.c.rank.desc(), tasks.c.task_id).limit(wanted.limit)
    found = []
    for row in tx.connection.execute(query).mappings():
        plain = dict(row)
        holder = plain.pop("holder")
        found.append(Listed(task_of(plain), holder))
    return found


def list_decisions(
    tx: Transaction, document_id: str | None, task_id: str | None, after: str | None, limit: int
) -> list[dict[str, Any]]:
    """Return a page of decisions, oldest first, each with what became of it.

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
    if after is not None:
        at = tx.connection.execute(
            select(decisions.c.decided_at).where(decisions.c.decision_id == after)
        ).scalar()
        if at is None:
            raise RefusedError("the cursor names no decision; start from the first page")
        query = query.where(
            or_(
                decisions.c.decided_at > at,
                and_(decisions.c.decided_at == at, decisions.c.decision_id > after),
            )
        )
    query = query.order_by(decisions.c.decided_at, decisions.c.decision_id).limit(limit)
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


def stats(tx: Transaction) -> dict[str, Any]:
    """Return what waits, how fast it goes, and how well."""
    recent = (
        tx.connection.execute(
            select(decisions, outbox.c.state, outbox.c.judged, outbox.c.judged_right, outbox.c.problem)
            .select_from(decisions.join(outbox, outbox.c.decision_id == decisions.c.decision_id))
            .where(decisions.c.decided_at > tx.now - timedelta(days=30), outbox.c.state != Way.UNDONE)
            .order_by(decisions.c.decided_at.desc())
            .limit(_LOOKED_AT)
        )
        .mappings()
        .all()
    )
    made = [dict(row) for row in recent]
    return {
        "at": tx.now.isoformat(),
        "waiting": _waiting(tx),
        "decided": _figures(made),
        "last_hour": len([one for one in made if one["decided_at"] > tx.now - timedelta(hours=1)]),
        "by_reviewer": {
            who: _figures([one for one in made if one["reviewer_id"] == who])
            for who in sorted({one["reviewer_id"] for one in made})
        },
        "most_corrected": _most_corrected(made),
        "disagreements": int(
            tx.connection.execute(
                select(func.count()).select_from(tasks).where(tasks.c.lane == Lane.ADJUDICATION)
            ).scalar_one()
        ),
        "refused": [one["decision_id"] for one in made if one["problem"] is not None],
    }


def _waiting(tx: Transaction) -> list[dict[str, Any]]:
    rows = tx.connection.execute(
        select(
            tasks.c.queue,
            tasks.c.lane,
            func.count().label("waiting"),
            func.min(tasks.c.requested_at).label("oldest"),
        )
        .where(tasks.c.state == TaskState.OPEN, tasks.c.lane != Lane.GOLD)
        .group_by(tasks.c.queue, tasks.c.lane)
        .order_by(tasks.c.queue, tasks.c.lane)
    ).all()
    late = {
        (row.queue, row.lane): row.late
        for row in tx.connection.execute(
            select(tasks.c.queue, tasks.c.lane, func.count().label("late"))
            .where(tasks.c.state == TaskState.OPEN, tasks.c.lane != Lane.GOLD, tasks.c.due_at <= tx.now)
            .group_by(tasks.c.queue, tasks.c.lane)
        )
    }
    return [
        {
            "queue": row.queue,
            "lane": row.lane,
            "waiting": row.waiting,
            "overdue": late.get((row.queue, row.lane), 0),
            "oldest": row.oldest.isoformat(),
        }
        for row in rows
    ]


def _figures(made: list[dict[str, Any]]) -> dict[str, Any]:
    fields = [field for one in made for field in one["body"]["fields"]]
    corrected = [field for field in fields if field["action"] != "accept"]
    judged = sum(one["judged"] or 0 for one in made)
    took = [field["ms"] for field in fields if field["ms"]]
    pace = median(took) if took else None
    return {
        "records": len(made),
        "median_active_seconds": round(median(one["active_ms"] for one in made) / 1000, 1) if made else None,
        "correction_rate": round(len(corrected) / len(fields), 4) if fields else None,
        "gold_right": sum(one["judged_right"] or 0 for one in made),
        "gold_judged": judged,
        "hard_cases": sum(one["hard_case"] for one in made),
        "median_field_ms": pace,
        "hurried": pace is not None and pace < HURRIED_MS,
    }


def _most_corrected(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    counted: dict[tuple[str, str], list[int]] = {}
    for one in made:
        for field in one["body"]["fields"]:
            seen = counted.setdefault((one["queue"], field["path"]), [0, 0])
            seen[0] += field["action"] != "accept"
            seen[1] += 1
    worst = sorted(counted.items(), key=lambda item: (-item[1][0], item[0]))[:10]
    return [
        {"queue": queue, "field": name, "corrected": wrong, "decided": decided}
        for (queue, name), (wrong, decided) in worst
        if wrong
    ]


def _told(row: dict[str, Any]) -> dict[str, Any]:
    body = dict(row.pop("body"))
    body.pop("sent", None)
    for name in ("idempotency_key", "request_digest"):
        row.pop(name)
    for name in ("claimed_at", "decided_at", "release_at", "published_at"):
        row[name] = None if row[name] is None else row[name].isoformat()
    return {**row, **body}


def involved(tx: Transaction, reviewer_id: str, task_id: str) -> bool:
    """Whether a person holds, held last, drafted or decided a task; others do not see what it says."""
    ways = (
        select(leases.c.task_id).where(leases.c.task_id == task_id, leases.c.reviewer_id == reviewer_id),
        select(drafts.c.task_id).where(drafts.c.task_id == task_id, drafts.c.reviewer_id == reviewer_id),
        select(decisions.c.task_id).where(
            decisions.c.task_id == task_id, decisions.c.reviewer_id == reviewer_id
        ),
    )
    return any(tx.connection.execute(way.limit(1)).first() is not None for way in ways)
