"""Handing out tasks: reserved lanes first where a reviewer owes them, then what is overdue, then by worth."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from review.choosing import ORDINARY, Claimant, next_task
from review.database import Transaction
from review.errors import ClaimedElsewhereError
from review.lanes import Lane, LanePolicy
from review.leasing import grant, lease_length
from review.seeding import next_gold
from review.tables import counters, leases, participants, tasks
from review.tasks import Lease, Task, TaskState, load_task

_LAPSED = "-"
"""Before a lane's name: claims that it was owed while it had no work."""
_TRIED = 8


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
    held = _held(tx, who.reviewer_id)
    found: list[tuple[Task, Lease]] = []
    for _ in range(max(0, min(count, policy.most_held - held))):
        taken = _one(tx, policy, who, soft=ahead or bool(found))
        if taken is None:
            break
        found.append(taken)
        _count(tx, who.reviewer_id, taken[0].lane.value)
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
    lease = _take(tx, policy, who.reviewer_id, task, soft=False)
    if lease is None:
        raise ClaimedElsewhereError("somebody else is working on this task")
    return task, lease


def _one(tx: Transaction, policy: LanePolicy, who: Claimant, *, soft: bool) -> tuple[Task, Lease] | None:
    for lane in _owed(tx, policy, who.reviewer_id):
        taken = _first(tx, policy, who, (lane,), overdue=False, soft=soft)
        if taken is not None:
            return taken
        # A share is kept while there is work for it; nobody makes up for a year without in a week.
        _count(tx, who.reviewer_id, f"{_LAPSED}{lane.value}")
    lanes = (*ORDINARY, Lane.ADJUDICATION) if who.adjudicates else ORDINARY
    for overdue in (True, False):
        taken = _first(tx, policy, who, lanes, overdue=overdue, soft=soft)
        if taken is not None:
            return taken
    return None


def _owed(tx: Transaction, policy: LanePolicy, reviewer_id: str) -> list[Lane]:
    """Return the lanes of which this person has claimed less than their share, the most owed first."""
    claimed = {
        row.lane: row.claimed
        for row in tx.connection.execute(
            select(counters.c.lane, counters.c.claimed).where(counters.c.reviewer_id == reviewer_id)
        )
    }
    total = sum(count for name, count in claimed.items() if not name.startswith(_LAPSED)) + 1
    owed = {
        lane: share * total - claimed.get(lane.value, 0) - claimed.get(f"{_LAPSED}{lane.value}", 0)
        for lane, share in policy.quotas.items()
    }
    return [lane for lane in sorted(owed, key=lambda one: -owed[one]) if owed[lane] >= 1]


def _first(
    tx: Transaction, policy: LanePolicy, who: Claimant, lanes: Sequence[Lane], *, overdue: bool, soft: bool
) -> tuple[Task, Lease] | None:
    # One row at a time: whoever locks more than he takes leaves none for those who ask at the same moment.
    for _ in range(_TRIED):
        if lanes == (Lane.GOLD,):
            task = next_gold(tx, who.reviewer_id, who.queues)
            if task is not None and task.task_id in who.but:
                return None
        else:
            task = next_task(tx, who, lanes, overdue=overdue)
        if task is None:
            return None
        lease = _take(tx, policy, who.reviewer_id, task, soft=soft)
        if lease is not None:
            return task, lease
    return None


def _take(tx: Transaction, policy: LanePolicy, who: str, task: Task, *, soft: bool) -> Lease | None:
    length = policy.lease_soft if soft else lease_length(tx, policy, task.queue)
    return grant(tx, who, task.task_id, length, soft=soft)


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


def _held(tx: Transaction, reviewer_id: str) -> int:
    mine = (
        select(func.count())
        .select_from(leases.join(tasks, tasks.c.task_id == leases.c.task_id))
        .where(leases.c.reviewer_id == reviewer_id, leases.c.until > tx.now, tasks.c.state == TaskState.OPEN)
    )
    return int(tx.connection.execute(mine).scalar_one())


def _count(tx: Transaction, reviewer_id: str, name: str) -> None:
    insert = tx.insert(counters).values(reviewer_id=reviewer_id, lane=name, claimed=1)
    tx.connection.execute(
        insert.on_conflict_do_update(
            index_elements=["reviewer_id", "lane"], set_={"claimed": counters.c.claimed + 1}
        )
    )
