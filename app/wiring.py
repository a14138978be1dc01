"""The one place where everything is built and joined; nothing else knows every room."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import cast

import catalog.connect
import doctypes
import inference.connect
import store.connect
from agents.bundles import PinnedParts
from agents.extraction.agent import ExtractionAgent
from agents.extraction.reader import FieldReader
from agents.gatekeeper.agent import Gatekeeper
from agents.gatekeeper.logs import LogDetector
from agents.intake.agent import Intake
from agents.stage import Stage
from agents.validation.agent import Validation
from agents.validation.assemble import Assembler
from app.buses import connect_bus
from app.knowledge import open_toolbox
from app.live import FolderReleases, Parts
from app.reviewing import open_queue, publishing
from app.settings import MEGABYTE, Settings, SettingsError
from app.sources import open_sources
from app.telemetry import Telemetry, exporting
from bus.breaker import Breakers
from bus.protocol import Bus
from bus.retry import RetrySettings
from bus.solitude import Solitude
from bus.telemetry import OnEvent, ignore
from bus.worker import Worker, WorkerSettings
from catalog.database import Catalog
from catalog.projector import Projector
from inference.connect import Limits
from inference.protocol import ModelClient
from ops.gates.holding import Gated
from pages.limits import ReadLimits
from pages.reader import PageReader
from review.consumer import QueueConsumer
from review.content import Contents
from schemas.errors import InvariantError, MissingObjectError
from schemas.handling import Handler
from schemas.topics import READ
from store import keys
from store.ledger import PayOnce
from store.protocol import ObjectStore

AGENTS = ("intake", "gatekeeper", "extraction", "validation", "review", "catalog")
"""Every consumer there is, in the order documents pass them; the last one is the projector."""


def utc_now() -> datetime:
    """Return the present, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Doctrail:
    """An open installation: the parts that commands work with.

    Attributes:
        now: The clock.
        telemetry: What is told to whom, where this process exports.
    """

    settings: Settings
    store: ObjectStore
    bus: Bus
    catalog: Catalog
    live: FolderReleases
    now: Callable[[], datetime] = utc_now
    telemetry: Telemetry | None = None


class _Unopened:
    """Stands where a process has no catalog."""

    def __getattr__(self, name: str) -> object:
        raise InvariantError(f"this process opened no catalog, and asks for its {name}")


@asynccontextmanager
async def open_doctrail(
    settings: Settings,
    *,
    now: Callable[[], datetime] = utc_now,
    needs_bus: bool = True,
    needs_catalog: bool = True,
) -> AsyncIterator[Doctrail]:
    """Open the store, the bus and the catalog of ``settings``; closed on exit.

    Args:
        settings: What is configured.
        now: The clock.
        needs_bus: Make sure of the bus's topics first; otherwise it is opened when it is used.
        needs_catalog: Open the catalog; agents need none, and its absence must not stop them.

    Raises:
        BusError: A topic is missing that is the operator's to make.
        TransientError: The bus or the catalog does not answer.
    """
    async with AsyncExitStack() as stack:
        objects = store.connect.connect(settings.store)
        system = "sqlite" if settings.bus.startswith("sqlite") else "kafka"
        told = stack.enter_context(exporting(system=system, version=installed_version()))
        log = await stack.enter_async_context(connect_bus(settings))
        if needs_bus or settings.embedded:
            await log.ensure_topics(tuple(READ))
        facts = cast("Catalog", _Unopened())
        if needs_catalog:
            facts = await stack.enter_async_context(catalog.connect.connect(settings.database))
        yield Doctrail(
            settings=settings,
            store=objects,
            bus=log if told is None else told.tracing.bus(log),
            catalog=facts,
            live=releases(settings, objects),
            now=now,
            telemetry=told,
        )


def releases(settings: Settings, objects: ObjectStore) -> FolderReleases:
    """Return what knows the live release: embedded it follows the folders, else it reads the registry."""
    return FolderReleases(objects, release_parts(settings), follows=settings.embedded)


def release_parts(settings: Settings) -> Parts:
    """Return the folders a release is made of."""
    variants = Path(inference.connect.__file__).parent / "variants"
    return Parts(
        types=settings.doctypes or Path(doctypes.__file__).parent,
        classifier=settings.classifier or variants / "classifier",
        splitter=settings.splitter or variants / "splitter",
        accept_generated=settings.accept_generated_certificates,
        min_quality=settings.min_quality,
        router=settings.router,
        prices=settings.model_prices,
    )


