"""A decision handed in and undone: one row of the outbox says which of undo and release came first."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from review.queue.database import Transaction, insert_into
from review.queue.errors import (
    ChangedError,
    ClaimedElsewhereError,
    DecidedElsewhereError,
    NotHeldError,
    OwnWorkError,
    ReusedKeyError,
    TooLateError,
    UndoneError,
)
from review.queue.lanes import LanePolicy
from review.queue.leasing import grant, lease_length
from review.queue.tables import decisions, drafts, leases, outbox, participants, tasks
from review.queue.tasks import Lease, Task, TaskState, Way, load_task
from schemas.canonical import derive_id


@dataclass(frozen=True, slots=True)
class Handed:
    """A decision as a person hands it in, checked already.

    Attributes:
        version: Of the task, as it was when it was read.
        token: Of the lease.
        request_digest: Of what was sent, to tell a repetition from another decision under the same key.
        body: What is kept for ever, with before and after of every field.
        sent: What was sent, which becomes the draft again if the decision is undone.
        publishes: Whether the pipeline hears of it once it is released.
    """

    task_id: str
    reviewer_id: str
    version: int
    token: str
    idempotency_key: str
    request_digest: str
    kind: str
    body: Mapping[str, Any]
    sent: Mapping[str, Any]
    active_ms: int = 0
    keystrokes: int = 0
    hard_case: bool = False
    hard_tag: str | None = None
    publishes: bool = True


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a decision that was handed in.

    Attributes:
        again: It had been handed in before under the same key.
    """

    decision_id: str
    task_id: str
    release_at: datetime
    version: int
    again: bool = False


def known_receipt(
    tx: Transaction, reviewer_id: str, idempotency_key: str, task_id: str, request_digest: str
) -> Receipt | None:
    """Return the receipt of a decision handed in before, so that a repeated request changes nothing.

    Raises:
        ReusedKeyError: The key came with another decision, or for another task.
        UndoneError: It was undone since: nothing will come of it.
    """
    row = tx.connection.execute(_KNOWN, {"who": reviewer_id, "key": idempotency_key}).first()
    if row is None:
        return None
    # Of two tasks that are accepted as they stand the very same may be sent.
    if (row.task_id, row.request_digest) != (task_id, request_digest):
        raise ReusedKeyError("this Idempotency-Key was used for another decision; send a new one")
    if row.state == Way.UNDONE:
        raise UndoneError("this decision was undone; decide again under a new Idempotency-Key")
    version = load_task(tx, row.task_id).version
    return Receipt(row.decision_id, row.task_id, row.release_at, version, again=True)


def submit(tx: Transaction, policy: LanePolicy, handed: Handed) -> Receipt:
    """Keep a decision and its way out in one transaction; it is released after a while, unless undone.

    A lease that ended does no harm as long as nobody else claimed: work is never discarded.

    Raises:
        UnknownTaskError: There is no such task.
        DecidedElsewhereError: It is decided, or closed.
        ChangedError: The record changed since.
        ClaimedElsewhereError: Somebody else has it now.
        NotHeldError: The lease is not this person's.
        OwnWorkError: The person decided another task of this run.
        ReusedKeyError: The key came with another decision.
        UndoneError: The decision under this key was undone.
    """
    task = load_task(tx, handed.task_id, lock=True)
    # Looked at again under the lock: the same request may have come twice at once.
    known = known_receipt(
        tx, handed.reviewer_id, handed.idempotency_key, handed.task_id, handed.request_digest
    )
    if known is not None:
        return known
    if task.state is not TaskState.OPEN:
        raise DecidedElsewhereError(
            "this task was decided or closed meanwhile; your draft is kept",
            state=task.state.value,
            because=task.closed_because,
        )
    if task.version != handed.version:
        raise ChangedError(
            "the record changed since you read it; look at the differences", version=task.version
        )
    claimed_at = _require_lease(tx, handed)
    return _keep(tx, policy, task, handed, claimed_at)


def undo(tx: Transaction, policy: LanePolicy, reviewer_id: str, task_id: str) -> tuple[Task, Lease | None]:
    """Take the last decision back and give the task to the same person again, with it as the draft.

    A task whose run was superseded meanwhile closes instead, its draft kept; there is no lease then.

    Raises:
        UnknownTaskError: There is no such task.
        TooLateError: It was released, undone already, or decided by somebody else.
    """
    task = load_task(tx, task_id, lock=True)
    row = _latest(tx, task_id)
    if row is None or row.reviewer_id != reviewer_id:
        raise TooLateError("there is no decision of yours on this task")
    taken_back = tx.connection.execute(
        update(outbox)
        .where(outbox.c.decision_id == row.decision_id, outbox.c.state == Way.HELD)
        .values(state=Way.UNDONE, settled_at=tx.now)
    )
    if not taken_back.rowcount:
        raise TooLateError(
            "this decision was released already and can't be undone; decide anew to correct it"
        )
    state = TaskState.CLOSED if task.closed_because else TaskState.OPEN
    tx.connection.execute(
        update(tasks)
        .where(tasks.c.task_id == task_id)
        .values(state=state, decided_by=None, version=tasks.c.version + 1)
    )
    tx.connection.execute(delete(participants).where(participants.c.task_id == task_id))
    save_draft(tx, task_id, reviewer_id, row.body["sent"])
    lease = None
    if state is TaskState.OPEN:
        lease = grant(tx, reviewer_id, task_id, lease_length(tx, policy, task.queue), soft=False)
    return load_task(tx, task_id), lease


