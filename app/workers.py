"""The one place where every consumer is built and put into the worker loop; nothing else knows all rooms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from agents.bundles import PinnedParts
from agents.intake.agent import Intake
from app.answering import open_model
from app.judging import judges, open_means, stage_of
from app.reviewing import open_queue, publishing
from app.sources import open_sources
from app.wiring import Doctrail
from bus.breaker import Breakers
from bus.solitude import Solitude
from bus.telemetry import OnEvent, ignore
from bus.worker import Worker, WorkerSettings
from catalog.projector import Projector
from ops.gates.holding import Gated
from review.pipeline.consumer import QueueConsumer
from review.sheet.content import Contents
from schemas.handling import Handler

AGENTS = ("intake", "gatekeeper", "extraction", "validation", "review", "catalog")
"""Every consumer there is, in the order documents pass them; the last one is the projector."""


@asynccontextmanager
async def open_workers(
    doctrail: Doctrail,
    *,
    only: Collection[str] = AGENTS,
    on_event: OnEvent = ignore,
    breakers: Breakers | None = None,
) -> AsyncIterator[tuple[Worker, ...]]:
    """Build the agents, the projector among them, each in the worker loop; run them with ``Worker.run``.

    Args:
        only: Which of ``AGENTS``; the others are somebody else's to run.
        breakers: Those to use, for whoever shows them.
    """
    async with AsyncExitStack() as stack:
        handlers = await _handlers(stack, doctrail, wanted=only)
        loop = _Loop(doctrail, on_event, breakers or Breakers(), Solitude())
        yield tuple(loop.worker(handler) for handler in handlers if handler.name in only)


async def _handlers(
    stack: AsyncExitStack, doctrail: Doctrail, *, wanted: Collection[str]
) -> tuple[Handler, ...]:
    """Return every consumer, what they need opened on ``stack``."""
    settings, objects, now = doctrail.settings, doctrail.store, doctrail.now
    client = await stack.enter_async_context(open_model(settings, objects))
    means = await stack.enter_async_context(open_means(settings, objects, client))
    sources = stack.enter_context(open_sources(settings))
    gatekeeper, extraction, validation = judges(means, objects, now)
    return (
        Intake(stage_of("intake", settings, objects, now), doctrail.live, sources),
        gatekeeper,
        extraction,
        Gated(validation, objects, now),
        *await _reviewing(stack, doctrail, means.parts, wanted="review" in wanted),
        Projector(doctrail.catalog, objects),
    )


async def _reviewing(
    stack: AsyncExitStack, doctrail: Doctrail, parts: PinnedParts, *, wanted: bool
) -> tuple[Handler, ...]:
    """Return what fills the review queue, with what empties it running beside; nothing where unwanted."""
    if not wanted:
        return ()
    queue = await stack.enter_async_context(open_queue(doctrail.settings))
    contents = Contents(doctrail.store, parts)
    await stack.enter_async_context(publishing(queue, doctrail.store, doctrail.bus, contents))
    return (QueueConsumer(queue, doctrail.store, parts),)


@dataclass(frozen=True, slots=True)
class _Loop:
    """What the workers of one process share."""

    doctrail: Doctrail
    on_event: OnEvent
    breakers: Breakers
    solitude: Solitude

    def worker(self, handler: Handler) -> Worker:
        """Return ``handler`` in the worker loop, told of where this process exports."""
        settings, told = self.doctrail.settings, self.doctrail.telemetry
        return Worker(
            self.doctrail.bus,
            handler if told is None else told.tracing.handler(handler),
            self.doctrail.store,
            settings=WorkerSettings(
                window=settings.window_of(handler.name), deadline=settings.deadline_seconds
            ),
            breakers=self.breakers,
            solitude=self.solitude,
            now=self.doctrail.now,
            on_event=self.on_event if told is None else told.listening(self.on_event),
        )
