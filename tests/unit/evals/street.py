"""Live traffic with a challenger beside what is live, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from evals.shadow.keeping import (
    Ended,
    Role,
    Shadow,
    Tally,
)
from evals.shadow.settling import settle
from evals.shadow.traffic import Look, look_at
from evals.variants import Variant, Variants
from review.queue.lanes import LanePolicy
from review.queue.queue import ReviewQueue
from review.queue.tasks import Task
from schemas.reviewed import ReviewedField, ReviewedState
from store.memory import MemoryStore
from store.registry import RELEASE_SLOT, Registry, Statement
from store.releases import Release, publish_release
from store.reviewed import keep_reviewed
from tests.unit.evals.bench import Bench

OTHER = {
    "shop": {"readings": [{"value": "Corner Bakery Ltd", "quote": "Corner Bakery Ltd", "lines": ["p1l2"]}]},
    "total": {"readings": [{"value": "7.00", "quote": "7.00", "lines": ["p1l3"]}], "confidence": 0.9},
    "note": {"readings": [], "confidence": 0.9},
}


@dataclass
class Questions:
    """A queue that nobody works off."""

    policy: LanePolicy = field(default_factory=LanePolicy)
    tasks: dict[str, Task] = field(default_factory=dict)

    async def enrol(self, tasks: Sequence[Task]) -> None:
        """Keep what is asked."""
        self.tasks |= {task.task_id: task for task in tasks}


@dataclass
class Street:
    """Live traffic with a challenger that reads 7.00 everywhere."""

    bench: Bench
    release: Release
    live: Variant
    challenger: Variant
    documents: list[str] = field(default_factory=list)
    questions: Questions = field(default_factory=Questions)
    queue: ReviewQueue | None = None

    @property
    def store(self) -> MemoryStore:
        """Where it lies."""
        return self.bench.workshop.store

    def shadow(self, **changes: object) -> Shadow:
        """The challenger beside what is live."""
        base = Shadow(
            doc_type="slip", number=1, variant=self.challenger.digest, against=self.live.digest,
            role=Role.CHALLENGER, share=1.0, budget=20, days=14, by="ada", since=self.bench.workshop.now(),
        )  # fmt: skip
        return base.model_copy(update=changes)

    async def come(self, *totals: str) -> None:
        """Let documents come in."""
        self.documents += [await self.bench.submit(total) for total in totals]

    async def look(self, shadow: Shadow, now: datetime | None = None) -> Look:
        """Let the shadow look at them."""
        runner = self.bench.runner(self.release, OTHER)
        at = now or self.bench.workshop.now()
        queue = self.queue or cast("ReviewQueue", self.questions)
        return await look_at(self.documents, shadow, self.challenger, runner, queue, at)

    async def settle(self, shadow: Shadow, after: timedelta = timedelta(0)) -> tuple[Tally, Ended | None]:
        """Ask how it stands."""
        return await settle(self.store, shadow, self.challenger, self.bench.workshop.now() + after, "test")

    async def publish(self, variant: Variant, by: str) -> None:
        """Make a variant live by hand."""
        release = self.release.model_copy(update={"bundles": {"slip": variant.bundle}})
        digest, _ = await publish_release(self.store, release)
        at = self.bench.workshop.now()
        statement = Statement(at=at, what=digest, mark="approved", by=by)
        await Registry(self.store).append(RELEASE_SLOT, statement)


async def opened(bench: Bench) -> Street:
    release = await bench.go_live()
    live = await Variants(bench.store, bench.parts).live("slip")
    return Street(bench, release, live, await bench.challenger())


async def decided(street: Street, shadow: Shadow, total: str | None, count: int = 12) -> None:
    """Let people say of so many documents what stands there: ``total``, or what the live variant read."""
    await street.come(*(f"{number}.10" for number in range(20, 20 + count)))
    await street.look(shadow)
    await say(street, total)


async def say(street: Street, total: str | None) -> None:
    """Let people say of every document what stands there."""
    for number, document_id in enumerate(street.documents, start=20):
        said = await street.bench.told(
            document_id, total or f"{number}.10", lane="shadow", reviewed_at=street.bench.workshop.now()
        )
        only = [f if f.name == "total" else not_asked(f.name) for f in said.fields]
        await keep_reviewed(street.store, said.model_copy(update={"fields": tuple(only)}))


def not_asked(name: str) -> ReviewedField:
    """A field that nobody was asked about."""
    return ReviewedField(name=name, state=ReviewedState.NOT_REVIEWED)
