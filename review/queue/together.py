"""Handing out tasks that ask the same as one that somebody has, to be looked at and accepted with it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, Text, cast, exists, func, select

from review.queue.choosing import Claimant
from review.queue.database import Transaction
from review.queue.errors import NotHeldError, UnusableDecisionError
from review.queue.lanes import LanePolicy
from review.queue.leasing import grant_all, lease_length, new_lease
from review.queue.tables import drafts, leases, participants, tasks
from review.queue.tasks import Lease, Task, TaskState, load_task, task_of
from review.sheet.submission import Submission

COUNTED = 100
"""Nobody looks at more than a few at once, and counting tens of thousands would hold every claim up."""


def claim_alike(
    tx: Transaction, policy: LanePolicy, who: Claimant, task_id: str, most: int
) -> list[tuple[Task, Lease]]:
    """Return up to ``most`` tasks that nobody has and that ask the same as this one, with their leases.

    Raises:
        UnknownTaskError: There is no such task.
        NotHeldError: It is not this person's.
    """
    task = load_task(tx, task_id)
    lease = tx.connection.execute(select(leases.c.reviewer_id).where(leases.c.task_id == task_id)).scalar()
    if lease != who.reviewer_id or task.state is not TaskState.OPEN:
        raise NotHeldError("claim the task first; then those that are like it")
    if task.alike is None or task.standing is not None:
        return []
    query = _free(tx, task, who).order_by(tasks.c.requested_at, tasks.c.task_id).limit(most)
    rows = tx.connection.execute(tx.skipping_locked(query, tasks)).mappings().all()
    length = lease_length(tx, policy, task.queue)
    found = {row["task_id"]: task_of(row) for row in rows}
    asked = [new_lease(tx, who.reviewer_id, one, length, soft=False) for one in found]
    return [(found[lease.task_id], lease) for lease in grant_all(tx, asked)]


def count_alike(tx: Transaction, who: Claimant, task: Task) -> int:
    """Return how many tasks wait, for this person, that ask the same as this one; at most ``COUNTED``."""
    if task.alike is None or task.standing is not None:
        return 0
    free = _free(tx, task, who).with_only_columns(tasks.c.task_id).limit(COUNTED).subquery()
    return int(tx.connection.execute(select(func.count()).select_from(free)).scalar_one())


def require_alike(task: Task, others: Sequence[Task], given: Submission) -> None:
    """Refuse a decision taken together with another that may not be: each of those is looked at by itself.

    Args:
        task: What is decided.
        others: The task that it is decided together with.
        given: What was handed in.

    Raises:
        UnusableDecisionError: It asks something else, or something that is always decided by itself; or
            anything but accepting is said.
    """
    if task.alike is None or any(one.alike != task.alike for one in others):
        raise UnusableDecisionError("this task does not ask the same; decide it by itself")
    if given.overrides or any(entry.action != "accept" for entry in given.fields):
        raise UnusableDecisionError("several tasks can only be accepted together; correct one by itself")


def _free(tx: Transaction, task: Task, who: Claimant) -> Select[tuple[object, ...]]:
    """Return the tasks that ask the same, that nobody has or began, and that this person may decide."""
    query = select(tasks).where(
        # In every other lane it is None; asked for that lane, SQLite would go through all of it instead.
        tasks.c.alike == task.alike,
        tasks.c.state == TaskState.OPEN,
        # Without a value it holds JSON's null, not the database's.
        func.coalesce(cast(tasks.c.standing, Text), "null") == "null",
        tasks.c.run_id != task.run_id,
        ~exists().where(leases.c.task_id == tasks.c.task_id, leases.c.until > tx.now),
        ~exists().where(drafts.c.task_id == tasks.c.task_id),
        ~exists().where(
            participants.c.run_id == tasks.c.run_id, participants.c.reviewer_id == who.reviewer_id
        ),
    )
    return query if who.queues is None else query.where(tasks.c.queue.in_(who.queues))
