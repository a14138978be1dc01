"""The queue as simply as it can be said: tasks, leases, drafts, and what became of decisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from review.queue.choosing import Claimant
from review.queue.errors import (
    ChangedError,
    ClaimedElsewhereError,
    DecidedElsewhereError,
    NotHeldError,
    OwnWorkError,
    RefusedError,
)
from review.queue.lanes import Lane
from review.queue.submitting import Receipt
from review.queue.tasks import Lease, TaskState
from tests.contract.review.conftest import Hand

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


@dataclass
class Model:
    """Two tasks, one of which a second person gets too; where the two disagree a third comes up."""

    clock: Hand
    tasks: dict[str, Modelled] = field(
        default_factory=lambda: {
            "one": Modelled("run-one", Lane.ROUTED),
            "two": Modelled("run-two", Lane.ROUTED),
            "second": Modelled("run-one", Lane.DOUBLE),
        }
    )
    leases: list[Lease] = field(default_factory=list)
    drafts: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    counted: Counted = field(default_factory=Counted)

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
        """Note whose a task is now."""
        before = self.tasks[name].lease
        if before is not None and before.reviewer_id != lease.reviewer_id:
            # Whoever had it may hand in late, which becomes his draft.
            self.drafts.setdefault((name, before.reviewer_id), {})
        self.tasks[name].lease = lease
        self.leases.append(lease)

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

    def held(self) -> list[str]:
        """Return the tasks whose decision can still be undone."""
        return [name for name, one in self.tasks.items() if one.state is HELD]

    def settle(self) -> None:
        """Where two people disagree, a third task comes up, once."""
        one, second = self.tasks["one"], self.tasks["second"]
        said = {told.told.total for told in (one, second) if told.state is DONE and told.told}
        if len(said) == 2:
            self.tasks.setdefault("settling", Modelled("run-one", Lane.ADJUDICATION))
