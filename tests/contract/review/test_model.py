"""The queue against a simple model of it: everything people and time can do to it, in any order."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import tempfile
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, text

from catalog.engine import open_engine
from review.queue.choosing import Claimant
from review.queue.database import Database
from review.queue.errors import (
    ClaimedElsewhereError,
    NotHeldError,
    RefusedError,
    TooLateError,
)
from review.queue.lanes import Lane, LanePolicy
from review.queue.queue import ReviewQueue
from review.queue.tasks import Lease
from schemas.canonical import derive_id
from tests.contract.review.conftest import ANNA, BERT, CARLA, Hand, handed, ref, task
from tests.contract.review.model import CLOSED, DONE, HELD, OPEN, Model, Told

T = TypeVar("T")
people = st.sampled_from((ANNA, BERT, CARLA))
names = st.sampled_from(("one", "two", "second"))
totals = st.sampled_from(("1.00", "2.00"))
SETTLING = derive_id("review task", Lane.ADJUDICATION.value, "run-one")


def name_of(task_id: str) -> str:
    return "settling" if task_id == SETTLING else task_id


def id_of(name: str) -> str:
    return SETTLING if name == "settling" else name


class QueueMachine(RuleBasedStateMachine):
    """The queue and its model, done the same things to."""

    migrated: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="review-model-"))
        shutil.copy(self.migrated, self.folder / "reviews.db")
        self.clock = Hand()
        self.engine: Engine = open_engine(f"sqlite:///{self.folder}/reviews.db")
        self.database = Database(self.engine, self.clock)
        self.queue = ReviewQueue(self.database, LanePolicy(quotas={}))
        self.loop = asyncio.new_event_loop()
        self.model = Model(self.clock)
        self.numbers = itertools.count()

    def teardown(self) -> None:
        """Let go of the database."""
        self.database.close()
        self.loop.close()
        shutil.rmtree(self.folder)

    def run(self, work: Awaitable[T]) -> T:
        """Run one call to its end."""
        return self.loop.run_until_complete(work)

    @initialize(decided=st.booleans())
    def enrol(self, decided: bool) -> None:
        second = task("second", lane=Lane.DOUBLE, run_id="run-one", document_id="doc-one")
        self.run(self.queue.enrol([task("one"), task("two"), second]))
        if decided:
            # Two who disagree are rare by chance; what comes after them is to be seen often.
            self.work(ANNA, "one", "1.00")
            self.work(BERT, "second", "2.00")

    @rule(who=people)
    def claim(self, who: Claimant) -> None:
        free = {name for name in self.model.tasks if self.model.offered(who, name)}
        found = self.run(self.queue.claim(who))

        assert bool(found) == bool(free)
        for one, lease in found:
            name = name_of(one.task_id)
            assert name in free
            self.model.given(name, lease)

    @rule(who=people, name=names)
    def claim_one(self, who: Claimant, name: str) -> None:
        self.taken(who, name)

    def taken(self, who: Claimant, name: str) -> Lease | None:
        one = self.model.tasks[name]
        live = one.live(self.clock.now)
        fine = one.state is OPEN and not self.model.took_part(who.reviewer_id, one.run)
        fine = fine and (live is None or live.reviewer_id == who.reviewer_id)
        try:
            _, lease = self.run(self.queue.claim_one(who, name))
        except ClaimedElsewhereError:
            assert not fine
            return None
        assert fine
        self.model.given(name, lease)
        return lease

    @rule(who=people, name=names, total=totals)
    def do(self, who: Claimant, name: str, total: str) -> None:
        self.work(who, name, total)

    def work(self, who: Claimant, name: str, total: str) -> None:
        lease = self.taken(who, name)
        if lease is not None:
            self.hand_in(lease, total, stale=False)

    @rule(minutes=st.sampled_from((0.1, 1, 4, 40)))
    def time_passes(self, minutes: float) -> None:
        self.clock.on(minutes=minutes)

    @precondition(lambda self: self.model.leases)
    @rule(data=st.data())
    def beat(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(self.model.leases))
        one = self.model.tasks[name_of(lease.task_id)]
        mine = one.lease is not None and one.lease.token == lease.token and one.state is OPEN
        try:
            again = self.run(self.queue.heartbeat(lease.reviewer_id, lease.task_id, lease.token))
        except NotHeldError:
            assert not mine
        else:
            assert mine
            one.lease = again

    @precondition(lambda self: self.model.leases)
    @rule(data=st.data(), stale=st.booleans(), total=totals)
    def submit(self, data: st.DataObject, stale: bool, total: str) -> None:
        self.hand_in(data.draw(st.sampled_from(self.model.leases)), total, stale=stale)

    def hand_in(self, lease: Lease, total: str, *, stale: bool) -> None:
        name = name_of(lease.task_id)
        one, who = self.model.tasks[name], lease.reviewer_id
        decision = handed(
            lease, total, version=one.version - stale, idempotency_key=f"key {next(self.numbers)}"
        )
        expected = self.model.refusal(name, lease, stale=stale)
        try:
            receipt = self.run(self.queue.submit(decision))
        except RefusedError as error:
            assert type(error) is expected  # noqa: PT017 (which of several is the question)
            return
        assert expected is None
        assert self.run(self.queue.submit(decision)) == replace(receipt, again=True)
        one.state, one.version, one.lease = HELD, receipt.version, None
        one.told = Told(receipt, who, total)
        self.model.drafts.pop((name, who), None)
        self.model.counted.accepted.append(receipt.decision_id)

    @precondition(lambda self: self.model.held())
    @rule(data=st.data(), who=people)
    def undo_somebodys(self, data: st.DataObject, who: Claimant) -> None:
        self.undo(data.draw(st.sampled_from(self.model.held())), who)

    @rule(name=names, who=people)
    def undo(self, name: str, who: Claimant) -> None:
        one = self.model.tasks[name]
        told = one.told
        fine = one.state is HELD and told is not None and told.who == who.reviewer_id
        try:
            found, lease = self.run(self.queue.undo(who.reviewer_id, id_of(name)))
        except TooLateError:
            assert not fine
            return
        assert fine
        assert told is not None
        self.model.counted.undone.append(told.receipt.decision_id)
        self.model.drafts[name, told.who] = {"total": told.total}
        one.state, one.version, one.told = CLOSED if one.superseded else OPEN, found.version, None
        assert (lease is None) == one.superseded
        if lease is not None:
            self.model.given(name, lease)

    @precondition(lambda self: self.model.leases)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(self.model.leases))
        one = self.model.tasks[name_of(lease.task_id)]
        mine = one.lease is not None and one.lease.token == lease.token
        try:
            self.run(self.queue.give_back(lease.reviewer_id, lease.task_id, lease.token))
        except NotHeldError:
            assert not mine
        else:
            assert mine
            one.lease = None

    @rule(name=names, who=people)
    def draft(self, name: str, who: Claimant) -> None:
        self.model.drafts[name, who.reviewer_id] = body = {"number": next(self.numbers)}
        self.run(self.queue.save_draft(who.reviewer_id, name, body))

    @rule(name=st.sampled_from(("one", "two")))
    def record_changes(self, name: str) -> None:
        one = self.model.tasks[name]
        changed = self.run(self.queue.revised(f"doc-{name}", ref(f"revision-{next(self.numbers)}")))

        assert changed == (one.state is OPEN)
        one.version += changed

    @rule(name=st.sampled_from(("one", "two")))
    def newer_run(self, name: str) -> None:
        one = self.model.tasks[name]
        closed = self.run(self.queue.supersede(f"doc-{name}", 2))

        assert closed == (one.state is OPEN)
        one.superseded |= one.state in (OPEN, HELD)
        if closed:
            one.state, one.version = CLOSED, one.version + 1

    @precondition(lambda self: self.model.held())
    @rule()
    def let_out(self) -> None:
        self.clock.on(minutes=1)
        self.release()

    @rule()
    def release(self) -> None:
        due = {
            name: one.told.receipt.decision_id
            for name, one in self.model.tasks.items()
            if one.state is HELD and one.told and one.told.receipt.release_at <= self.clock.now
        }
        assert sorted(self.run(self.queue.release_due())) == sorted(due.values())
        for name, decision_id in due.items():
            self.model.tasks[name].state = DONE
            self.model.tasks[name].version += 1
            self.model.counted.released.append(decision_id)
        self.model.settle()

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        waiting = [
            one.told.receipt.decision_id
            for one in self.model.tasks.values()
            if one.state is HELD and one.told
        ]
        counted = self.model.counted
        assert sorted(counted.accepted) == sorted([*counted.undone, *counted.released, *waiting])
        assert len(set(counted.released)) == len(counted.released)

    @invariant()
    def the_tables_say_what_the_model_does(self) -> None:
        with self.engine.connect() as connection:
            found = connection.execute(text("SELECT task_id, state, version FROM review_tasks")).all()
            drafts = connection.execute(text("SELECT task_id, reviewer_id, body FROM review_drafts")).all()
        if not found:
            return
        assert {name_of(row.task_id): (row.state, row.version) for row in found} == {
            name: (one.state.value, one.version) for name, one in self.model.tasks.items()
        }
        assert {
            (name_of(row.task_id), row.reviewer_id): json.loads(row.body) for row in drafts
        } == self.model.drafts


def test_the_queue_does_what_its_model_does(migrated: Path) -> None:
    QueueMachine.migrated = migrated
    run_state_machine_as_test(
        QueueMachine,
        settings=settings(
            max_examples=30,
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
