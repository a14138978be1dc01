"""Gold: tasks with known answers, made from what was decided, met by each reviewer at most once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, exists, select, update

from review.queue.database import Transaction
from review.queue.enrolling import enrol
from review.queue.errors import RefusedError, UnknownTaskError
from review.queue.lanes import PRIMARY, Lane
from review.queue.tables import decisions, gold, leases, participants, tasks
from review.queue.tasks import Task, TaskState, load_task
from review.sheet.answers import answers_of
from schemas.canonical import derive_id


def seed(tx: Transaction, task_id: str, by: str) -> str:
    """Make a decided task's answers known ones, and return the id of the seed; again changes nothing.

    Raises:
        UnknownTaskError: There is no such task.
        RefusedError: It is not decided, or not about fields.
    """
    task = load_task(tx, task_id)
    if task.state is not TaskState.DONE or task.lane not in (*PRIMARY, Lane.ADJUDICATION) or not task.asked:
        raise RefusedError("only a task whose fields were decided and released can become gold")
    gold_id = derive_id("gold", task_id)
    body = tx.connection.execute(
        select(decisions.c.body)
        .where(decisions.c.task_id == task_id)
        .order_by(decisions.c.number.desc())
        .limit(1)
    ).scalar_one()
    if not body["fields"]:
        raise RefusedError("only a task whose fields were decided and released can become gold")
    tx.connection.execute(
        tx.insert(gold)
        .values(
            gold_id=gold_id,
            queue=task.queue,
            from_task=task_id,
            run_id=task.run_id,
            answers=answers_of(body),
            seeded_by=by,
            seeded_at=tx.now,
            retired=False,
        )
        .on_conflict_do_nothing(index_elements=["gold_id"])
    )
    return gold_id


def retire(tx: Transaction, gold_id: str) -> None:
    """Hand a seed out to nobody any more.

    Raises:
        UnknownTaskError: There is no such seed.
    """
    found = tx.connection.execute(update(gold).where(gold.c.gold_id == gold_id).values(retired=True))
    if not found.rowcount:
        raise UnknownTaskError(f"there is no gold {gold_id!r}")


def next_gold(tx: Transaction, reviewer_id: str, queues: Collection[str] | None) -> Task | None:
    """Return a gold task for this person alone, made where there is none yet; None where all were met.

    He can't tell it from what else waits: gold is never due, and holds in ``due_at`` since when it is said
    to wait.
    """
    seeded = _not_met(tx, reviewer_id, queues)
    if seeded is None:
        return None
    source = load_task(tx, seeded.from_task)
    task = replace(
        source,
        task_id=derive_id("gold task", seeded.gold_id, reviewer_id),
        lane=Lane.GOLD,
        state=TaskState.OPEN,
        version=1,
        # Nothing of it is ever published; whose it is stands where others name their review.
        review_id=reviewer_id,
        standing=None,
        asked=tuple(seeded.answers),
        due_at=_waiting_since(tx, seeded.queue),
        decided_by=None,
        gold_id=seeded.gold_id,
        alike=None,
    )
    enrol(tx, [task])
    return task


def _not_met(tx: Transaction, reviewer_id: str, queues: Collection[str] | None) -> Row[Any] | None:
    """Return the oldest seed of which this person has seen neither gold nor run."""
    met, his = tasks.alias("met"), tasks.alias("his")
    query = (
        select(gold)
        .where(
            ~gold.c.retired,
            ~exists().where(
                participants.c.run_id == gold.c.run_id, participants.c.reviewer_id == reviewer_id
            ),
            ~exists().where(
                met.c.gold_id == gold.c.gold_id,
                met.c.review_id == reviewer_id,
                met.c.state != TaskState.OPEN,
            ),
            # Nor while he has it, or another task of its run.
            ~exists().where(
                his.c.run_id == gold.c.run_id,
                his.c.task_id == leases.c.task_id,
                leases.c.reviewer_id == reviewer_id,
                leases.c.until > tx.now,
            ),
        )
        .order_by(gold.c.seeded_at, gold.c.gold_id)
        .limit(1)
    )
    if queues is not None:
        query = query.where(gold.c.queue.in_(queues))
    return tx.connection.execute(query).first()


def _waiting_since(tx: Transaction, queue: str) -> datetime:
    """Return since when what comes next in a queue waits."""
    head = (
        select(tasks.c.requested_at)
        .where(tasks.c.state == TaskState.OPEN, tasks.c.lane == Lane.ROUTED, tasks.c.queue == queue)
        .order_by(tasks.c.rank.desc(), tasks.c.task_id)
        .limit(1)
    )
    since: datetime | None = tx.connection.execute(head).scalar()
    return since or tx.now
