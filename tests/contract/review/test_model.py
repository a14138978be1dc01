"""The queue against a simple model of it: everything people and time can do to it, in any order."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
import tempfile
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

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
from review.claiming import Claimant
from review.database import Database
from review.errors import (
    ChangedError,
    ClaimedElsewhereError,
    DecidedElsewhereError,
    NotHeldError,
    OwnWorkError,
    RefusedError,
    TooLateError,
)
from review.lanes import Lane, LanePolicy
from review.queue import ReviewQueue
from review.submitting import Receipt
from review.tasks import Lease, TaskState
from schemas.canonical import derive_id
from tests.contract.review.conftest import Hand, handed, ref, task

T = TypeVar("T")
ANNA, BERT, CARLA = Claimant("anna"), Claimant("bert"), Claimant("carla", adjudicates=True)
people = st.sampled_from((ANNA, BERT, CARLA))
names = st.sampled_from(("one", "two", "second"))
totals = st.sampled_from(("1.00", "2.00"))
SETTLING = derive_id("review task", Lane.ADJUDICATION.value, "run-one")
OPEN, HELD, DONE, CLOSED = TaskState.OPEN, TaskState.HELD, TaskState.DONE, TaskState.CLOSED


@dataclass
class Told:
    """A decision that was accepted."""

    receipt: Receipt
    who: str
    total: str


@dataclass
class Modelled:
    """A task as the model has it: whose lease is the last, who decided, what became of it."""

    run: str
    lane: Lane
    state: TaskState = OPEN
    version: int = 1
    superseded: bool = False
    lease: Lease | None = None
    told: Told | None = None

    def live(self, now: datetime) -> Lease | None:
        """Return the lease that still runs."""
        return self.lease if self.lease is not None and self.lease.until > now else None


@dataclass
class Counted:
    """Decisions by what became of them."""

    accepted: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    released: list[str] = field(default_factory=list)


class QueueMachine(RuleBasedStateMachine):
    """Two tasks, one of which a second person gets too; where the two disagree a third comes up."""

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
        self.tasks = {
            "one": Modelled("run-one", Lane.ROUTED),
            "two": Modelled("run-two", Lane.ROUTED),
            "second": Modelled("run-one", Lane.DOUBLE),
        }
        self.leases: list[Lease] = []
        self.drafts: dict[tuple[str, str], dict[str, Any]] = {}
        self.counted = Counted()
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

    def took_part(self, who: str, run: str, *, but: str = "") -> bool:
        """Whether somebody's word on a run stands."""
        return any(
            one.told is not None and one.told.who == who and one.run == run and name != but
            for name, one in self.tasks.items()
        )

    def offered(self, who: Claimant, name: str) -> bool:
        """Whether a claim may bring this task."""
        one = self.tasks[name]
        mine = [other.live(self.clock.now) for other in self.tasks.values() if other.run == one.run]
        return (
            one.state is OPEN
            and one.live(self.clock.now) is None
            and (one.lane is not Lane.ADJUDICATION or who.adjudicates)
            and not self.took_part(who.reviewer_id, one.run)
            and not any(lease and lease.reviewer_id == who.reviewer_id for lease in mine)
        )

    def given(self, name: str, lease: Lease) -> None:
        before = self.tasks[name].lease
        if before is not None and before.reviewer_id != lease.reviewer_id:
            # Whoever had it may hand in late, which becomes his draft.
            self.drafts.setdefault((name, before.reviewer_id), {})
        self.tasks[name].lease = lease
        self.leases.append(lease)

    @rule(who=people)
    def claim(self, who: Claimant) -> None:
        free = {name for name in self.tasks if self.offered(who, name)}
        found = self.run(self.queue.claim(who))

        assert bool(found) == bool(free)
        for one, lease in found:
            name = self.name_of(one.task_id)
            assert name in free
            self.given(name, lease)

    @staticmethod
    def name_of(task_id: str) -> str:
        return "settling" if task_id == SETTLING else task_id

    @staticmethod
    def id_of(name: str) -> str:
        return SETTLING if name == "settling" else name

    @rule(who=people, name=names)
    def claim_one(self, who: Claimant, name: str) -> None:
        self.taken(who, name)

    def taken(self, who: Claimant, name: str) -> Lease | None:
        one = self.tasks[name]
        live = one.live(self.clock.now)
        fine = one.state is OPEN and not self.took_part(who.reviewer_id, one.run)
        fine = fine and (live is None or live.reviewer_id == who.reviewer_id)
        try:
            _, lease = self.run(self.queue.claim_one(who, name))
        except ClaimedElsewhereError:
            assert not fine
            return None
        assert fine
        self.given(name, lease)
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

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def beat(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(self.leases))
        one = self.tasks[self.name_of(lease.task_id)]
        mine = one.lease is not None and one.lease.token == lease.token and one.state is OPEN
        try:
            again = self.run(self.queue.heartbeat(lease.reviewer_id, lease.task_id, lease.token))
        except NotHeldError:
            assert not mine
        else:
            assert mine
            one.lease = again

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), stale=st.booleans(), total=totals)
    def submit(self, data: st.DataObject, stale: bool, total: str) -> None:
        self.hand_in(data.draw(st.sampled_from(self.leases)), total, stale=stale)

    def hand_in(self, lease: Lease, total: str, *, stale: bool) -> None:
        name = self.name_of(lease.task_id)
        one, who = self.tasks[name], lease.reviewer_id
        decision = handed(
            lease, total, version=one.version - stale, idempotency_key=f"key {next(self.numbers)}"
        )
        expected = self.refusal(name, lease, stale=stale)
        try:
            receipt = self.run(self.queue.submit(decision))
        except RefusedError as error:
            assert type(error) is expected  # noqa: PT017 (which of several is the question)
            return
        assert expected is None
        assert self.run(self.queue.submit(decision)) == replace(receipt, again=True)
        one.state, one.version, one.lease = HELD, receipt.version, None
        one.told = Told(receipt, who, total)
        self.drafts.pop((name, who), None)
        self.counted.accepted.append(receipt.decision_id)

    def refusal(self, name: str, lease: Lease, *, stale: bool) -> type[RefusedError] | None:
        """Return why a decision under a lease can't be taken; an ended lease alone is no reason."""
        one = self.tasks[name]
        if one.state is not OPEN:
            return DecidedElsewhereError
        if stale:
            return ChangedError
        if one.lease is not None and one.lease.reviewer_id != lease.reviewer_id:
            return ClaimedElsewhereError
        if one.lease is None or one.lease.token != lease.token:
            return NotHeldError
        return OwnWorkError if self.took_part(lease.reviewer_id, one.run, but=name) else None

    @precondition(lambda self: self.held())
    @rule(data=st.data(), who=people)
    def undo_somebodys(self, data: st.DataObject, who: Claimant) -> None:
        self.undo(data.draw(st.sampled_from(self.held())), who)

    def held(self) -> list[str]:
        return [name for name, one in self.tasks.items() if one.state is HELD]

    @rule(name=names, who=people)
    def undo(self, name: str, who: Claimant) -> None:
        one = self.tasks[name]
        told = one.told
        fine = one.state is HELD and told is not None and told.who == who.reviewer_id
        try:
            found, lease = self.run(self.queue.undo(who.reviewer_id, self.id_of(name)))
        except TooLateError:
            assert not fine
            return
        assert fine
        assert told is not None
        self.counted.undone.append(told.receipt.decision_id)
        self.drafts[name, told.who] = {"total": told.total}
        one.state, one.version, one.told = CLOSED if one.superseded else OPEN, found.version, None
        assert (lease is None) == one.superseded
        if lease is not None:
            self.given(name, lease)

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        lease = data.draw(st.sampled_from(self.leases))
        one = self.tasks[self.name_of(lease.task_id)]
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
        self.drafts[name, who.reviewer_id] = body = {"number": next(self.numbers)}
        self.run(self.queue.save_draft(who.reviewer_id, name, body))

    @rule(name=st.sampled_from(("one", "two")))
    def record_changes(self, name: str) -> None:
        one = self.tasks[name]
        changed = self.run(self.queue.revised(f"doc-{name}", ref(f"revision-{next(self.numbers)}")))

        assert changed == (one.state is OPEN)
        one.version += changed

    @rule(name=st.sampled_from(("one", "two")))
    def newer_run(self, name: str) -> None:
        one = self.tasks[name]
        closed = self.run(self.queue.supersede(f"doc-{name}", 2))

        assert closed == (one.state is OPEN)
        one.superseded |= one.state in (OPEN, HELD)
        if closed:
            one.state, one.version = CLOSED, one.version + 1

    @precondition(lambda self: self.held())
    @rule()
    def let_out(self) -> None:
        self.clock.on(minutes=1)
        self.release()

    @rule()
    def release(self) -> None:
        due = {
            name: one.told.receipt.decision_id
            for name, one in self.tasks.items()
            if one.state is HELD and one.told and one.told.receipt.release_at <= self.clock.now
        }
        assert sorted(self.run(self.queue.release_due())) == sorted(due.values())
        for name, decision_id in due.items():
            self.tasks[name].state = DONE
            self.tasks[name].version += 1
            self.counted.released.append(decision_id)
        self.settle()

    def settle(self) -> None:
        """Where two people disagree, a third task comes up, once."""
        one, second = self.tasks["one"], self.tasks["second"]
        said = {told.told.total for told in (one, second) if told.state is DONE and told.told}
        if len(said) == 2:
            self.tasks.setdefault("settling", Modelled("run-one", Lane.ADJUDICATION))

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        waiting = [
            one.told.receipt.decision_id for one in self.tasks.values() if one.state is HELD and one.told
        ]
        counted = self.counted
        assert sorted(counted.accepted) == sorted([*counted.undone, *counted.released, *waiting])
        assert len(set(counted.released)) == len(counted.released)

    @invariant()
    def the_tables_say_what_the_model_does(self) -> None:
        with self.engine.connect() as connection:
            found = connection.execute(text("SELECT task_id, state, version FROM review_tasks")).all()
            drafts = connection.execute(text("SELECT task_id, reviewer_id, body FROM review_drafts")).all()
        if not found:
            return
        assert {self.name_of(row.task_id): (row.state, row.version) for row in found} == {
            name: (one.state.value, one.version) for name, one in self.tasks.items()
        }
        assert {
            (self.name_of(row.task_id), row.reviewer_id): json.loads(row.body) for row in drafts
        } == self.drafts


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
