"""What is handed out next: the best that waits for somebody, lane by lane, in one question."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    exists,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from review.database import Transaction
from review.lanes import Lane
from review.tables import leases, participants, tasks
from review.tasks import Task, TaskState, task_of

ORDINARY = (Lane.ROUTED, Lane.AUDIT, Lane.DOUBLE, Lane.BLIND, Lane.SHADOW)
_PLACE = (tasks.c.task_id, tasks.c.lane, tasks.c.rank, tasks.c.due_at)
"""What the best of several lanes are told by: the rest of a row is a hundred times as long."""


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who asks for work.

    Attributes:
        queues: What he may and wants to work on; None for everything.
        adjudicates: Whether he may settle what others disagree about.
        but: Tasks he does not want, since he gave them back.
    """

    reviewer_id: str
    queues: Collection[str] | None = None
    adjudicates: bool = False
    but: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class _Kind:
    """Which of the few forms of the question is asked; each is put together once, as that takes long.

    Attributes:
        overdue: What is overdue, in the order in which it was due; else by rank.
        some_queues: Of some queues alone.
        unwanted: Without some tasks.
    """

    overdue: bool
    some_queues: bool
    unwanted: bool


def next_task(tx: Transaction, who: Claimant, lanes: Sequence[Lane], *, overdue: bool) -> Task | None:
    """Return the best task of the lanes, its row locked."""
    kind, asked = _kind(who, overdue=overdue), _asked(tx, who)
    question = _best_of_each(tuple((lane, 1) for lane in lanes), kind, whole=False)
    best = list(tx.connection.execute(question, asked))
    best.sort(key=lambda one: (one.due_at.timestamp() if overdue else -one.rank, one.task_id))
    for one in best:
        query = tx.skipping_locked(_best_of_one(kind), tasks)
        row = tx.connection.execute(query, {**asked, "lane": one.lane}).mappings().first()
        if row is not None:
            return task_of(row)
    return None


def upcoming(tx: Transaction, who: Claimant, count: int) -> list[Task]:
    """Return tasks of every lane that are handed out next, as far as can be told; nobody gets them by it.

    Args:
        tx: The transaction.
        who: Who may ask for them next.
        count: So many of the lane that holds records up; of each other one, two.
    """
    lanes = (*ORDINARY, Lane.ADJUDICATION) if who.adjudicates else ORDINARY
    wanted = tuple((lane, count if lane is Lane.ROUTED else 2) for lane in lanes)
    found: dict[str, Task] = {}
    for overdue in (True, False):
        question = _best_of_each(wanted, _kind(who, overdue=overdue), whole=True)
        for row in tx.connection.execute(question, _asked(tx, who)).mappings():
            found.setdefault(row["task_id"], task_of(row))
    return list(found.values())


def _kind(who: Claimant, *, overdue: bool) -> _Kind:
    return _Kind(overdue, who.queues is not None, bool(who.but))


def _asked(tx: Transaction, who: Claimant) -> dict[str, Any]:
    asked: dict[str, Any] = {"who": who.reviewer_id, "now": tx.now}
    if who.queues is not None:
        asked["queues"] = list(who.queues)
    if who.but:
        asked["but"] = list(who.but)
    return asked


@cache
def _best_of_one(kind: _Kind) -> Select[Any]:
    return _best_of(bindparam("lane"), kind, 1, tasks.c)


@cache
def _best_of_each(wanted: tuple[tuple[Lane, int], ...], kind: _Kind, *, whole: bool) -> CompoundSelect[Any]:
    """Return the question for so many tasks of each lane, each in the order of its index.

    Sorting all that wait would take ever longer; a question for each lane is a way to the database for each.
    """
    columns = tasks.c if whole else _PLACE
    best = (_best_of(literal(lane.value), kind, most, columns) for lane, most in wanted)
    return union_all(*(select(one.subquery()) for one in best))


def _best_of(
    lane: ColumnElement[Any], kind: _Kind, most: int, columns: Iterable[ColumnElement[Any]]
) -> Select[Any]:
    who, now = bindparam("who", type_=leases.c.reviewer_id.type), bindparam("now", type_=leases.c.until.type)
    other = aliased(tasks)
    query = select(*columns).where(
        tasks.c.state == TaskState.OPEN,
        tasks.c.lane == lane,
        ~exists().where(and_(leases.c.task_id == tasks.c.task_id, leases.c.until > now)),
        ~exists().where(and_(participants.c.run_id == tasks.c.run_id, participants.c.reviewer_id == who)),
        ~exists().where(
            and_(
                leases.c.task_id == other.c.task_id,
                other.c.run_id == tasks.c.run_id,
                leases.c.reviewer_id == who,
                leases.c.until > now,
            )
        ),
    )
    if kind.some_queues:
        query = query.where(tasks.c.queue.in_(bindparam("queues", expanding=True)))
    if kind.unwanted:
        query = query.where(tasks.c.task_id.not_in(bindparam("but", expanding=True)))
    if kind.overdue:
        query = query.where(tasks.c.due_at <= now).order_by(tasks.c.due_at, tasks.c.task_id)
    else:
        query = query.order_by(tasks.c.rank.desc(), tasks.c.task_id)
    return query.limit(most)