def save_draft(tx: Transaction, task_id: str, reviewer_id: str, body: Mapping[str, Any]) -> None:
    """Keep what a person has entered so far; it outlives every lease."""
    row = {"task_id": task_id, "reviewer_id": reviewer_id, "body": dict(body), "saved_at": tx.now}
    tx.connection.execute(_drafting(tx.locks_rows), row)


def load_draft(tx: Transaction, task_id: str, reviewer_id: str) -> dict[str, Any] | None:
    """Return what a person has entered so far."""
    body: dict[str, Any] | None = tx.connection.execute(
        select(drafts.c.body).where(drafts.c.task_id == task_id, drafts.c.reviewer_id == reviewer_id)
    ).scalar()
    return body


def _require_lease(tx: Transaction, handed: Handed) -> datetime:
    lease = tx.connection.execute(_LEASE, {"id": handed.task_id}).first()
    if lease is not None and lease.reviewer_id != handed.reviewer_id:
        raise ClaimedElsewhereError("your lease ended and somebody else has the task now; your draft is kept")
    if lease is None or not secrets.compare_digest(lease.token, handed.token):
        raise NotHeldError("the lease token is not the one you were given; claim the task again")
    since: datetime = lease.since
    return since


def _keep(tx: Transaction, policy: LanePolicy, task: Task, handed: Handed, claimed_at: datetime) -> Receipt:
    part = {"run_id": task.run_id, "reviewer_id": handed.reviewer_id, "task_id": task.task_id}
    if tx.connection.execute(_taking_part(tx.locks_rows), part).first() is None:
        raise OwnWorkError(
            "you decided another task of this document's run; somebody else has to do this one"
        )
    about = {"id": task.task_id, "who": handed.reviewer_id}
    number = 1 + int(tx.connection.execute(_NUMBER, about).scalar_one())
    decision_id = derive_id("decision", task.task_id, number)
    release_at = tx.now + policy.release_after
    tx.connection.execute(_DECIDED, _row(tx, task, handed, decision_id, number, claimed_at))
    way = {"decision_id": decision_id, "task_id": task.task_id, "state": Way.HELD, "release_at": release_at}
    tx.connection.execute(_ON_ITS_WAY, {**way, "publishes": handed.publishes})
    tx.connection.execute(_TAKEN, {**about, "next": task.version + 1})
    tx.connection.execute(_LEASE_ENDS, about)
    tx.connection.execute(_DRAFT_ENDS, about)
    return Receipt(decision_id, task.task_id, release_at, task.version + 1)


# Put together once: that takes longer than asking.
_KNOWN = (
    select(
        decisions.c.decision_id,
        decisions.c.task_id,
        decisions.c.request_digest,
        outbox.c.release_at,
        outbox.c.state,
    )
    .join(outbox, outbox.c.decision_id == decisions.c.decision_id)
    .where(decisions.c.reviewer_id == bindparam("who"), decisions.c.idempotency_key == bindparam("key"))
)
_LEASE = select(leases).where(leases.c.task_id == bindparam("id"))
_NUMBER = select(func.count()).select_from(decisions).where(decisions.c.task_id == bindparam("id"))
_DECIDED = insert(decisions)
_ON_ITS_WAY = insert(outbox)
_TAKEN = (
    update(tasks)
    .where(tasks.c.task_id == bindparam("id"))
    .values(state=TaskState.HELD, decided_by=bindparam("who"), version=bindparam("next"))
)
_LEASE_ENDS = delete(leases).where(leases.c.task_id == bindparam("id"))
_DRAFT_ENDS = delete(drafts).where(
    drafts.c.task_id == bindparam("id"), drafts.c.reviewer_id == bindparam("who")
)


@cache
def _taking_part(locks_rows: bool) -> Any:
    part = insert_into(participants, locks_rows=locks_rows)
    return part.on_conflict_do_nothing(index_elements=["run_id", "reviewer_id"]).returning(
        participants.c.task_id
    )


@cache
def _drafting(locks_rows: bool) -> Any:
    draft = insert_into(drafts, locks_rows=locks_rows)
    return draft.on_conflict_do_update(
        index_elements=["task_id", "reviewer_id"],
        set_={"body": draft.excluded.body, "saved_at": draft.excluded.saved_at},
    )


def _row(
    tx: Transaction, task: Task, handed: Handed, decision_id: str, number: int, claimed_at: datetime
) -> dict[str, Any]:
    return {
        "decision_id": decision_id,
        "task_id": task.task_id,
        "number": number,
        "reviewer_id": handed.reviewer_id,
        "lane": task.lane,
        "queue": task.queue,
        "document_id": task.document_id,
        "run_id": task.run_id,
        "kind": handed.kind,
        "body": {**handed.body, "sent": dict(handed.sent)},
        "active_ms": handed.active_ms,
        "keystrokes": handed.keystrokes,
        "hard_case": handed.hard_case,
        "hard_tag": handed.hard_tag,
        "claimed_at": claimed_at,
        "decided_at": tx.now,
        "idempotency_key": handed.idempotency_key,
        "request_digest": handed.request_digest,
    }


def _latest(tx: Transaction, task_id: str) -> Any:
    return tx.connection.execute(
        select(decisions.c.decision_id, decisions.c.reviewer_id, decisions.c.body)
        .where(decisions.c.task_id == task_id)
        .order_by(decisions.c.number.desc())
        .limit(1)
    ).first()
