"""Leases: who has a task and until when, kept by heartbeats, ended by giving back or by time."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update

from review.queue.database import Transaction, insert_into
from review.queue.errors import NotHeldError
from review.queue.lanes import LanePolicy
from review.queue.tables import decisions, drafts, leases, tasks
from review.queue.tasks import Lease, TaskState


def heartbeat(tx: Transaction, policy: LanePolicy, who: str, task_id: str, token: str) -> Lease:
    """Make a lease last again from now on.

    Raises:
        NotHeldError: It is not this person's any more.
    """
    row = tx.connection.execute(tx.locked(_HELD, leases), {"task_id": task_id}).first()
    if row is None or row.reviewer_id != who or not secrets.compare_digest(row.token, token):
        raise NotHeldError("this lease has ended and somebody else may have the task; your draft is kept")
    if row.state != TaskState.OPEN:
        raise NotHeldError("this task is no longer open; your draft is kept", state=row.state)
    until = tx.now + lease_length(tx, policy, row.queue)
    tx.connection.execute(_BEAT, {"id": task_id, "now": tx.now, "until": until})
    return Lease(task_id, who, token, soft=False, since=row.since, until=until)


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
    p95 = timedelta(milliseconds=tx.connection.execute(_SLOW, {"queue": queue}).scalar() or 0)
    return min(max(3 * p95, policy.lease_least), policy.lease_most)


def new_lease(tx: Transaction, reviewer_id: str, task_id: str, length: timedelta, *, soft: bool) -> Lease:
    """Return a lease that begins now; nobody has it yet."""
    return Lease(task_id, reviewer_id, secrets.token_urlsafe(24), soft, tx.now, tx.now + length)


def grant(tx: Transaction, reviewer_id: str, task_id: str, length: timedelta, *, soft: bool) -> Lease | None:
    """Write a lease unless somebody else's is still running; None where it is."""
    granted = grant_all(tx, [new_lease(tx, reviewer_id, task_id, length, soft=soft)])
    return granted[0] if granted else None


def grant_all(tx: Transaction, wanted: Sequence[Lease]) -> list[Lease]:
    """Write leases but of tasks that somebody else's is still running on; return those written, in order."""
    if not wanted:
        return []
    ids = {"ids": [lease.task_id for lease in wanted]}
    before = {row.task_id: row.reviewer_id for row in tx.connection.execute(_BEFORE, ids)}
    rows = [{**asdict(lease), "beat_at": lease.since} for lease in wanted]
    taken = set(tx.connection.execute(_granting(tx.locks_rows), rows).scalars())
    granted = [lease for lease in wanted if lease.task_id in taken]
    for lease in granted:
        if before.get(lease.task_id, lease.reviewer_id) != lease.reviewer_id:
            _stay_involved(tx, lease.task_id, before[lease.task_id])
    return granted


# Put together once: that takes longer than asking.
_HELD = (
    select(leases.c.reviewer_id, leases.c.token, leases.c.since, tasks.c.state, tasks.c.queue)
    .join(tasks, tasks.c.task_id == leases.c.task_id)
    .where(leases.c.task_id == bindparam("task_id"))
)
_BEAT = (
    update(leases)
    .where(leases.c.task_id == bindparam("id"))
    .values(soft=False, beat_at=bindparam("now"), until=bindparam("until"))
)
_RECENT = (
    select(decisions.c.active_ms)
    .where(decisions.c.queue == bindparam("queue"))
    .order_by(decisions.c.decided_at.desc())
    .limit(200)
    .cte("recent")
)
_SLOW = (
    select(_RECENT.c.active_ms)
    .order_by(_RECENT.c.active_ms)
    .limit(1)
    .offset(select(95 * (func.count() - 1) // 100).select_from(_RECENT).scalar_subquery())
)
_BEFORE = select(leases.c.task_id, leases.c.reviewer_id).where(
    leases.c.task_id.in_(bindparam("ids", expanding=True))
)


@cache
def _granting(locks_rows: bool) -> Any:
    one = insert_into(leases, locks_rows=locks_rows)
    new = one.excluded
    # Judged on the newest row, whatever this transaction saw before: two can't both get it.
    return one.on_conflict_do_update(
        index_elements=["task_id"],
        set_={name: new[name] for name in ("reviewer_id", "token", "soft", "since", "beat_at", "until")},
        where=(leases.c.until <= new.since) | (leases.c.reviewer_id == new.reviewer_id),
    ).returning(leases.c.task_id)


def _stay_involved(tx: Transaction, task_id: str, reviewer_id: str) -> None:
    """Let whoever had the task hand in his work late all the same: it is refused, and kept as his draft."""
    none = tx.insert(drafts).values(task_id=task_id, reviewer_id=reviewer_id, body={}, saved_at=tx.now)
    tx.connection.execute(none.on_conflict_do_nothing(index_elements=["task_id", "reviewer_id"]))
