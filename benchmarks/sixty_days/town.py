"""An installation whose days pass by hand: agents, a queue and people, all by one clock that is set."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from agents.bundles import PinnedParts
from app.engine import Engine
from app.lanes import lane_policy
from app.settings import Settings
from app.wiring import Doctrail, open_doctrail
from app.workers import AGENTS
from benchmarks.people import Labels, work_off_queue
from benchmarks.sixty_days.documents import Paper
from bus.breaker import Breakers
from bus.worker import Worker, WorkerSettings
from ops.submit import submit_bytes
from review.pipeline.consumer import QueueConsumer
from review.queue.database import connect
from review.queue.queue import ReviewQueue

_LOOK = 0.05
_TICK = timedelta(milliseconds=20)


@dataclass
class Clock:
    """The time of the play; it moves a little whenever it is asked, and by days when it is set."""

    now: datetime
    ticks: itertools.count[int] = field(default_factory=itertools.count)

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now + next(self.ticks) * _TICK

    def of_database(self, _connection: Connection) -> datetime:
        """Return the time as the queue asks for it."""
        return self()

    def set(self, moment: datetime) -> None:
        """Go on to a moment."""
        self.now, self.ticks = moment, itertools.count()


@dataclass
class Town:
    """Everything that a day needs.

    Attributes:
        truth: What is true of each document.
        wrong: How probably a person takes a field as it was read, whatever it says.
    """

    doctrail: Doctrail
    clock: Clock
    engine: Engine
    queue: ReviewQueue
    reviewing: Worker
    truth: Mapping[str, Labels]
    wrong: float
    decided: int = 0

    async def come(self, papers: Sequence[Paper]) -> None:
        """Let documents come in and be read."""
        for paper in papers:
            await submit_bytes(
                self.doctrail.store, self.doctrail.bus, paper.data, path=Path(paper.name), name=paper.name,
                place=paper.name, now=self.clock(),
            )  # fmt: skip
        await self.settle()

    async def review(self, day: int) -> int:
        """Let people decide everything that waits, and what follows from it happen."""
        done = 0
        while count := await work_off_queue(
            self.doctrail, self.queue, lambda key: self.truth.get(key, {}), wrong=self.wrong, seed=day
        ):
            done += count
            await self.settle()
        self.decided += done
        return done

    async def settle(self) -> None:
        """Return once nothing is left to do for agents and queue."""
        while not (await self.engine.idle() and await self._queue_idle() and await self.engine.idle()):
            await asyncio.sleep(_LOOK)

    async def _queue_idle(self) -> bool:
        lag = await self.doctrail.bus.lag(self.reviewing.name, self.reviewing.topics)
        return not sum(of_topic.unread for of_topic in lag.values())


@asynccontextmanager
async def _queue_at_work(doctrail: Doctrail, clock: Clock) -> AsyncIterator[tuple[ReviewQueue, Worker]]:
    async with connect(doctrail.settings.reviews, clock.of_database) as database:
        queue = ReviewQueue(database, lane_policy(doctrail.settings))
        worker = Worker(
            doctrail.bus, QueueConsumer(queue, doctrail.store, PinnedParts()), doctrail.store,
            settings=WorkerSettings(), breakers=Breakers(), now=clock,
        )  # fmt: skip
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.run(stop))
            try:
                yield queue, worker
            finally:
                stop.set()


async def live(
    settings: Settings,
    clock: Clock,
    truth: Mapping[str, Labels],
    wrong: float,
    story: Callable[[Town], Coroutine[None, None, None]],
) -> None:
    """Open an installation, let its agents work, and tell the story in it."""
    async with open_doctrail(settings, now=clock) as doctrail:
        engine = Engine(doctrail, [name for name in AGENTS if name != "review"])
        async with _queue_at_work(doctrail, clock) as (queue, worker):

            async def told(_: Engine) -> None:
                await story(Town(doctrail, clock, engine, queue, worker, truth, wrong))

            await engine.run(told)
