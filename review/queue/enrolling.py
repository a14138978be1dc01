"""Putting tasks into the queue, closing those that a newer run took over, noting that a record changed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select, update

from review.queue.database import Transaction
from review.queue.lanes import Lane
from review.queue.tables import outbox, participants, reviewers, tasks
from review.queue.tasks import Task, TaskState, Way, row_of
from schemas.objects import ObjectRef

SUPERSEDED = "superseded"
DECIDED_OUTSIDE = "decided_outside"


def enrol(tx: Transaction, new: Sequence[Task]) -> None:
    """Add tasks; one that is known already stays as it is."""
    for task in new:
        tx.connection.execute(
            tx.insert(tasks).values(**row_of(task)).on_conflict_do_nothing(index_elements=["task_id"])
        )


def close_superseded(tx: Transaction, document_id: str, run_number: int) -> int:
    """Close the routed tasks of runs older than this; audits stay open. Drafts are kept; returns how many.

    One whose decision is held is marked: it closes if that is undone, and is released otherwise.
    """
    older = (
        (tasks.c.document_id == document_id)
        & (tasks.c.run_number < run_number)
        & (tasks.c.lane == Lane.ROUTED)
    )
    # Locked first: a decision that is handed in between the two would be held and not marked.
    tx.connection.execute(tx.locked(select(tasks.c.task_id).where(older), tasks)).all()
    tx.connection.execute(
        update(tasks).where(older, tasks.c.state == TaskState.HELD).values(closed_because=SUPERSEDED)
    )
    return tx.connection.execute(
        update(tasks)
        .where(older, tasks.c.state == TaskState.OPEN)
        .values(state=TaskState.CLOSED, closed_because=SUPERSEDED, version=tasks.c.version + 1)
    ).rowcount


def close_decided_outside(
    tx: Transaction, review_id: str, decision_id: str, run_id: str, by: str | None
) -> int:
    """Close the task of a review that somebody decided without the queue; returns how many.

    A reviewer of the name ``by`` has taken part in the run then: he gets no second look at it.
    """
    ours = select(outbox.c.decision_id).where(
        outbox.c.decision_id == decision_id, outbox.c.state == Way.RELEASED
    )
    if tx.connection.execute(ours).first() is not None:
        return 0
    for who in tx.connection.execute(select(reviewers.c.reviewer_id).where(reviewers.c.name == by)).scalars():
        part = tx.insert(participants).values(run_id=run_id, reviewer_id=who, task_id=review_id)
        tx.connection.execute(part.on_conflict_do_nothing(index_elements=["run_id", "reviewer_id"]))
    return tx.connection.execute(
        update(tasks)
        .where(tasks.c.review_id == review_id, tasks.c.state == TaskState.OPEN)
        .values(state=TaskState.CLOSED, closed_because=DECIDED_OUTSIDE, version=tasks.c.version + 1)
    ).rowcount


def note_revision(tx: Transaction, document_id: str, record: ObjectRef) -> int:
    """Note on every open task of a document that its record has changed; returns how many."""
    found = record.model_dump(mode="json", exclude_none=True)
    open_tasks = tx.locked(
        select(tasks.c.task_id, tasks.c.record, tasks.c.standing).where(
            tasks.c.document_id == document_id,
            tasks.c.state == TaskState.OPEN,
            or_(tasks.c.lane == Lane.ROUTED, tasks.c.lane == Lane.AUDIT),
        ),
        tasks,
    )
    changed = [
        row.task_id
        for row in tx.connection.execute(open_tasks)
        if found["sha256"] not in (row.record["sha256"], (row.standing or {}).get("sha256"))
    ]
    if changed:
        tx.connection.execute(
            update(tasks)
            .where(tasks.c.task_id.in_(changed))
            .values(standing=found, version=tasks.c.version + 1)
        )
    return len(changed)
