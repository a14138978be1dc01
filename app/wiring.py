"""An installation, opened: store, bus, catalog, and what is live; its agents are built in ``app.workers``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import cast

import catalog.connect
import doctypes
import inference.connect
import store.connect
from app.buses import connect_bus
from app.clock import utc_now
from app.folders import Parts
from app.live import FolderReleases
from app.settings import MEGABYTE, Settings
from app.telemetry import Telemetry, exporting
from bus.protocol import Bus
from catalog.database import Catalog
from pages.limits import ReadLimits
from pages.reader import PageReader
from schemas.errors import InvariantError
from schemas.topics import READ
from store.protocol import ObjectStore


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
    catalog_at_once: bool = True,
) -> AsyncIterator[Doctrail]:
    """Open the store, the bus and the catalog of ``settings``; closed on exit.

    Args:
        settings: What is configured.
        now: The clock.
        needs_bus: Make sure of the bus's topics first; otherwise it is opened when it is used.
        needs_catalog: Open the catalog; agents need none, and its absence must not stop them.
        catalog_at_once: It must answer now; otherwise when it is used.

    Raises:
        BusError: A topic is missing that is the operator's to make.
        TransientError: The bus or the catalog does not answer.
    """
    async with AsyncExitStack() as stack:
        objects = store.connect.connect(settings.store)
        system = "sqlite" if settings.bus.startswith("sqlite") else "kafka"
        told = stack.enter_context(exporting(system=system, version=installed_version()))
        log = await stack.enter_async_context(connect_bus(settings, now=now))
        if needs_bus or settings.embedded:
            await log.ensure_topics(tuple(READ))
        facts = cast("Catalog", _Unopened())
        if needs_catalog:
            opened = catalog.connect.connect(settings.database, at_once=catalog_at_once)
            facts = await stack.enter_async_context(opened)
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


def page_reader(settings: Settings, *, niceness: int = 0) -> PageReader:
    """Return the page reader with the limits of ``settings``; its processes start when first needed.

    Args:
        settings: What the operator set.
        niceness: How far everybody else on the machine goes before its processes (0 to 19).
    """
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
            niceness=niceness,
        ),
        workers=settings.page_workers,
    )


def installed_version() -> str:
    """Return the installed version of doctrail, for the trail."""
    try:
        return version("doctrail")
    except PackageNotFoundError:
        return "source"
