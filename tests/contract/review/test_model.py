"""The queue against a simple model of it: claims, time, decisions and undoing in any order."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine

from catalog.engine import open_engine
from review.claiming import Claimant
from review.database import Database
from review.errors import RefusedError, TooLateError
from review.lanes import LanePolicy
from review.queue import ReviewQueue
from review.tasks import Lease, TaskState
from tests.contract.review.conftest import Hand, handed, task

PEOPLE, TASKS = ("anna", "bert", "carla"), ("t1", "t2", "t3")
people, names = st.sampled_from(PEOPLE), st.sampled_from(TASKS)


class QueueMachine(RuleBasedStateMachine):
    """The model: per task its state, who decided, and who was last given it, until when."""

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
        self.state = dict.fromkeys(TASKS, TaskState.OPEN)
        self.version = dict.fromkeys(TASKS, 1)
        self.holder: dict[str, tuple[Lease, Any]] = {}
        self.leases: list[Lease] = []
        self.decider: dict[str, str] = {}
        self.release_at: dict[str, Any] = {}
        self.accepted: list[str] = []
        self.undone: list[str] = []
        self.released: list[str] = []
        self.keys = 0

    def teardown(self) -> None:
        """Let go of the database."""
        self.database.close()
        self.loop.close()
        shutil.rmtree(self.folder)

    def run(self, work: Any) -> Any:
        """Run one call to its end."""
        return self.loop.run_until_complete(work)

    @initialize()
    def enrol(self) -> None:
        self.run(self.queue.enrol([task(name) for name in TASKS]))

    def live(self, name: str) -> Lease | None:
        held = self.holder.get(name)
        return held[0] if held is not None and held[1] > self.clock.now else None

    @rule(who=people)
    def claim(self, who: str) -> None:
        free = [n for n in TASKS if self.state[n] is TaskState.OPEN and self.live(n) is None]
        found = self.run(self.queue.claim(Claimant(who)))

        assert bool(found) == bool(free)
        for one, lease in found:
            assert one.task_id in free
            self.holder[one.task_id] = (lease, lease.until)
            self.leases.append(lease)

    @rule(minutes=st.sampled_from((0.1, 1, 4, 40)))
    def time_passes(self, minutes: float) -> None:
        self.clock.on(minutes=minutes)

    @rule(data=st.data())
    def beat(self, data: st.DataObject) -> None:
        if not self.leases:
            return
        lease = data.draw(st.sampled_from(self.leases))
        held = self.holder.get(lease.task_id)
        mine = held is not None and held[0].token == lease.token
        mine = mine and self.state[lease.task_id] is TaskState.OPEN
        try:
            again = self.run(self.queue.heartbeat(lease.reviewer_id, lease.task_id, lease.token))
        except RefusedError:
            assert not mine
        else:
            assert mine
            self.holder[lease.task_id] = (lease, again.until)

    @rule(data=st.data(), stale=st.booleans())
    def submit(self, data: st.DataObject, stale: bool) -> None:
        if not self.leases:
            return
        lease = data.draw(st.sampled_from(self.leases))
        name, held = lease.task_id, self.holder.get(lease.task_id)
        self.keys += 1
        decision = handed(
            lease, version=self.version[name] - stale, idempotency_key=f"k{self.keys}", request_digest="d"
        )
        fine = self.state[name] is TaskState.OPEN and not stale
        fine = fine and held is not None and held[0].token == lease.token
        try:
            receipt = self.run(self.queue.submit(decision))
        except RefusedError:
            assert not fine
        else:
            assert fine
            assert self.run(self.queue.submit(decision)).decision_id == receipt.decision_id
            self.state[name], self.decider[name] = TaskState.HELD, lease.reviewer_id
            self.version[name] = receipt.version
            self.release_at[name] = (receipt.decision_id, receipt.release_at)
            self.accepted.append(receipt.decision_id)
            del self.holder[name]

    @rule(name=names, who=people)
    def undo(self, name: str, who: str) -> None:
        fine = self.state[name] is TaskState.HELD and self.decider[name] == who
        try:
            found, lease = self.run(self.queue.undo(who, name))
        except TooLateError:
            assert not fine
        else:
            assert fine
            assert lease is not None
            self.undone.append(self.release_at.pop(name)[0])
            self.state[name], self.version[name] = TaskState.OPEN, found.version
            self.holder[name] = (lease, lease.until)
            self.leases.append(lease)

    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        if not self.leases:
            return
        lease = data.draw(st.sampled_from(self.leases))
        held = self.holder.get(lease.task_id)
        mine = held is not None and held[0].token == lease.token
        try:
            self.run(self.queue.give_back(lease.reviewer_id, lease.task_id, lease.token))
        except RefusedError:
            assert not mine
        else:
            assert mine
            del self.holder[lease.task_id]

    @rule()
    def release(self) -> None:
        due = {n: d for n, (d, at) in self.release_at.items() if at <= self.clock.now}
        assert set(self.run(self.queue.release_due())) == set(due.values())
        for name, decision_id in due.items():
            self.state[name] = TaskState.DONE
            self.version[name] += 1
            self.released.append(decision_id)
            del self.release_at[name]

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        waiting = [decision_id for decision_id, _ in self.release_at.values()]
        assert sorted(self.accepted) == sorted([*self.undone, *self.released, *waiting])
        assert len(set(self.released)) == len(self.released)


def test_the_queue_does_what_its_model_does(migrated: Path) -> None:
    QueueMachine.migrated = migrated
    run_state_machine_as_test(
        QueueMachine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
