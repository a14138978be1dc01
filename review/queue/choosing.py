"""What waits for somebody: the best of every lane, in one question."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    exists,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from review.queue.database import Transaction
from review.queue.lanes import Lane
from review.queue.tables import leases, participants, tasks
from review.queue.tasks import Task, TaskState, task_of
from review.queue.turns import Line, Place

ORDINARY = (Lane.ROUTED, Lane.AUDIT, Lane.DOUBLE, Lane.BLIND, Lane.SHADOW)
DEPTH = 16
"""Tasks of a lane that are looked at: what several people take at the same moment, and some."""


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

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The lanes that he is handed out of; gold is made for him alone."""
        return (*ORDINARY, Lane.ADJUDICATION) if self.adjudicates else ORDINARY


def waiting(tx: Transaction, who: Claimant, depth: int = DEPTH) -> Line:
    """Return what waits for somebody, at most ``depth`` tasks of a lane in each order."""
    asked: dict[str, Any] = {"who": who.reviewer_id, "now": tx.now}
    if who.queues is not None:
        asked["queues"] = list(who.queues)
    if who.but:
        asked["but"] = list(who.but)
    question = _best_of_each(who.lanes, depth, who.queues is not None, bool(who.but))
    found = [
        Place(row.task_id, row.run_id, Lane(row.lane), row.rank, row.due_at, bool(row.overdue))
        for row in tx.connection.execute(question, asked)
    ]
    cut = any(
        sum(one.lane is lane and one.overdue == overdue for one in found) >= depth
        for lane in who.lanes
        for overdue in (True, False)
    )
    return Line(found, whole=not cut)


def upcoming(tx: Transaction, who: Claimant, count: int, known: Collection[str] = ()) -> list[Task]:
    """Return tasks of every lane that are handed out next, as far as can be told; nobody gets them by it.

    Args:
        tx: The transaction.
        who: Who may ask for them next.
        count: So many of the lane that holds records up; of each other one, two.
        known: These are left out.
    """
    line = waiting(tx, who)
    found = []
    for overdue in (True, False):
        for lane in who.lanes:
            for _ in range(count if lane is Lane.ROUTED else 2):
                place = line.pick((lane,), overdue=overdue)
                if place is not None and place.task_id not in known:
                    found.append(place.task_id)
    tasks_found = whole(tx, found, lock=False)
    return [tasks_found[one] for one in found if one in tasks_found]


def whole(tx: Transaction, task_ids: Sequence[str], *, lock: bool) -> dict[str, Task]:
    """Return the open ones of these tasks by id; ``lock`` leaves out what others hold locked, and locks."""
    if not task_ids:
        return {}
    query = tx.skipping_locked(_OPEN, tasks) if lock else _OPEN
    found = tx.connection.execute(query, {"ids": list(task_ids)}).mappings()
    return {row["task_id"]: task_of(row) for row in found}


_OPEN = select(tasks).where(
    tasks.c.task_id.in_(bindparam("ids", expanding=True)), tasks.c.state == TaskState.OPEN
)


@cache
def _best_of_each(
    lanes: tuple[Lane, ...], depth: int, some_queues: bool, unwanted: bool
) -> CompoundSelect[Any]:
    """Return the question for so many tasks of each lane, in the order of each index; put together once.

    Sorting all that wait would take ever longer; a question for each lane is a way to the database for each.
    """
    who, now = bindparam("who", type_=leases.c.reviewer_id.type), bindparam("now", type_=leases.c.until.type)
    other = aliased(tasks)
    mine = (
        select(other.c.run_id)
        .join(leases, leases.c.task_id == other.c.task_id)
        .where(leases.c.reviewer_id == who, leases.c.until > now)
        .cte("mine")
    )
    free = _free(mine, who, now)
    if some_queues:
        free = free.where(tasks.c.queue.in_(bindparam("queues", expanding=True)))
    if unwanted:
        free = free.where(tasks.c.task_id.not_in(bindparam("but", expanding=True)))
    parts = []
    for lane in lanes:
        # Stated in the text, so that PostgreSQL keeps its plan: planning takes longer than the answer.
        of_lane = free.where(tasks.c.lane == _stated(lane)).limit(literal_column(str(depth)))
        by_due = of_lane.where(tasks.c.due_at <= now).order_by(tasks.c.due_at, tasks.c.task_id)
        by_rank = of_lane.order_by(tasks.c.rank.desc(), tasks.c.task_id)
        parts += [
            select(one.subquery(), literal_column(overdue).label("overdue"))
            for one, overdue in ((by_due, "1"), (by_rank, "0"))
        ]
    return union_all(*parts)


def _free(mine: CTE, who: ColumnElement[Any], now: ColumnElement[Any]) -> Select[Any]:
    """Return the places of open tasks that nobody has, of runs that this person has no part in."""
    return select(tasks.c.task_id, tasks.c.run_id, tasks.c.lane, tasks.c.rank, tasks.c.due_at).where(
        tasks.c.state == _stated(TaskState.OPEN),
        ~exists().where(and_(leases.c.task_id == tasks.c.task_id, leases.c.until > now)),
        ~exists().where(and_(participants.c.run_id == tasks.c.run_id, participants.c.reviewer_id == who)),
        ~exists().where(mine.c.run_id == tasks.c.run_id),
    )


def _stated(word: Lane | TaskState) -> ColumnElement[str]:
    return literal_column(f"'{word.value}'")