@asynccontextmanager
async def open_model(settings: Settings, objects: ObjectStore) -> AsyncIterator[ModelClient]:
    """Yield whoever answers; closed on exit."""
    client = model_client(settings, objects)
    try:
        yield client
    finally:
        await client.close()


def model_client(settings: Settings, objects: ObjectStore) -> ModelClient:
    """Return whoever answers, with the store as the source of local variants; nothing is connected yet.

    Raises:
        UnknownModelUrlError: No adapter has the URL's scheme.
        SettingsError: The tries of a call don't fit into a message's deadline.
    """
    return inference.connect.connect(settings.model_url, variants_in(objects), model_limits(settings))


def variants_in(objects: ObjectStore) -> Callable[[str], Awaitable[bytes]]:
    """Return what loads the local variant with a given sha-256 from the store."""

    async def load(digest: str) -> bytes:
        data = await objects.fetch(keys.model(digest))
        if data is None:
            raise MissingObjectError(keys.model(digest))
        return data

    return load


def model_limits(settings: Settings) -> Limits:
    """Return how a remote model is asked by this process.

    Raises:
        SettingsError: The tries of a call don't fit into a message's deadline.
    """
    tries = RetrySettings().tries
    if settings.model_url != "local:" and tries * settings.model_seconds >= settings.deadline_seconds:
        raise SettingsError(
            f"DOCTRAIL_MODEL_SECONDS: {tries} tries of {settings.model_seconds:g} s don't fit into "
            f"DOCTRAIL_DEADLINE_SECONDS ({settings.deadline_seconds:g})"
        )

    def share(quota: float | None) -> float | None:
        return None if quota is None else quota / settings.model_processes

    return Limits(
        seconds=settings.model_seconds,
        concurrency=settings.model_concurrency,
        requests_per_minute=share(settings.model_requests_per_minute),
        tokens_per_minute=share(settings.model_tokens_per_minute),
        prices=settings.model_prices,
        local_here=settings.model_local == "here",
    )


def page_reader(settings: Settings) -> PageReader:
    """Return the page reader with the limits of ``settings``; its processes start when first needed."""
    return PageReader(
        ReadLimits(
            document_seconds=settings.read_seconds,
            step_seconds=settings.read_step_seconds,
            memory_bytes=settings.read_memory_mb * MEGABYTE,
            pages=settings.max_pages,
            page_pixels=int(settings.max_page_megapixels * 1_000_000),
            file_bytes=settings.max_bytes,
            parts=settings.max_parts,
            unpacked_bytes=settings.max_unpacked_mb * MEGABYTE,
        ),
        workers=settings.page_workers,
    )


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
    settings, objects = doctrail.settings, doctrail.store
    ledger, parts = PayOnce(), PinnedParts()
    breakers, solitude = breakers or Breakers(), Solitude()

    def stage(name: str) -> Stage:
        return Stage(name, objects, doctrail.now, settings.commit or installed_version())

    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(open_model(settings, objects))
        reader = await stack.enter_async_context(page_reader(settings))
        sources = stack.enter_context(open_sources(settings))
        tools = open_toolbox(settings, objects, installed_version())
        toolbox = await stack.enter_async_context(tools)
        handlers: tuple[Handler, ...] = (
            Intake(stage("intake"), doctrail.live, sources),
            Gatekeeper(
                stage("gatekeeper"),
                reader,
                client,
                ledger,
                parts,
                max_depth=settings.max_nesting,
                logs=LogDetector(reader),
            ),
            ExtractionAgent(
                stage("extraction"),
                FieldReader(client, ledger, reader, settings.model_fallback),
                parts,
                toolbox,
            ),
            Gated(Validation(stage("validation"), Assembler(parts, toolbox)), objects, doctrail.now),
            *await _reviewing(stack, doctrail, parts, wanted="review" in only),
            Projector(doctrail.catalog, objects),
        )
        told = doctrail.telemetry
        yield tuple(
            Worker(
                doctrail.bus,
                handler if told is None else told.tracing.handler(handler),
                objects,
                settings=WorkerSettings(
                    window=settings.window_of(handler.name), deadline=settings.deadline_seconds
                ),
                breakers=breakers,
                solitude=solitude,
                now=doctrail.now,
                on_event=on_event if told is None else told.listening(on_event),
            )
            for handler in handlers
            if handler.name in only
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


def installed_version() -> str:
    """Return the installed version of doctrail, for the trail."""
    try:
        return version("doctrail")
    except PackageNotFoundError:
        return "source"
