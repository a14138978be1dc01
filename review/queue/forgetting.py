"""Forgetting a document: tasks, leases, drafts, decisions and known answers about it."""

from __future__ import annotations

from sqlalchemy import delete, func, or_, select

from review.queue.database import Transaction
from review.queue.tables import decisions, drafts, gold, leases, outbox, participants, tasks


def forget(tx: Transaction, document_id: str) -> int:
    """Remove every row about a document; returns how many."""
    of_document = tasks.c.document_id == document_id
    task_ids = list(tx.connection.execute(select(tasks.c.task_id).where(of_document)).scalars())
    runs = list(tx.connection.execute(select(tasks.c.run_id).where(of_document)).scalars())
    doomed = (
        delete(outbox).where(outbox.c.task_id.in_(task_ids)),
        delete(drafts).where(drafts.c.task_id.in_(task_ids)),
        delete(leases).where(leases.c.task_id.in_(task_ids)),
        delete(participants).where(participants.c.run_id.in_(runs)),
        delete(gold).where(or_(gold.c.run_id.in_(runs), gold.c.from_task.in_(task_ids))),
        delete(decisions).where(decisions.c.document_id == document_id),
        delete(tasks).where(of_document),
    )
    return sum(tx.connection.execute(statement).rowcount for statement in doomed)


def rows_about(tx: Transaction, document_id: str) -> int:
    """Return how many tasks and decisions are about a document."""
    return sum(
        tx.connection.execute(
            select(func.count()).select_from(table).where(table.c.document_id == document_id)
        ).scalar_one()
        for table in (tasks, decisions)
    )
