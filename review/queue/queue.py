"""The review queue: tasks in, leases out, decisions kept and released, by the database's clock alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from review.queue import (
    choosing,
    claiming,
    enrolling,
    figures,
    forgetting,
    history,
    leasing,
    releasing,
    seeding,
    submitting,
    together,
)
from review.queue.choosing import Claimant
from review.queue.database import Database, Transaction
from review.queue.lanes import LanePolicy
from review.queue.releasing import Released
from review.queue.submitting import Handed, Receipt
from review.queue.tasks import Lease, Task, load_task
from schemas.objects import ObjectRef


class ReviewQueue:
    """What people work off. Every method is one transaction, on disk on return.

    Every method raises TransientError (target ``catalog``) where the database does not answer.

    Args:
        database: Where it is kept.
        policy: Shares and times.
    """

    def __init__(self, database: Database, policy: LanePolicy) -> None:
        self.database = database
        self.policy = policy

    async def now(self) -> datetime:
        """Return the time by the database's clock."""
        return await self.database.read("answer", lambda tx: tx.now)

    async def enrol(self, tasks: Sequence[Task]) -> None:
        """Add tasks; those that are known already stay as they are."""
        if tasks:
            await self.database.write("take a task", lambda tx: enrolling.enrol(tx, tasks))

    async def supersede(self, document_id: str, run_number: int) -> int:
        """Close routed tasks of runs older than this, drafts kept; returns how many."""
        return await self.database.write(
            "close a task", lambda tx: enrolling.close_superseded(tx, document_id, run_number)
        )

    async def decided_outside(
        self, review_id: str, decision_id: str, run_id: str, by: str | None = None
    ) -> int:
        """Close the task of a review that ``by`` decided without the queue; returns how many."""
        return await self.database.write(
            "close a task",
            lambda tx: enrolling.close_decided_outside(tx, review_id, decision_id, run_id, by),
        )

    async def revised(self, document_id: str, record: ObjectRef) -> int:
        """Note on open tasks that their record has a newer revision; returns how many."""
        return await self.database.write(
            "note a revision", lambda tx: enrolling.note_revision(tx, document_id, record)
        )

    async def task(self, task_id: str, *, involving: str | None = None) -> Task:
        """Return a task; ``involving`` a person, only where he has to do with it.

        Raises:
            UnknownTaskError: There is none.
        """
        return await self.database.read("answer", lambda tx: history.known_to(tx, involving, task_id))

    async def task_now(self, task_id: str) -> tuple[Task, datetime]:
        """Return a task and the time by the database's clock.

        Raises:
            UnknownTaskError: There is none.
        """
        return await self.database.read("answer", lambda tx: (load_task(tx, task_id), tx.now))

    async def claim(self, who: Claimant, count: int = 1, *, ahead: bool = False) -> list[tuple[Task, Lease]]:
        """Return up to ``count`` tasks with leases; nobody else gets them before those end."""
        return await self.database.write(
            "hand out a task", lambda tx: claiming.claim(tx, self.policy, who, count, ahead=ahead)
        )

    async def rehearse(self) -> None:
        """Play through what is asked most, keeping nothing of it, so that the first to ask wait no longer."""
        nobody = Claimant("", adjudicates=True)

        def work(tx: Transaction) -> None:
            found = claiming.claim(tx, self.policy, nobody, 3)
            history.around(tx, nobody, [task for task, _ in found])
            for task, lease in found:
                leasing.heartbeat(tx, self.policy, "", task.task_id, lease.token)
                history.known_to(tx, "", task.task_id)

        await self.database.rehearse(work)

    async def claim_one(self, who: Claimant, task_id: str) -> tuple[Task, Lease]:
        """Return this very task with a lease.

        Raises:
            UnknownTaskError: There is none.
            ClaimedElsewhereError: It is somebody else's, or not open.
        """
        return await self.database.write(
            "hand out a task", lambda tx: claiming.claim_one(tx, self.policy, who, task_id)
        )

    async def claim_alike(self, who: Claimant, task_id: str, most: int) -> list[tuple[Task, Lease]]:
        """Return up to ``most`` tasks with leases that ask the same as this one, which this person has.

        Raises:
            UnknownTaskError: There is none.
            NotHeldError: It is not this person's.
        """
        return await self.database.write(
            "hand out tasks", lambda tx: together.claim_alike(tx, self.policy, who, task_id, most)
        )

    async def around(self, who: Claimant, tasks: Sequence[Task]) -> history.Around:
        """Return what is shown beside tasks: the time, this person's drafts, how many others ask the same."""
        return await self.database.read("answer", lambda tx: history.around(tx, who, tasks))

    async def upcoming(self, who: Claimant, count: int, known: Collection[str] = ()) -> list[Task]:
        """Return what comes next but is not ``known``, as far as can be told; nobody gets it by that."""
        return await self.database.read("look ahead", lambda tx: choosing.upcoming(tx, who, count, known))

    async def heartbeat(self, reviewer_id: str, task_id: str, token: str) -> Lease:
        """Make a lease last again from now on.

        Raises:
            NotHeldError: It is not this person's any more.
        """
        return await self.database.write(
            "take a heartbeat", lambda tx: leasing.heartbeat(tx, self.policy, reviewer_id, task_id, token)
        )

    async def give_back(self, reviewer_id: str, task_id: str, token: str) -> None:
        """End a lease; the draft is kept.

        Raises:
            NotHeldError: It is not this person's.
        """
        await self.database.write(
            "take a task back", lambda tx: leasing.give_back(tx, reviewer_id, task_id, token)
        )

    async def save_draft(self, reviewer_id: str, task_id: str, body: Mapping[str, Any]) -> None:
        """Keep what a person has entered so far; it outlives every lease."""
        await self.database.write(
            "keep a draft", lambda tx: submitting.save_draft(tx, task_id, reviewer_id, body)
        )

    async def draft(self, reviewer_id: str, task_id: str) -> dict[str, Any] | None:
        """Return what a person has entered so far."""
        return await self.database.read("answer", lambda tx: submitting.load_draft(tx, task_id, reviewer_id))

    async def to_decide(
        self, reviewer_id: str, idempotency_key: str, task_id: str, request_digest: str, *, overseer: bool
    ) -> Task | Receipt:
        """Return the task to be decided, or the receipt of a decision handed in before under this key.

        Args:
            reviewer_id: Who decides.
            idempotency_key: His, for this decision alone.
            task_id: What he decides.
            request_digest: Of what he sent.
            overseer: Whether he may see tasks that he has nothing to do with.

        Raises:
            ReusedKeyError: The key came with another decision, or for another task.
            UnknownTaskError: There is no such task, or it is not his.
        """

        def work(tx: Transaction) -> Task | Receipt:
            known = submitting.known_receipt(tx, reviewer_id, idempotency_key, task_id, request_digest)
            return known or history.known_to(tx, None if overseer else reviewer_id, task_id)

        return await self.database.read("answer", work)

    async def submit(self, handed: Handed) -> Receipt:
        """Keep a decision; it is released after a while, unless undone. See ``submitting.submit``."""
        return await self.database.write(
            "keep a decision", lambda tx: submitting.submit(tx, self.policy, handed)
        )

    async def undo(self, reviewer_id: str, task_id: str) -> tuple[Task, Lease | None]:
        """Take a decision back before it is released.

        Raises:
            TooLateError: It was released.
        """
        return await self.database.write(
            "undo a decision", lambda tx: submitting.undo(tx, self.policy, reviewer_id, task_id)
        )

    async def release_due(self) -> list[str]:
        """Release the decisions whose time has come; returns their ids."""
        return await self.database.write(
            "release decisions", lambda tx: releasing.release_due(tx, self.policy)
        )

    async def to_publish(self) -> list[Released]:
        """Return released decisions that nobody was told of yet."""
        return await self.database.read("answer", releasing.to_publish)

    async def published(self, decision_id: str) -> None:
        """Note that a decision was told of."""
        await self.database.write("note a release", lambda tx: releasing.mark_published(tx, decision_id))

    async def refused(self, decision_id: str, problem: str) -> None:
        """Note why the pipeline never will."""
        await self.database.write(
            "note a release", lambda tx: releasing.mark_refused(tx, decision_id, problem)
        )

    async def redrive(self, wanted: Sequence[str] = ()) -> dict[str, str]:
        """Let refused decisions out once more, all or those named; returns why each was refused.

        Raises:
            RefusedError: One of them names no refused decision.
        """
        return await self.database.write("release decisions again", lambda tx: releasing.redrive(tx, wanted))

    async def seed_gold(self, task_id: str, by: str) -> str:
        """Make a decided task's answers known ones, and return the id of the seed."""
        return await self.database.write("seed gold", lambda tx: seeding.seed(tx, task_id, by))

    async def retire_gold(self, gold_id: str) -> None:
        """Hand a seed out to nobody any more."""
        await self.database.write("retire gold", lambda tx: seeding.retire(tx, gold_id))

    async def list_tasks(self, wanted: history.Wanted) -> list[history.Listed]:
        """Return a page of tasks."""
        return await self.database.read("answer", lambda tx: history.list_tasks(tx, wanted))

    async def decisions(
        self,
        *,
        document_id: str | None = None,
        task_id: str | None = None,
        after: str | None = None,
        limit: int = 100,
        newest: bool = False,
    ) -> list[dict[str, Any]]:
        """Return a page of decisions, oldest or newest first, each with what became of it."""
        return await self.database.read(
            "answer",
            lambda tx: history.list_decisions(tx, document_id, task_id, after, limit, newest=newest),
        )

    async def sides(self, task: Task) -> list[dict[str, Any]]:
        """Return what two people said who disagree, for whoever settles it."""
        return await self.database.read("answer", lambda tx: history.sides(tx, task.run_id))

    async def forget(self, document_id: str) -> int:
        """Remove everything about a document, which is erased; returns how many rows went."""
        return await self.database.write("forget a document", lambda tx: forgetting.forget(tx, document_id))

    async def rows_about(self, document_id: str) -> int:
        """Return how many tasks and decisions are about a document."""
        return await self.database.read("count", lambda tx: forgetting.rows_about(tx, document_id))

    async def stats(self) -> dict[str, Any]:
        """Return what waits, how fast it goes, and how well, in plain JSON."""
        return await self.database.read("count", figures.reckon)
