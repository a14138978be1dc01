"""Decisions whose time to be undone is over: released once, compared, graded, and noted as published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from review.queue.database import Transaction
from review.queue.enrolling import enrol
from review.queue.errors import RefusedError
from review.queue.lanes import PRIMARY, Lane, LanePolicy
from review.queue.tables import decisions, gold, outbox, tasks
from review.queue.tasks import Task, TaskState, Way, load_task, task_of
from review.sheet.answers import answers_of, disagreements, verdict_of
from schemas.canonical import derive_id

BATCH = 100


@dataclass(frozen=True, slots=True)
class Released:
    """A released decision that is to be told of.

    Attributes:
        publishes: Whether the pipeline has to hear of it; the others only measure.
    """

    decision_id: str
    task: Task
    reviewer_id: str
    decided_at: datetime
    body: Mapping[str, Any]
    publishes: bool = True
    active_ms: int = 0
    hard_case: bool = False
    hard_tag: str | None = None


def release_due(tx: Transaction, policy: LanePolicy) -> list[str]:
    """Release the decisions whose time has come and return their ids; what was undone stays undone."""
    due = tx.skipping_locked(
        select(outbox.c.decision_id, outbox.c.task_id)
        .where(outbox.c.state == Way.HELD, outbox.c.release_at <= tx.now)
        .order_by(outbox.c.release_at, outbox.c.decision_id)
        .limit(BATCH),
        outbox,
    )
    released = []
    for row in tx.connection.execute(due).all():
        won = tx.connection.execute(
            update(outbox)
            .where(outbox.c.decision_id == row.decision_id, outbox.c.state == Way.HELD)
            .values(state=Way.RELEASED, settled_at=tx.now)
        )
        if won.rowcount:
            _settle(tx, policy, row.task_id)
            released.append(row.decision_id)
    return released


def to_publish(tx: Transaction) -> list[Released]:
    """Return released decisions that nobody was told of yet, oldest first."""
    query = (
        select(
            decisions.c.decision_id,
            decisions.c.task_id,
            decisions.c.reviewer_id,
            decisions.c.decided_at,
            decisions.c.body,
            decisions.c.active_ms,
            decisions.c.hard_case,
            decisions.c.hard_tag,
            outbox.c.publishes,
        )
        .select_from(outbox.join(decisions, decisions.c.decision_id == outbox.c.decision_id))
        .where(
            outbox.c.state == Way.RELEASED,
            outbox.c.published_at.is_(None),
            outbox.c.problem.is_(None),
        )
        .order_by(outbox.c.release_at, outbox.c.decision_id)
        .limit(BATCH)
    )
    return [
        Released(
            row.decision_id,
            load_task(tx, row.task_id),
            row.reviewer_id,
            row.decided_at,
            row.body,
            publishes=row.publishes,
            active_ms=row.active_ms,
            hard_case=row.hard_case,
            hard_tag=row.hard_tag,
        )
        for row in tx.connection.execute(query).all()
    ]


def mark_published(tx: Transaction, decision_id: str) -> None:
    """Note that a decision was told of, to the pipeline where that has to hear of it."""
    tx.connection.execute(
        update(outbox).where(outbox.c.decision_id == decision_id).values(published_at=tx.now)
    )


def mark_refused(tx: Transaction, decision_id: str, problem: str) -> None:
    """Note why the pipeline will never hear of a decision; statistics show it."""
    tx.connection.execute(update(outbox).where(outbox.c.decision_id == decision_id).values(problem=problem))


def redrive(tx: Transaction, wanted: Sequence[str]) -> dict[str, str]:
    """Let refused decisions out once more, and return why each was refused, oldest first.

    Args:
        tx: The transaction.
        wanted: Ids or their beginnings; none means all of them.

    Raises:
        RefusedError: One of them names no refused decision.
    """
    query = (
        select(outbox.c.decision_id, outbox.c.problem)
        .where(outbox.c.problem.is_not(None))
        .order_by(outbox.c.release_at, outbox.c.decision_id)
    )
    refused: dict[str, str] = {row.decision_id: row.problem for row in tx.connection.execute(query)}
    for name in wanted:
        if not any(one.startswith(name) for one in refused):
            raise RefusedError(
                f"no decision {name!r} was refused; `doctrail reviews stats` names those that were"
            )
    again = {
        one: why for one, why in refused.items() if not wanted or any(one.startswith(name) for name in wanted)
    }
    for decision_id in again:
        tx.connection.execute(update(outbox).where(outbox.c.decision_id == decision_id).values(problem=None))
    return again


def _settle(tx: Transaction, policy: LanePolicy, task_id: str) -> None:
    tx.connection.execute(
        update(tasks)
        .where(tasks.c.task_id == task_id)
        .values(state=TaskState.DONE, version=tasks.c.version + 1)
    )
    task = load_task(tx, task_id)
    if task.lane is Lane.GOLD:
        _grade(tx, task)
    elif task.lane in (*PRIMARY, Lane.DOUBLE):
        _compare(tx, policy, task)


def _grade(tx: Transaction, task: Task) -> None:
    known: dict[str, Any] = tx.connection.execute(
        select(gold.c.answers).where(gold.c.gold_id == task.gold_id)
    ).scalar_one()
    decision_id, body = _said(tx, task.task_id)
    given = answers_of(body)
    wrong = disagreements(known, given, body.get("kinds"))
    right = sum(name in given and name not in wrong for name in known)
    _note_judged(tx, decision_id, len(known), right)


def _compare(tx: Transaction, policy: LanePolicy, task: Task) -> None:
    """Ask an adjudicator where two people who decided the same task disagree."""
    done = {
        found.lane: found
        for row in tx.connection.execute(
            tx.locked(
                select(tasks).where(tasks.c.run_id == task.run_id, tasks.c.lane.in_((*PRIMARY, Lane.DOUBLE))),
                tasks,
            )
        ).mappings()
        if (found := task_of(row)).state is TaskState.DONE
    }
    first = done.get(Lane.ROUTED) or done.get(Lane.AUDIT)
    second = done.get(Lane.DOUBLE)
    if first is None or second is None:
        return
    (_, one), (second_id, other) = _said(tx, first.task_id), _said(tx, second.task_id)
    differing = disagreements(answers_of(one), answers_of(other), one.get("kinds"))
    alike = verdict_of(one) == verdict_of(other)
    shared = len(answers_of(one).keys() & answers_of(other).keys()) or 1
    _note_judged(tx, second_id, shared, shared - len(differing) if alike else 0)
    if not differing and alike:
        return
    settled = replace(
        first,
        task_id=derive_id("review task", Lane.ADJUDICATION.value, task.run_id),
        lane=Lane.ADJUDICATION,
        state=TaskState.OPEN,
        version=1,
        review_id=derive_id("review", Lane.ADJUDICATION.value, task.run_id),
        asked=differing if alike else first.asked,
        requested_at=tx.now,
        due_at=tx.now + policy.due_after(Lane.ADJUDICATION, first.queue),
        decided_by=None,
        closed_because=None,
        alike=None,
    )
    enrol(tx, [settled])


def _note_judged(tx: Transaction, decision_id: str, judged: int, right: int) -> None:
    """Note on a decision how many answers were compared, and how many of them were alike."""
    own = outbox.c.decision_id == decision_id
    tx.connection.execute(update(outbox).where(own).values(judged=judged, judged_right=right))


def _said(tx: Transaction, task_id: str) -> tuple[str, dict[str, Any]]:
    """Return the decision that stands on a task: its id and body."""
    query = (
        select(decisions.c.decision_id, decisions.c.body)
        .where(decisions.c.task_id == task_id)
        .order_by(decisions.c.number.desc())
        .limit(1)
    )
    row = tx.connection.execute(query).one()
    return row.decision_id, row.body
