"""Handing out tasks: what a person's turn picks, as far as nobody else takes it in the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, literal, select, union_all

from review.queue.choosing import DEPTH, Claimant, waiting, whole
from review.queue.database import Transaction, insert_into
from review.queue.errors import ClaimedElsewhereError
from review.queue.lanes import Lane, LanePolicy
from review.queue.leasing import grant, grant_all, lease_length, new_lease
from review.queue.seeding import next_gold
from review.queue.tables import counters, leases, participants, tasks
from review.queue.tasks import Lease, Task, TaskState, load_task
from review.queue.turns import Pick, Place, Turn

_HELD = ""
"""Among the lanes' names: how many tasks somebody holds."""
_DEPTHS = (DEPTH, 8 * DEPTH, 64 * DEPTH)
"""More is looked at where others, in the same moment, take all that was."""


def claim(
    tx: Transaction, policy: LanePolicy, who: Claimant, count: int, *, ahead: bool = False
) -> list[tuple[Task, Lease]]:
    """Return up to ``count`` tasks with their leases, the first one for now, the others prefetched.

    Args:
        tx: The transaction.
        policy: Shares and times.
        who: Who asks.
        count: At most so many.
        ahead: All of them are prefetched.
    """
    account, counted = _account(tx, who.reviewer_id), Counter[str]()
    wanted = min(count, policy.most_held - account.pop(_HELD))
    turn = Turn(policy.quotas, who.lanes, account, lambda: _gold(tx, who))
    found: list[tuple[Task, Lease]] = []
    for depth in _DEPTHS:
        if len(found) >= wanted:
            break
        line = waiting(tx, who, depth)
        while picks := turn.picks(line, wanted - len(found)):
            taken = _take(tx, policy, who, picks, soft=ahead or bool(found))
            for one in picks:
                if one.task_id in taken:
                    counted.update(one.counts)
                else:
                    turn.missed(one)
            found += taken.values()
        if line.whole:
            break
    _count(tx, who.reviewer_id, counted)
    return found


def claim_one(tx: Transaction, policy: LanePolicy, who: Claimant, task_id: str) -> tuple[Task, Lease]:
    """Return this very task with a lease; whoever has it already gets it anew.

    Raises:
        UnknownTaskError: There is none.
        ClaimedElsewhereError: Somebody else has it, or it is not open.
    """
    task = load_task(tx, task_id, lock=True)
    if task.state is not TaskState.OPEN or not _allowed(tx, who, task):
        raise ClaimedElsewhereError("this task is not open to you")
    lease = grant(tx, who.reviewer_id, task_id, lease_length(tx, policy, task.queue), soft=False)
    if lease is None:
        raise ClaimedElsewhereError("somebody else is working on this task")
    return task, lease


def _take(
    tx: Transaction, policy: LanePolicy, who: Claimant, picks: Sequence[Pick], *, soft: bool
) -> dict[str, tuple[Task, Lease]]:
    """Return those of the picks that nobody else took meanwhile, by id, in their order."""
    # Only what is taken is locked: whoever locks more leaves none for those who ask at the same moment.
    free = whole(tx, [one.task_id for one in picks], lock=True)
    asked: list[Lease] = []
    for one in picks:
        if task := free.get(one.task_id):
            prefetched = soft or bool(asked)
            length = policy.lease_soft if prefetched else lease_length(tx, policy, task.queue)
            asked.append(new_lease(tx, who.reviewer_id, task.task_id, length, soft=prefetched))
    return {lease.task_id: (free[lease.task_id], lease) for lease in grant_all(tx, asked)}


def _gold(tx: Transaction, who: Claimant) -> Place | None:
    task = next_gold(tx, who.reviewer_id, who.queues)
    if task is None or task.task_id in who.but:
        return None
    return Place(task.task_id, task.run_id, task.lane, task.rank, task.due_at, overdue=False)


def _allowed(tx: Transaction, who: Claimant, task: Task) -> bool:
    if who.queues is not None and task.queue not in who.queues:
        return False
    if task.lane is Lane.ADJUDICATION and not who.adjudicates:
        return False
    if task.lane is Lane.GOLD and task.review_id != who.reviewer_id:
        return False
    decided = select(participants.c.task_id).where(
        participants.c.run_id == task.run_id, participants.c.reviewer_id == who.reviewer_id
    )
    return tx.connection.execute(decided).first() is None


_ACCOUNT = union_all(
    select(counters.c.lane, counters.c.claimed).where(counters.c.reviewer_id == bindparam("who")),
    select(literal(_HELD), func.count())
    .select_from(leases.join(tasks, tasks.c.task_id == leases.c.task_id))
    .where(
        leases.c.reviewer_id == bindparam("who"),
        leases.c.until > bindparam("now", type_=leases.c.until.type),
        tasks.c.state == TaskState.OPEN,
    ),
)


def _account(tx: Transaction, reviewer_id: str) -> dict[str, int]:
    """Return by lane what somebody has claimed so far, and how many tasks he holds."""
    rows = tx.connection.execute(_ACCOUNT, {"who": reviewer_id, "now": tx.now})
    return {name: int(count) for name, count in rows}


def _count(tx: Transaction, reviewer_id: str, counted: Counter[str]) -> None:
    if counted:
        rows = [
            {"reviewer_id": reviewer_id, "lane": name, "claimed": counted[name]} for name in sorted(counted)
        ]
        tx.connection.execute(_counting(tx.locks_rows), rows)


@cache
def _counting(locks_rows: bool) -> Any:
    more = insert_into(counters, locks_rows=locks_rows)
    return more.on_conflict_do_update(
        index_elements=["reviewer_id", "lane"], set_={"claimed": counters.c.claimed + more.excluded.claimed}
    )
