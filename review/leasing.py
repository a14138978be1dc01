"""Leases: who has a task and until when, kept by heartbeats, ended by giving back or by time."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete, select, update

from review.database import Transaction
from review.errors import NotHeldError
from review.lanes import LanePolicy
from review.tables import decisions, drafts, leases
from review.tasks import Lease, TaskState, load_task

_RECENT = 200


def heartbeat(tx: Transaction, policy: LanePolicy, who: str, task_id: str, token: str) -> Lease:
    """Make a lease last again from now on.

    Raises:
        NotHeldError: It is not this person's any more.
    """
    row = (
        tx.connection.execute(tx.locked(select(leases).where(leases.c.task_id == task_id), leases))
        .mappings()
        .first()
    )
    if row is None or row["reviewer_id"] != who or not secrets.compare_digest(row["token"], token):
        raise NotHeldError("this lease has ended and somebody else may have the task; your draft is kept")
    task = load_task(tx, task_id)
    if task.state is not TaskState.OPEN:
        raise NotHeldError("this task is no longer open; your draft is kept", state=task.state.value)
    until = tx.now + lease_length(tx, policy, task.queue)
    tx.connection.execute(
        update(leases).where(leases.c.task_id == task_id).values(soft=False, beat_at=tx.now, until=until)
    )
    return Lease(task_id, who, token, soft=False, since=row["since"], until=until)


def give_back(tx: Transaction, who: str, task_id: str, token: str) -> None:
    """End a lease; the draft is kept.

    Raises:
        NotHeldError: It is not this person's.
    """
    ended = tx.connection.execute(
        delete(leases).where(
            leases.c.task_id == task_id, leases.c.reviewer_id == who, leases.c.token == token
        )
    )
    if not ended.rowcount:
        raise NotHeldError("this lease is not yours any more")


def lease_length(tx: Transaction, policy: LanePolicy, queue: str) -> timedelta:
    """Return three times what all but the slowest twentieth of recent decisions took, within bounds."""
    recent = (
        select(decisions.c.active_ms)
        .where(decisions.c.queue == queue)
        .order_by(decisions.c.decided_at.desc())
        .limit(_RECENT)
    )
    took = sorted(tx.connection.execute(recent).scalars())
    p95 = timedelta(milliseconds=took[int(0.95 * (len(took) - 1))]) if took else timedelta(0)
    return min(max(3 * p95, policy.lease_least), policy.lease_most)


def grant(tx: Transaction, reviewer_id: str, task_id: str, length: timedelta, *, soft: bool) -> Lease | None:
    """Write a lease unless somebody else's is still running; None where it is."""
    lease = Lease(task_id, reviewer_id, secrets.token_urlsafe(24), soft, tx.now, tx.now + length)
    before = tx.connection.execute(select(leases.c.reviewer_id).where(leases.c.task_id == task_id)).scalar()
    insert = tx.insert(leases).values(
        task_id=task_id,
        reviewer_id=reviewer_id,
        token=lease.token,
        soft=soft,
        since=tx.now,
        beat_at=tx.now,
        until=lease.until,
    )
    changed = {
        name: insert.excluded[name] for name in ("reviewer_id", "token", "soft", "since", "beat_at", "until")
    }
    # Judged on the newest row, whatever this transaction saw before: two can't both get it.
    taken = tx.connection.execute(
        insert.on_conflict_do_update(
            index_elements=["task_id"],
            set_=changed,
            where=(leases.c.until <= tx.now) | (leases.c.reviewer_id == reviewer_id),
        ).returning(leases.c.task_id)
    ).first()
    if taken is not None and before not in (None, reviewer_id):
        _stay_involved(tx, task_id, before)
    return None if taken is None else lease


def _stay_involved(tx: Transaction, task_id: str, reviewer_id: str) -> None:
    """Let whoever had the task hand in his work late all the same: it is refused, and kept as his draft."""
    none = tx.insert(drafts).values(task_id=task_id, reviewer_id=reviewer_id, body={}, saved_at=tx.now)
    tx.connection.execute(none.on_conflict_do_nothing(index_elements=["task_id", "reviewer_id"]))
